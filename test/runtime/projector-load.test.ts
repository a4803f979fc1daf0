import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, expect, onTestFinished } from 'vitest'
import { manualClock } from '../../src/kernel/clock.ts'
import { events as catalogue } from '../../src/runtime/catalogue.ts'
import { loadProjections } from '../../src/runtime/load-projections.ts'
import { memoryProjectionStore } from '../../src/runtime/projection-store.ts'
import { Projector } from '../../src/runtime/projector.ts'
import { Codec } from '../../src/store/codec.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import { Recorder, registered } from '../projections/events.ts'

const good = (name: string, evolve = '(state) => ({ count: state.count + 1 })') => `
  export default {
    name: '${name}', version: 1,
    key: (event) => event.type === 'AgentRegistered' ? 'all' : null,
    initial: { count: 0 }, evolve: ${evolve}, render: (state) => state.count + '\\n',
  }`

const test = base.extend<{ folder: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest wants the pattern
  folder: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'daybook-projections-'))
    await use(folder)
    await rm(folder, { recursive: true, force: true })
  },
})

test('files of both kinds are read, in the order of their names', async ({ folder }) => {
  await writeFile(join(folder, 'b.mjs'), good('second'))
  await writeFile(
    join(folder, 'a.ts'),
    `${good('first')} as { name: string }`.replace('export default', 'export const projection ='),
  )
  await writeFile(join(folder, 'README.md'), 'not a projection')
  const { projections, diagnostics } = await loadProjections(folder)
  expect(diagnostics).toEqual([])
  expect(projections.map((projection) => projection.name)).toEqual(['first', 'second'])
})

test('a file that is no projection is named with what is wrong, and stops no other', async ({ folder }) => {
  await writeFile(join(folder, 'empty.js'), 'export const other = 1')
  await writeFile(join(folder, 'broken.mjs'), 'export default {')
  await writeFile(join(folder, 'shape.mjs'), `export default { name: 'Not Kebab', version: 0, initial: {} }`)
  await writeFile(join(folder, 'taken.mjs'), good('insights'))
  await writeFile(join(folder, 'fine.mjs'), good('fine'))
  const { projections, diagnostics } = await loadProjections(folder, ['insights'])
  expect(projections.map((projection) => projection.name)).toEqual(['fine'])
  const messages = diagnostics.map((diagnostic) => diagnostic.message.replace(folder, ''))
  expect(diagnostics.every((diagnostic) => diagnostic.code === 'projection_refused')).toBe(true)
  expect(messages).toEqual([
    expect.stringMatching(/^\/broken\.mjs: cannot be loaded: /u),
    expect.stringMatching(/^\/empty\.js: exports no projection; export one by default/u),
    '/shape.mjs: is no projection: "name" is not in kebab case, as "open-questions" is; "version" is no whole number from 1; "key" is no function; "evolve" is no function; "render" is no function.',
    '/taken.mjs: the name "insights" belongs to Daybook already; give it another.',
  ])
})

test('a folder that is not there is a wrong use, and says what to give', async ({ folder }) => {
  await expect(loadProjections(join(folder, 'none'))).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining('--projections'),
  })
})

test('one that changes its state in place fails by name; the others are folded', async ({ folder }) => {
  await writeFile(
    join(folder, 'mutating.mjs'),
    good('mutating', '(state) => { state.count += 1; return state }'),
  )
  await writeFile(join(folder, 'pure.mjs'), good('pure'))
  const { projections } = await loadProjections(folder)
  const store = new MemoryStore({ codec: new Codec(catalogue), clock: manualClock(0) })
  onTestFinished(() => store.close())
  const { id, type, version, data, meta } = new Recorder().add('agent-a', 'AgentRegistered', registered('a'))
  await store.append('agent-a', [{ id, type, version, data, meta }], { expected: 'no_stream' })
  const projector = new Projector({ store, projections, views: memoryProjectionStore() })
  await projector.catchUp()
  expect(projector.render('pure', 'all')).toBe('1\n')
  expect(projector.diagnostics).toMatchObject([{ code: 'projection_failed' }])
  expect(projector.diagnostics[0]?.message).toContain('"mutating"')
})
