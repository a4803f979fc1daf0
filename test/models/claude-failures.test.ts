import { getEventListeners } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { limits } from '../../src/kernel/limits.ts'
import { apiKey, ask, failureOf, serverWith } from './ask.ts'
import type { Play, RefusalPlay } from './server/play.ts'

const noTokens = { cacheWriteTokens: 0, cacheReadTokens: 0 }

function error(status: number, type: string, more: Partial<RefusalPlay> & { details?: unknown } = {}): Play {
  const { details = null, ...rest } = more
  return { status, error: { type, message: `about ${type}`, details }, ...rest }
}

interface Expected {
  readonly play: Play
  readonly kind: string
  readonly retryable: boolean
  readonly retryAfterMs?: number
}

const refusals: Record<string, Expected> = {
  '529': { play: error(529, 'overloaded_error'), kind: 'overloaded', retryable: true },
  '429 with retry-after': {
    play: error(429, 'rate_limit_error', { headers: { 'retry-after': '7' } }),
    kind: 'rate_limited',
    retryable: true,
    retryAfterMs: 7_000,
  },
  '429 with retry-after-ms, which is more exact': {
    play: error(429, 'rate_limit_error', { headers: { 'retry-after': '7', 'retry-after-ms': '6500.2' } }),
    kind: 'rate_limited',
    retryable: true,
    retryAfterMs: 6_501,
  },
  '529 with a wait of years': {
    play: error(529, 'overloaded_error', { headers: { 'retry-after': '99999999' } }),
    kind: 'overloaded',
    retryable: true,
    retryAfterMs: limits.modelRetryAfterMsMax,
  },
  '429 because the money is spent': {
    play: error(429, 'rate_limit_error', { details: { error_code: 'enforced_spend_limit_reached' } }),
    kind: 'billing',
    retryable: false,
  },
  '400': { play: error(400, 'invalid_request_error'), kind: 'invalid_request', retryable: false },
  '400 for a long prompt': {
    play: {
      status: 400,
      error: {
        type: 'invalid_request_error',
        message: 'prompt is too long: 1100000 tokens > 1000000 maximum',
      },
    },
    kind: 'context_window',
    retryable: false,
  },
  '401': { play: error(401, 'authentication_error'), kind: 'authentication', retryable: false },
  '402': { play: error(402, 'billing_error'), kind: 'billing', retryable: false },
  '403': { play: error(403, 'permission_error'), kind: 'permission', retryable: false },
  '404': { play: error(404, 'not_found_error'), kind: 'not_found', retryable: false },
  '409': { play: error(409, 'conflict_error'), kind: 'conflict', retryable: true },
  '413': { play: error(413, 'request_too_large'), kind: 'too_large', retryable: false },
  '500': { play: error(500, 'api_error'), kind: 'server_error', retryable: true },
  '500 that shall not be retried': {
    play: error(500, 'api_error', { headers: { 'x-should-retry': 'false' } }),
    kind: 'server_error',
    retryable: false,
  },
  '400 that shall be retried': {
    play: error(400, 'invalid_request_error', { headers: { 'x-should-retry': 'true' } }),
    kind: 'invalid_request',
    retryable: true,
  },
  "a gateway's page": {
    play: { status: 502, body: '<html><h1>Bad Gateway</h1></html>' },
    kind: 'server_error',
    retryable: true,
  },
}

test.for(Object.entries(refusals))('%s', async ([, { play, ...expected }]) => {
  const server = await serverWith([play])
  const failure = failureOf(await ask(server.url))
  expect(failure).toEqual({ ...expected, message: expect.any(String) })
  expect(failure.message).toMatch(/^[A-Z].*: (?:about|prompt|Bad Gateway).*\.$/u)
  expect(failure.message).toContain('req_000001')
  expect(server.requests).toHaveLength(1)
})

test('retry-after may be a date', async () => {
  const headers = { 'retry-after': new Date(Date.now() + 60_000).toUTCString() }
  const server = await serverWith([error(429, 'rate_limit_error', { headers })])
  const { retryAfterMs } = failureOf(await ask(server.url))
  expect(retryAfterMs).toBeGreaterThan(50_000)
  expect(retryAfterMs).toBeLessThanOrEqual(60_000)
})

