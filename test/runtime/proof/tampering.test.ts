import { describe, expect, test } from 'vitest'
import { fold } from '../../../src/kernel/decider.ts'
import type { Json, RecordedEvent } from '../../../src/kernel/event.ts'
import { proveSession } from '../../../src/runtime/proof/prove-session.ts'
import { sessionDecider } from '../../../src/sessions/decider.ts'
import { toolStage } from '../tool-stage.ts'
import { inTurn, say, use } from '../worker-stage.ts'

const script = inTurn(
  use('Write', { file_path: 'a.txt', content: 'one\n' }, { file_path: 'insights.md', content: '# No\n' }),
  use('Read', { file_path: 'a.txt' }),
  use('constructor', {}),
  say('**Work Done**: all of it.\n**Next**: None\n**Collaboration Needs**: None'),
)

/** The events of a session that was asked, answered, and used its tools. */
async function played(): Promise<RecordedEvent[]> {
  const given = await toolStage(script)
  await given.drain()
  return (await given.events()).filter(({ stream }) => stream.startsWith('session-'))
}

/** What a request, an answer and a tool result are made of, by event type: everything below these fields. */
const proved: Readonly<Record<string, readonly string[]>> = {
  SessionStarted: ['model', 'parameters'],
  ContextGiven: ['system', 'tools'],
  ModelCalled: ['appended', 'requestDigest', 'call'],
  ModelAnswered: ['content', 'digest', 'call'],
  ToolCalled: ['toolUse', 'call', 'tool', 'input'],
  ToolReturned: ['toolUse', 'output', 'digest'],
  SummaryRecorded: ['raw'],
}

interface Place {
  readonly index: number
  readonly type: string
  readonly path: readonly (string | number)[]
  readonly value: string | number
}

function placesOf({ type, data }: RecordedEvent, index: number): Place[] {
  return (proved[type] ?? []).flatMap((field) =>
    leaves((data as Record<string, Json>)[field], [field]).map(({ path, value }) => ({
      index,
      type,
      path,
      value,
    })),
  )
}

function leaves(
  value: Json | undefined,
  path: readonly (string | number)[],
): { path: readonly (string | number)[]; value: string | number }[] {
  if (typeof value === 'string' || typeof value === 'number') return [{ path, value }]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => leaves(item, [...path, key]))
}

/** One character of one place is another one. */
function tampered(
  events: readonly RecordedEvent[],
  { index, path, value }: Place,
  at: number,
): RecordedEvent[] {
  const copy = structuredClone(events) as RecordedEvent[]
  let holder = copy[index]!.data as Record<string, unknown>
  for (const key of path.slice(0, -1)) holder = holder[key] as Record<string, unknown>
  const other = (text: string) => text.slice(0, at) + (text[at] === 'x' ? 'y' : 'x') + text.slice(at + 1)
  holder[String(path.at(-1))] = typeof value === 'number' ? value + 1 : other(value)
  return copy
}

const agrees = (given: readonly RecordedEvent[]) => proveSession('s', given, null).difference

describe('one changed byte of a session', () => {
  test('is found wherever it is in what was asked, answered or given back by a tool', async () => {
    const events = await played()
    expect(agrees(events)).toBe(null)
    const places = events.flatMap(placesOf)
    expect(new Set(places.map(({ type }) => type))).toEqual(new Set(Object.keys(proved)))
    const missed = places.flatMap((place) => {
      const chars = typeof place.value === 'string' ? place.value.length : 1
      const ats = [0, Math.floor(chars / 2), chars - 1].filter((at) => at >= 0)
      return ats
        .filter(() => chars > 0)
        .filter((at) => agrees(tampered(events, place, at)) === null)
        .map((at) => `${place.type} ${place.path.join('.')} at ${at}`)
    })
    expect(missed).toEqual([])
    expect(places.length).toBeGreaterThan(60)
  })

  test.each([
    ['ModelCalled', ['appended', '0', 'text'], 'ModelCalled', 'the request does not match its digest'],
    ['ContextGiven', ['system'], 'ModelCalled', 'the request does not match its digest'],
    ['ModelAnswered', ['content', '0', 'input', 'content'], 'ModelAnswered', 'the answer does not match'],
    ['ToolReturned', ['output'], 'ToolReturned', 'the tool result does not match its digest'],
    ['ToolCalled', ['input', 'content'], 'ToolCalled', 'something else than the answer asked for'],
  ])('in %s is named where it shows', async (type, path, where, message) => {
    const events = await played()
    const place = events
      .flatMap(placesOf)
      .find((one) => one.type === type && one.path.map(String).join() === path.join())!
    const difference = agrees(tampered(events, place, 0))
    expect(difference).toMatchObject({ type: where, message: expect.stringContaining(message) })
    expect(events.some(({ id }) => id === difference?.event)).toBe(true)
  })

  test('an event that is gone, twice or elsewhere is found', async () => {
    const events = await played()
    const answered = events.findIndex(({ type }) => type === 'ModelAnswered')
    expect(agrees(events.toSpliced(answered, 1))).toMatchObject({
      message: expect.stringContaining('revision'),
    })
    expect(agrees(events.toSpliced(answered, 0, events[answered]!))).not.toBe(null)
    const renumbered = events
      .filter((_, index) => index !== answered)
      .map((event, revision) => ({ ...event, revision }))
    expect(agrees(renumbered)).not.toBe(null)
    expect(fold(sessionDecider, events).status).toBe('completed')
  })
})
