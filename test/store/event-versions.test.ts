import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { projections } from '../../projections/index.ts'
import { patternsPolicy } from '../../src/handoffs/routing/policy.ts'
import { manualClock } from '../../src/kernel/clock.ts'
import { type NewEvent, streamCategory, streamId } from '../../src/kernel/event.ts'
import { project } from '../../src/kernel/projection.ts'
import { events } from '../../src/runtime/catalogue.ts'
import { type Project, projectOn } from '../../src/runtime/project.ts'
import * as targets from '../../src/runtime/targets.ts'
import { Codec } from '../../src/store/codec.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import { eventId } from '../projections/events.ts'
import { type EventFixture, eventFixtures, fingerprint, isOf } from './event-fixtures.ts'

/**
 * Events as each version of Daybook stored them, byte for byte. They are never written anew: what fails here
 * would fail on the logs that people have.
 */
const fixtures = eventFixtures()
const shipped = Object.keys(
  JSON.parse(readFileSync(new URL('schema-fingerprints.json', import.meta.url), 'utf8')),
)

test.for(shipped)('there are stored events of %s', (line) => {
  const [type, version] = line.split(' ') as [string, string]
  const definition = events.get(type)!
  const isCurrent = definition.version === Number(version)
  const schema = isCurrent ? fingerprint(definition.schema) : undefined
  const wanted = { type, version: Number(version), ...(schema === undefined ? {} : { schema }) }
  const shapes = fixtures.filter((fixture) => isOf(fixture, wanted)).map(({ shape }) => shape)
  const advice = `event-fixtures.jsonl has none of ${line} as its schema is now. A new field, a new version: UPDATE_FINGERPRINTS=1 vitest run test/store/schema-fingerprints adds them; what was there stays.`
  expect(shapes.sort(), advice).toEqual(['full', 'least'])
})

describe.each(fixtures)('$type $version, $shape, by the schema $schema', (fixture) => {
  test('reads, and is what the schema of today accepts', async () => {
    const [read] = await Array.fromAsync((await logOf([fixture])).store.readAll())
    const { version, schema } = events.get(fixture.type)!
    expect(read).toMatchObject({ type: fixture.type, version, meta: JSON.parse(fixture.meta) })
    const checked = schema.safeParse(read!.data)
    expect(checked.error?.issues ?? []).toEqual([])
  })

  test('folds in everything that folds, alone', async () => {
    await foldEverywhere(await logOf([fixture]))
  })
})

test('all of them fold in one log, in one order and in the other', async () => {
  await foldEverywhere(await logOf(fixtures))
  await foldEverywhere(await logOf(fixtures.toReversed()))
})

async function logOf(stored: readonly EventFixture[]): Promise<Project> {
  const clock = manualClock(Date.UTC(2026, 2, 1, 10))
  const store = new MemoryStore({ codec: new Codec(events), clock })
  for (const [index, { type, version, stream, data, meta }] of stored.entries()) {
    const event = { id: eventId(index + 1), type, version, data: JSON.parse(data), meta: JSON.parse(meta) }
    await store.append(stream, [event as NewEvent], { expected: 'any' })
  }
  return projectOn({ store, clock, policy: patternsPolicy })
}

/** What workers decide from, what people look at, and every projection; each also as it is rendered. */
async function foldEverywhere({ store, reading, streams, view }: Project): Promise<void> {
  await reading.refresh()
  view.documents()
  const log = await Array.fromAsync(store.readAll())
  for (const stream of new Set(log.map((event) => event.stream))) {
    const target = targetOf(stream)
    if (target !== null) await streams.load(target)
  }
  for (const projection of projections)
    for (const [key, state] of project(projection, log)) {
      expect(projection.render(state, key)).toBeTypeOf('string')
      expect(JSON.parse(JSON.stringify(state))).toEqual(state)
    }
}

function targetOf(stream: string): Parameters<Project['streams']['load']>[0] | null {
  const id = streamId(stream)
  switch (streamCategory(stream)) {
    case 'workflow':
      return targets.workflow(id) as never
    case 'handoff':
      return targets.handoff(id) as never
    case 'session':
      return targets.session(id) as never
    case 'memory':
      return targets.document(id) as never
    default:
      return null
  }
}
