import { expect, test } from 'vitest'
import { events as catalogue } from '../../src/runtime/catalogue.ts'
import { Codec } from '../../src/store/codec.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import { accepted, requested, routed } from '../handoffs/handoff-spec.ts'
import { eventId, person } from '../projections/events.ts'
import { needOf } from './team.ts'
import { verdict } from './verdict.ts'

/** The campaign can find what it looks for. */

interface Given {
  readonly type: string
  readonly data: object
}

const asked = { ...requested, data: { ...requested.data, need: needOf(0) } } as Given
const done = (epoch: number, session = 's1'): Given => ({
  type: 'HandoffCompleted',
  data: { session, epoch, answer: 'Done.' },
})
const ended = (times: number): Given[] =>
  Array.from({ length: times }, () => ({ type: 'SessionCompleted', data: { notes: [] } }))

async function problemsOf(
  handoff: readonly object[],
  session: readonly object[],
): Promise<readonly string[]> {
  const store = new MemoryStore({ codec: new Codec(catalogue), clock: { now: () => 0 } })
  let next = 0
  for (const [stream, told] of [
    ['handoff-h1', handoff],
    ['session-s1', session],
  ] as const) {
    const events = told.map((one) => {
      next += 1
      return { id: eventId(next), version: 1, meta: { actor: person }, ...(one as Given) }
    })
    if (events.length > 0) await store.append(stream, events as never, { expected: 'no_stream' })
  }
  return (await verdict(store, 1)).problems
}

const told = [asked, routed, accepted(1)]

test('nothing is wrong with a handoff that ended once', async () => {
  expect(await problemsOf([...told, done(1)], ended(1))).toEqual([])
})

const elsewhere = { type: 'HandoffAccepted', data: { ...(accepted(1).data as object), external: true } }

test.each([
  [
    'a need that was not handed on',
    [asked, routed, elsewhere, done(1)],
    ended(1),
    /"Compare .* 0" was not handed on/u,
  ],
  ['one that never ended', told, [], /is lost/u],
  ['two results that count', [...told, done(1), done(1)], ended(1), /2 results/u],
  [
    'the result of one who had lost it',
    [...told, accepted(2), done(1)],
    ended(1),
    /counts the result of epoch 1/u,
  ],
  ['an epoch given twice', [...told, accepted(1), done(1)], ended(1), /gave an epoch twice/u],
  ['a session that never ended', [...told, done(1)], [], /completed 0 times/u],
  ['a session that ended twice', [...told, done(1)], ended(2), /completed 2 times/u],
  ['a handoff that is not there', [], [], /is not there/u],
] as const)('%s is found', async (_, handoff, session, problem) => {
  expect(await problemsOf(handoff, session)).toContainEqual(expect.stringMatching(problem))
})
