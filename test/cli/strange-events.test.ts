import { createReadStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { type RecordedEvent, streamCategory } from '../../src/kernel/event.ts'
import { events as catalogue } from '../../src/runtime/catalogue.ts'
import { systemIds } from '../../src/runtime/ids.ts'
import { openStore } from '../../src/runtime/open-store.ts'
import type { EventStore } from '../../src/store/port.ts'
import { cast, daybook, goal, type RunResult, result, temporaryFolder } from './given.ts'

/** Data that no fold of today expects under the name of a type that it knows. */
const strangeData = [{}, [], 'text', null, { changes: 1, sections: null, definition: [], limits: 'none' }]

const looks = [
  ['memory', 'show'],
  ['agents', '--json'],
  ['workflows', '--json'],
  ['handoffs', '--json'],
  ['sessions', '--json'],
  ['waiting', '--json'],
  ['decisions', '--json'],
  ['memory', 'log', '--json'],
  ['memory', 'blame', '--json'],
  ['projections', '--json'],
]

test('what a newer Daybook wrote into a log is kept, passed over and reported, and hides nothing', async () => {
  const cwd = temporaryFolder(onTestFinished)
  const look = (...args: string[]) => daybook(['--rehearsal', ...args], { cwd })
  const { workflow } = await result<RunResult>(
    ['run', goal, '--rehearse', '--agents', cast, '--depth', '1'],
    { cwd },
  )
  const said = () => Promise.all(looks.map(async (args) => (await look(...args)).stdout))
  const before = await said()
  const added = await withStore(cwd, 'rehearsal', addStrangeEvents)

  expect((await said()).map(withoutCounts)).toEqual(before.map(withoutCounts))
  expect(await look('rebuild', '--check')).toMatchObject({ code: 0 })
  expect(await look('prove', workflow, '--json')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('"intact":true'),
  })
  const shown = await look('log', '--json', '--type', 'HandoffCompleted')
  expect(shown.stdout).toContain('"HandoffCompleted (version 2)"')
  for (const kind of ['workflows', 'handoffs', 'sessions'])
    for (const { id } of JSON.parse((await look(kind, '--json')).stdout) as { id: string }[])
      for (const as of [[], ['--json']])
        expect({ id, ...(await look(kind, 'show', id, ...as)) }).toMatchObject({ id, code: 0 })
  for (const args of [['log'], ['verify'], ['workflows', 'fork', workflow, '--at', '60']])
    expect({ args, ...(await look(...args)) }).toMatchObject({ args, code: 0 })
  const doctor = await look('doctor', '--json', '--agents', cast)
  expect(doctor.code).toBe(0)
  expect(doctor.stdout).toContain(`${added} of them of types or versions that it does not know`)

  const again = await result<RunResult>(['run', goal, '--rehearse', '--agents', cast, '--depth', '1'], {
    cwd,
  })
  expect(again.status).toBe('completed')
})

test('they leave a log in an export and come into another as they were stored', async () => {
  const cwd = temporaryFolder(onTestFinished)
  await result(['run', goal, '--rehearse', '--agents', cast, '--depth', '1'], { cwd })
  await withStore(cwd, 'rehearsal', addStrangeEvents)
  const ran = await daybook(['--rehearsal', 'export', 'first.jsonl'], { cwd })
  expect(ran.code).toBe(0)
  expect((await daybook(['--dir', 'copy', 'import', 'first.jsonl'], { cwd })).code).toBe(0)
  expect((await daybook(['--dir', 'copy', 'export', 'second.jsonl'], { cwd })).code).toBe(0)
  const exported = (name: string) => readFileSync(join(cwd, name), 'utf8')
  expect(withoutPositions(exported('second.jsonl'))).toEqual(withoutPositions(exported('first.jsonl')))
  const types = new Set<string>()
  for await (const line of createInterface({ input: createReadStream(join(cwd, 'first.jsonl')) }))
    types.add((JSON.parse(line) as RecordedEvent).type)
  expect([...types].filter((type) => type.includes(' '))).toEqual([])
  expect(types).toContain('Elsewhere.happened')
})

/** After each event one of its type in a version of the future, and one of a type that nobody knows. */
async function addStrangeEvents(store: EventStore): Promise<number> {
  const log = await Array.fromAsync(store.readAll())
  const streams = new Map(log.map((event) => [streamCategory(event.stream), event]))
  let added = 0
  const add = async ({ stream, meta }: RecordedEvent, type: string, data: unknown) => {
    const { recordedAt: _, ...kept } = meta
    const version = (catalogue.get(type)?.version ?? 0) + 1
    const event = { id: systemIds.next(), type, version, data, meta: kept }
    await store.append(stream, [event], { expected: 'any' })
    added += 1
  }
  for (const [index, type] of [...catalogue.keys()].entries())
    for (const event of streams.values()) await add(event, type, strangeData[index % strangeData.length])
  for (const event of streams.values()) await add(event, 'Elsewhere.happened', { what: ['ever'] })
  return added
}

async function withStore<Result>(
  cwd: string,
  place: string,
  use: (store: EventStore) => Promise<Result>,
): Promise<Result> {
  const path = join(cwd, '.daybook', place, 'log.db')
  const store = await openStore(`sqlite:${path}`, { clock: { now: () => Date.now() } })
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}

/** How many events there are is another number now, and the position of the last one. */
function withoutCounts(text: string): string {
  return text.replaceAll(/"(events|position|asOf|through)":\s*(?:\d+|"[^"]*")/gu, '"$1"')
}

function withoutPositions(text: string): string[] {
  return text.split('\n').map((line) => line.replace(/"position":"\d+"/u, ''))
}
