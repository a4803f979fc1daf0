import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { examplesFile, writeExamples } from './examples-story.ts'
import { ask, newFolder, served } from './given.ts'

interface Content {
  readonly [type: string]: { readonly schema: object; readonly example?: unknown }
}
interface Operation {
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>
}
type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>

/** Every place of the document that takes an example, with the pointer to its schema. */
function* places(paths: Paths): Generator<{ place: string; pointer: string; given: Content[string] }> {
  for (const [path, operations] of Object.entries(paths))
    for (const [method, { requestBody, responses }] of Object.entries(operations)) {
      const route = `${method.toUpperCase()} ${path}`
      const at = `/paths/${token(path)}/${method}`
      for (const [type, given] of Object.entries(requestBody?.content ?? {}))
        yield { place: `${route} body`, pointer: `${at}/requestBody/content/${token(type)}/schema`, given }
      for (const [status, { content }] of Object.entries(responses))
        for (const [type, given] of status.startsWith('2') ? Object.entries(content ?? {}) : [])
          yield {
            place: `${route} ${status} ${type}`,
            pointer: `${at}/responses/${status}/content/${token(type)}/schema`,
            given,
          }
    }
}

const token = (text: string) => encodeURIComponent(text.replaceAll('~', '~0').replaceAll('/', '~1'))

test('every body and every answer that says yes has an example, and it is what its schema says', async () => {
  if (process.env.UPDATE_EXAMPLES === '1') await writeExamples(newFolder())
  const { url } = await served()
  const { body: document } = await ask(`${url}/openapi.json`)
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  ajv.addSchema({ $id: 'api', ...document })
  const all = [...places(document.paths as Paths)]
  expect(all.filter(({ given }) => given.example === undefined).map(({ place }) => place)).toEqual([])
  const wrong = all.flatMap(({ place, pointer, given }) => {
    const valid = ajv.getSchema(`api#${pointer}`)
    if (valid === undefined) return [`${place}: no schema at ${pointer}`]
    return valid(given.example) ? [] : [`${place}: ${ajv.errorsText(valid.errors)}`]
  })
  expect(wrong).toEqual([])
  expect(all.length).toBeGreaterThan(100)
  // Enough is in them to tell a wrong one from a right one.
  const view = ajv.getSchema('api#/components/schemas/Workflow')!
  expect(view({ id: 7 })).toBe(false)
})

test('an example is of nobody: no machine, no folder, no key', () => {
  const text = readFileSync(examplesFile, 'utf8')
  expect(text).not.toMatch(/\/tmp\/|daybook_[0-9a-f]{16}_|127\.0\.0\.1/u)
  expect(text.length).toBeLessThan(400_000)
})