test('after a 529 the same request succeeds: nothing of the failure sticks', async () => {
  const server = await serverWith([error(529, 'overloaded_error'), { content: 'Now.' }])
  expect(failureOf(await ask(server.url)).kind).toBe('overloaded')
  expect(await ask(server.url)).toMatchObject({ answer: { content: [{ type: 'text', text: 'Now.' }] } })
  const [first, second] = server.requests.map(({ body }) => JSON.stringify(body))
  expect(second).toBe(first)
})

test('a key that a server echoes is in no message', async () => {
  const message = `invalid key ${apiKey}, or Bearer abc.def, or sk-ant-api03-abcdefgh`
  const server = await serverWith([{ status: 401, error: { type: 'authentication_error', message } }])
  const failure = failureOf(await ask(server.url))
  expect(failure.message).toContain('invalid key [key], or Bearer [key], or [key]')
  expect(JSON.stringify(failure)).not.toContain(apiKey)
})

const spoken = [
  { type: 'text', text: 'The first part is here.' },
  {
    type: 'tool_use',
    id: 'toolu_1',
    name: 'memory',
    input: { text: 'a text that is long enough to be cut' },
  },
]

test('a cut socket gives what had arrived: a half tool input stays a string', async () => {
  // message_start, ping, text (start, delta, stop), tool (start, "", one delta).
  const server = await serverWith([{ content: spoken, mischief: { kind: 'cut', afterFrames: 8 } }])
  const failure = failureOf(await ask(server.url))
  expect(failure).toMatchObject({
    kind: 'cut_stream',
    retryable: true,
    message: expect.stringMatching(/^The stream was cut before the answer was whole \(.+\)\.$/u),
    partial: [
      { type: 'text', text: 'The first part is here.' },
      { type: 'tool_use', id: 'toolu_1', name: 'memory', input: '{"text":"a text that is ' },
    ],
    usage: { outputTokens: 1, ...noTokens },
  })
})

test('a stream that ends without message_stop is cut, however good it looks', async () => {
  const server = await serverWith([{ content: 'Whole?', mischief: { kind: 'end', afterFrames: 6 } }])
  expect(failureOf(await ask(server.url))).toMatchObject({
    kind: 'cut_stream',
    message: expect.stringContaining('without message_stop'),
    partial: [{ type: 'text', text: 'Whole?' }],
  })
})

test.for([
  ['overloaded_error', 'overloaded', true],
  ['api_error', 'server_error', true],
  ['invalid_request_error', 'invalid_request', false],
  ['error_of_tomorrow', 'server_error', true],
] as const)('an error event of the type %s in the middle is %s', async ([type, kind, retryable]) => {
  const mischief = { kind: 'error', afterFrames: 4, type, message: 'in the middle' } as const
  const server = await serverWith([{ content: 'Half.', mischief }])
  expect(failureOf(await ask(server.url))).toMatchObject({
    kind,
    retryable,
    message: expect.stringContaining('in the middle'),
    partial: [{ type: 'text', text: 'Half.' }],
  })
})

test('an event that is not JSON is a malformed stream', async () => {
  const server = await serverWith([{ content: 'Half.', mischief: { kind: 'garbage', afterFrames: 4 } }])
  expect(failureOf(await ask(server.url))).toMatchObject({
    kind: 'malformed_stream',
    message: expect.stringContaining('is not JSON'),
    partial: [{ type: 'text', text: 'Half.' }],
  })
})

test('a page instead of a stream, and an answer without a stop reason, are malformed streams', async () => {
  const server = await serverWith([
    { status: 200, body: '<html>Welcome</html>' },
    { content: 'So.', stopReason: null },
  ])
  expect(failureOf(await ask(server.url)).message).toContain('text/html')
  expect(failureOf(await ask(server.url))).toMatchObject({
    kind: 'malformed_stream',
    partial: [{ text: 'So.' }],
  })
})

