import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { limitFields } from '../../src/workflows/decider.ts'
import { type Answer, expectProblem, send, served } from './given.ts'

const names = Object.entries(limitFields)

test('every limit is raised by the name of the command line, and by that of the field that began it', async () => {
  const { url } = await served()
  const { id } = (await send(`${url}/v1/workflows`, { goal: 'Run load tests' })).body
  const raise = (limit: string, max: number): Promise<Answer> =>
    send(`${url}/v1/workflows/${id}/raise`, { limit, max })
  for (const [name, field] of names) {
    expect((await raise(name, 1_000_000_000)).body.limits).toMatchObject({ [field]: 1_000_000_000 })
    expect((await raise(field, 2_000_000_000)).body.limits).toMatchObject({ [field]: 2_000_000_000 })
  }
  const wrong = await raise('costs', 5)
  expectProblem(wrong, { status: 400, code: 'bad_request' })
  expect(wrong.body.detail).toMatch(/limit must be "turns", "tokens", "cost".*"costUsdMax"/u)
})

test('both names of every limit are in the documentation', () => {
  const page = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8')
  const told = [...page.matchAll(/^\| `(\w+)` \| `(\w+)` \|/gmu)].map(([, field, name]) => [name, field])
  expect(told.sort()).toEqual(names.toSorted())
})

test('a field that is long is not sent back whole', async () => {
  const { url } = await served()
  const { body } = await send(`${url}/v1/workflows`, { goal: 'x', ['y'.repeat(50_000)]: 1 })
  expect(body).toMatchObject({ code: 'bad_request', detail: expect.stringContaining('does not take "yyy') })
  expect(JSON.stringify(body).length).toBeLessThan(2_000)
})
