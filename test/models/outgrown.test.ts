import { describe, expect, test } from 'vitest'
import { digestJson } from '../../src/runtime/digest.ts'
import type { Block, MessagesRequest, Play } from './server/play.ts'
import { playedSession } from './session-given.ts'

const tooLong: Play = {
  status: 400,
  error: { type: 'invalid_request_error', message: 'prompt is too long: 210000 tokens > 200000 maximum' },
}
const summary = '**Work Done**: noted\n**Collaboration Needs**: none'
const section = {
  type: 'tool_use',
  name: 'memory',
  input: { command: 'write_section', document: 'insights', heading: 'Notes', text: '## Notes\n\nGreen.\n' },
}
const look = (turn: number) => ({
  content: [
    `Look ${turn}: ${'x'.repeat(2_000)}`,
    { type: 'tool_use', name: 'memory', input: { command: 'view' } },
  ],
})

/** A server with a window of so many characters of messages, and a model that looks again and again. */
const small =
  (charsMax: number, turns: number) =>
  (request: MessagesRequest, index: number): Play => {
    if (JSON.stringify(request.messages).length > charsMax) return tooLong
    if (index === 0) return { content: [section] }
    return index < turns ? look(index) : { content: summary }
  }

const textOf = (content: string | readonly Block[]) =>
  typeof content === 'string'
    ? content
    : content.map((block) => String((block as { text?: string }).text)).join()

describe('a conversation that outgrows the window', () => {
  test('goes on without its oldest turns: a decision on record, by turn and digest, told to the model and proved', async () => {
    const { server, of, proof } = await playedSession(small(12_000, 14))
    expect(of('SessionCompleted')).toHaveLength(1)
    const trims = of('ContextTrimmed')
    expect(trims.length).toBeGreaterThanOrEqual(2)
    for (const { dropped, turns, digest, note, call, keptFrom, reason } of trims) {
      expect(keptFrom).toBe(Number(dropped) + 1)
      expect(digest).toMatch(/^sha256:/u)
      expect(of('ModelFailed').find((failure) => failure.call === call)).toMatchObject({
        kind: 'context_window',
      })
      const { from, to } = turns as { from: number; to: number }
      expect(to).toBeGreaterThanOrEqual(from)
      expect(reason).toContain(`in the turns ${from} to ${to}`)
      expect(note).toContain(`until turn ${to}`)
    }
    expect(new Set(of('ModelCalled').map(({ call }) => call)).size).toBe(of('ModelCalled').length)

    const refused = server.requests.findIndex(({ body }) => JSON.stringify(body.messages).length > 12_000)
    const [before, after] = [server.requests[refused]!, server.requests[refused + 1]!].map(
      ({ body }) => body.messages,
    )
    expect(after).not.toHaveLength(before!.length)
    expect(textOf(after![0]!.content)).toBe(`${textOf(before![0]!.content)}\n\n${trims[0]?.note}`)
    expect(after!.at(-1)?.role).toBe('user')
    expect(after![1]).toEqual(before![Number(trims[0]?.keptFrom)])
    expect(proof).toMatchObject({ intact: true, drift: null, calls: of('ModelCalled').length })
  })

  test('with nothing to leave out but the task fails with what is wrong', async () => {
    const { server, of, proof } = await playedSession([tooLong])
    expect(server.requests).toHaveLength(1)
    expect(of('ContextTrimmed')).toEqual([])
    expect(of('SessionFailed')).toEqual([
      { code: 'context_window', reason: expect.stringContaining('prompt is too long') },
    ])
    expect(proof).toMatchObject({ intact: true })
  })

  test('is shortened as well when an answer is cut off where the window ends, and the answer goes on', async () => {
    const cutOff: Play = { content: 'I was about to', stopReason: 'model_context_window_exceeded' }
    const { server, of, proof } = await playedSession([
      { content: [section] },
      look(1),
      cutOff,
      { content: summary },
    ])
    expect(of('ContextTrimmed')).toHaveLength(1)
    expect(of('SessionCompleted')).toHaveLength(1)
    expect(JSON.stringify(server.requests.at(-1)?.body.messages.slice(-2))).toMatch(
      /I was about to.*Go on from there/u,
    )
    expect(proof).toMatchObject({ intact: true })
  })

  test('loses no reminder with the call that did not fit', async () => {
    const plays: Play[] = [look(0), look(1), { content: 'Done.' }, tooLong, { content: summary }]
    const { server, of } = await playedSession(plays)
    const [refused, again] = server.requests.slice(3).map(({ body }) => body.messages.at(-1))
    expect(JSON.stringify(again)).toContain('Your Session Summary is missing')
    expect(again).toEqual(refused)
    expect(of('ContextTrimmed')).toHaveLength(1)
    expect(of('SessionCompleted')).toHaveLength(1)
  })
})

test('a digest of what was left out is one of the messages as they were sent', async () => {
  const { server, of } = await playedSession(small(12_000, 9))
  const [trim] = of('ContextTrimmed')
  const refused = server.requests.findIndex(({ body }) => JSON.stringify(body.messages).length > 12_000)
  const left = server.requests[refused]!.body.messages.slice(1, Number(trim?.keptFrom))
  expect(left).toHaveLength(Number(trim?.dropped))
  expect(digestJson(left)).toBe(trim?.digest)
})