test('a server that does not begin is given up, and hears of it', async () => {
  const server = await serverWith([{ content: 'Late.', mischief: { kind: 'late', ms: 60_000 } }])
  const failure = failureOf(await ask(server.url, { waits: { firstByteMs: 50 } }))
  expect(failure).toMatchObject({
    kind: 'timeout',
    retryable: true,
    message: expect.stringContaining('within 0.05 s'),
  })
  await server.requests[0]?.gone
})

test('pings without an end keep nobody waiting', async () => {
  const mischief = { kind: 'silence', afterFrames: 4, pingEveryMs: 5 } as const
  const server = await serverWith([{ content: 'Half.', mischief }])
  const failure = failureOf(await ask(server.url, { waits: { silenceMs: 100 } }))
  expect(failure).toMatchObject({
    kind: 'timeout',
    message: expect.stringContaining('silent'),
    partial: [{ type: 'text', text: 'Half.' }],
  })
  await server.requests[0]?.gone
})

test('an answer that drips without an end meets the limit of the whole call', async () => {
  const server = await serverWith([{ content: 'x', mischief: { kind: 'silence', afterFrames: 3 } }])
  const failure = failureOf(await ask(server.url, { waits: { silenceMs: 60_000, callMs: 80 } }))
  expect(failure).toMatchObject({ kind: 'timeout', message: expect.stringContaining('longer than 0.08 s') })
})

test('an abort throws, before the call and in the middle of it, and the server hears of it', async () => {
  const mischief = { kind: 'silence', afterFrames: 4 } as const
  const server = await serverWith([{ content: 'Half.', mischief }])
  const abort = new AbortController()
  const asked = ask(server.url, { signal: abort.signal, onText: () => abort.abort(new Error('enough')) })
  await expect(asked).rejects.toThrow('enough')
  await server.requests[0]?.gone
  await expect(ask(server.url, { signal: abort.signal })).rejects.toThrow('enough')
  expect(server.requests).toHaveLength(1)
})

test('nobody at the address: a connection failure that says where, and may be tried again', async () => {
  const closed = createServer()
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve))
  const { port } = closed.address() as AddressInfo
  await new Promise((resolve) => closed.close(resolve))
  expect(failureOf(await ask(`http://127.0.0.1:${port}`))).toEqual({
    kind: 'connection',
    retryable: true,
    message: expect.stringMatching(new RegExp(`127\\.0\\.0\\.1:${port}.*ECONNREFUSED`, 'u')),
  })
})

test('a socket that closes before a word is a connection failure', async () => {
  const rude = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve) => rude.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void rude.close())
  const { port } = rude.address() as AddressInfo
  expect(failureOf(await ask(`http://127.0.0.1:${port}`))).toMatchObject({
    kind: 'connection',
    retryable: true,
  })
})

test('a fault in what listens is nobody’s failure: it is thrown', async () => {
  const server = await serverWith([{ content: 'Hello.' }])
  const onText = () => {
    throw new TypeError('a bug of ours')
  }
  await expect(ask(server.url, { onText })).rejects.toThrow('a bug of ours')
})

test('no failure leaves a rejection unhandled', async () => {
  const unhandled: unknown[] = []
  const note = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', note)
  onTestFinished(() => void process.off('unhandledRejection', note))
  const server = await serverWith([
    error(529, 'overloaded_error'),
    { content: spoken, mischief: { kind: 'cut', afterFrames: 4 } },
    { content: spoken, mischief: { kind: 'end', afterFrames: 1 } },
    { content: spoken, mischief: { kind: 'garbage', afterFrames: 4 } },
    { content: spoken, mischief: { kind: 'error', afterFrames: 4, type: 'api_error', message: 'no' } },
    { content: spoken, mischief: { kind: 'silence', afterFrames: 4 } },
  ])
  for (let call = 0; call < 6; call += 1) failureOf(await ask(server.url, { waits: { silenceMs: 100 } }))
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(unhandled).toEqual([])
})

test('a session’s signal is left without listeners, however many calls were made on it', async () => {
  const server = await serverWith([
    { content: 'One.' },
    error(529, 'overloaded_error'),
    { content: 'Three.' },
  ])
  const { signal } = new AbortController()
  for (let call = 0; call < 3; call += 1) await ask(server.url, { signal })
  expect(getEventListeners(signal, 'abort')).toEqual([])
})
