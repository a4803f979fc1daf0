import { expect, test } from 'vitest'
import type { Play } from './server/play.ts'
import { playedSession } from './session-given.ts'

const soon = { 'retry-after-ms': '20' }
const overloaded: Play = {
  status: 529,
  error: { type: 'overloaded_error', message: 'Overloaded' },
  headers: soon,
}
const limited: Play = {
  status: 429,
  error: { type: 'rate_limit_error', message: 'Slow down' },
  headers: soon,
}
const section = {
  type: 'tool_use',
  name: 'memory',
  input: {
    command: 'write_section',
    document: 'insights',
    heading: 'Notes',
    text: '## Notes\n\nThe door is green.\n',
  },
}
const summary = '## Session Summary\n\n**Work Done**: noted\n**Collaboration Needs**: none'

test('each attempt of a call is on record, with its failure and what had arrived, until one succeeds', async () => {
  const cut: Play = { content: ['I write it', section], mischief: { kind: 'cut', afterFrames: 4 } }
  const { server, events, of, memory } = await playedSession([
    cut,
    overloaded,
    limited,
    { content: [section] },
    { content: summary },
  ])
  const courses = events
    .filter(({ type }) => /^(?:Model|Session)/u.test(type))
    .map(({ type, data }) => {
      const { attempt, kind } = data as { attempt?: number; kind?: string }
      return [type, attempt, kind].filter((part) => part !== undefined).join(' ')
    })
  expect(courses).toEqual([
    'SessionStarted',
    'ModelCalled 1',
    'ModelFailed 1 cut_stream',
    'ModelCalled 2',
    'ModelFailed 2 overloaded',
    'ModelCalled 3',
    'ModelFailed 3 rate_limited',
    'ModelCalled 4',
    'ModelAnswered',
    'ModelCalled 1',
    'ModelAnswered',
    'SessionCompleted',
  ])
  const failures = of('ModelFailed')
  expect(failures.map(({ retryAfterMs }) => retryAfterMs)).toEqual([undefined, 20, 20])
  expect(failures[0]).toMatchObject({
    partial: [{ type: 'text', text: 'I write it' }],
    usage: { outputTokens: 1 },
  })
  expect(
    new Set(
      of('ModelCalled')
        .slice(0, 4)
        .map(({ call }) => call),
    ).size,
  ).toBe(1)
  const sent = server.requests.map(({ body }) => JSON.stringify(body))
  expect(new Set(sent.slice(0, 4)).size).toBe(1)
  expect(memory).toContain('The door is green.')
})

test('the session runs on the model that its agent names, and the answer is paid by the table', async () => {
  const usage = { input_tokens: 1_000_000, output_tokens: 0 }
  const { server, of, notices } = await playedSession([{ content: [section] }, { content: summary, usage }])
  expect(of('SessionStarted')[0]).toMatchObject({ model: 'claude-opus-5-5', runner: 'claude' })
  expect(server.requests.map(({ body }) => body.model)).toEqual(['claude-opus-5-5', 'claude-opus-5-5'])
  expect(of('ModelAnswered')[1]).toMatchObject({
    costUsd: 4,
    model: 'claude-opus-5-5',
    requestId: 'req_000002',
  })
  expect(notices).toEqual([])
})

test('tool input that is broken, or cut off at max_tokens, runs no tool and comes back to the model', async () => {
  const broken = { type: 'tool_use', name: 'memory', json: '{"command": "write_sec' }
  const { of } = await playedSession([
    { content: [broken] },
    { content: [broken], stopReason: 'max_tokens' },
    { content: [section] },
    { content: summary },
  ])
  const returned = of('ToolReturned')
  expect(returned.map(({ isError }) => isError)).toEqual([true, true, false])
  expect(of('SessionCompleted')).toHaveLength(1)
})

test('a tool named constructor, and two calls in one message, each get one result', async () => {
  const strange = { type: 'tool_use', name: 'constructor', input: {} }
  const { of } = await playedSession([{ content: [strange, section] }, { content: summary }])
  const returned = of('ToolReturned')
  expect(returned).toHaveLength(2)
  expect(returned[0]).toMatchObject({
    isError: true,
    output: expect.stringContaining('no tool "constructor"'),
  })
  expect(returned[1]).toMatchObject({ isError: false })
})

test('a refusal fails the session with the reason that the API gave', async () => {
  const stopDetails = { type: 'refusal', category: 'bio', explanation: 'That could do harm.' }
  const { of } = await playedSession([{ content: [], stopReason: 'refusal', stopDetails }])
  expect(of('SessionFailed')).toEqual([
    { code: 'refused', reason: 'The model refused the task: bio. That could do harm.' },
  ])
})

test('what will not get better by waiting ends the session at once, and says what to do', async () => {
  const refused: Play = { status: 401, error: { type: 'authentication_error', message: 'invalid key' } }
  const { server, of } = await playedSession([refused])
  expect(server.requests).toHaveLength(1)
  expect(of('SessionFailed')).toEqual([
    { code: 'model_failed', reason: expect.stringMatching(/invalid key.*ANTHROPIC_API_KEY/u) },
  ])
})
