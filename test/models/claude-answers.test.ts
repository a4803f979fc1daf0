import { expect, test } from 'vitest'
import { limits } from '../../src/kernel/limits.ts'
import { answerOf, apiKey, ask, failureOf, request, serverWith } from './ask.ts'

test('text streams as it comes, and the answer holds it whole with stop reason, usage, cost and request id', async () => {
  const usage = {
    input_tokens: 1_000,
    output_tokens: 500,
    cache_creation_input_tokens: 3_000,
    cache_creation: { ephemeral_5m_input_tokens: 2_000, ephemeral_1h_input_tokens: 1_000 },
    cache_read_input_tokens: 10_000,
    output_tokens_details: { thinking_tokens: 120 },
  }
  const server = await serverWith([{ content: 'Hello to everybody who reads this.', usage }])
  const heard: string[] = []
  const answer = answerOf(await ask(server.url, { onText: (text) => heard.push(text) }))
  expect(heard.length).toBeGreaterThan(1)
  expect(heard.join('')).toBe('Hello to everybody who reads this.')
  expect(answer).toEqual({
    content: [{ type: 'text', text: 'Hello to everybody who reads this.' }],
    stopReason: 'end_turn',
    usage: {
      inputTokens: 1_000,
      outputTokens: 500,
      cacheWriteTokens: 3_000,
      cacheReadTokens: 10_000,
      thinkingTokens: 120,
    },
    // Per million: 2 in, 10 out, 2.5 and 4 written, 0.1 read.
    costUsd: 0.002 + 0.005 + 0.005 + 0.004 + 0.001,
    model: 'claude-sonnet-5-5',
    requestId: 'req_000001',
  })
})

test('a request is one complete stream request, with both cache marks and nothing kept on a server', async () => {
  const server = await serverWith([{ content: 'Yes.' }])
  await ask(server.url)
  const [asked] = server.requests
  expect(asked?.headers.authorization).toBe(`Bearer ${apiKey}`)
  expect(asked?.body).toEqual({
    model: 'claude-sonnet-5-5',
    max_tokens: 1_000,
    stream: true,
    cache_control: { type: 'ephemeral' },
    system: [{ type: 'text', text: 'You answer briefly.', cache_control: { type: 'ephemeral' } }],
    tools: [{ name: 'memory', description: 'Keeps texts.', input_schema: request.tools[0]?.inputSchema }],
    messages: [{ role: 'user', content: 'Say hello.' }],
  })
})

test('two tool calls in one message keep their order, their ids and their parsed inputs', async () => {
  const server = await serverWith([
    {
      content: [
        'Both.',
        { type: 'tool_use', id: 'toolu_a', name: 'memory', input: { text: 'ä "quoted" \n line' } },
        { type: 'tool_use', id: 'toolu_b', name: 'constructor', input: {} },
      ],
    },
  ])
  const { content, stopReason } = answerOf(await ask(server.url))
  expect(stopReason).toBe('tool_use')
  expect(content).toMatchObject([
    { type: 'text', text: 'Both.' },
    { type: 'tool_use', id: 'toolu_a', name: 'memory', input: { text: 'ä "quoted" \n line' } },
    { type: 'tool_use', id: 'toolu_b', name: 'constructor', input: {} },
  ])
})

test.for([
  ['broken JSON', '{"text": "unfin'],
  ['a number that is none', '{"text": 1e999}'],
  ['nesting without an end', '['.repeat(5_000) + ']'.repeat(5_000)],
])('tool input that is %s stays the string that came', async ([, json]) => {
  const server = await serverWith([{ content: [{ type: 'tool_use', name: 'memory', json }] }])
  const { content } = answerOf(await ask(server.url))
  expect(content).toMatchObject([{ type: 'tool_use', name: 'memory', input: json }])
})

test('tool input with __proto__ stays data, and lone surrogates become something a log can hold', async () => {
  const json = '{"__proto__": {"polluted": true}, "text": "\\ud800!"}'
  const server = await serverWith([{ content: [{ type: 'tool_use', name: 'memory', json }] }])
  const { content } = answerOf(await ask(server.url))
  expect(JSON.stringify(content[0]?.input)).toBe('{"__proto__":{"polluted":true},"text":"\ufffd!"}')
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})

test('max_tokens inside a tool call: the input is the string so far, even when not one character came', async () => {
  const cutOff = (json: string) => ({
    content: [{ type: 'tool_use' as const, name: 'memory', json }],
    stopReason: 'max_tokens',
  })
  const server = await serverWith([cutOff('{"text": "half'), cutOff('')])
  const inputs = [answerOf(await ask(server.url)), answerOf(await ask(server.url))].map(
    ({ content, stopReason }) => [stopReason, content[0]?.input],
  )
  expect(inputs).toEqual([
    ['max_tokens', '{"text": "half'],
    ['max_tokens', ''],
  ])
})

test.for([
  'end_turn',
  'max_tokens',
  'stop_sequence',
  'pause_turn',
  'model_context_window_exceeded',
  'one_of_tomorrow',
])('the stop reason %s passes through', async (stopReason) => {
  const server = await serverWith([{ content: 'Text.', stopReason }])
  expect(answerOf(await ask(server.url)).stopReason).toBe(stopReason)
})

test('a refusal is an answer whose reason is on record, and is never sent back', async () => {
  const stopDetails = { type: 'refusal', category: 'cyber', explanation: 'Not this.' }
  const server = await serverWith([{ content: [], stopReason: 'refusal', stopDetails }, { content: 'Fine.' }])
  const { content, stopReason } = answerOf(await ask(server.url))
  expect(stopReason).toBe('refusal')
  expect(content).toEqual([
    { type: 'stop_details', of: 'refusal', category: 'cyber', explanation: 'Not this.' },
  ])
  const messages = [
    ...request.messages,
    { role: 'assistant' as const, content },
    { role: 'user' as const, content: 'Then?' },
  ]
  await ask(server.url, { request: { messages } })
  expect(server.requests[1]?.body.messages).toEqual([
    { role: 'user', content: 'Say hello.' },
    { role: 'user', content: 'Then?' },
  ])
})

test('thinking keeps its signature, unknown blocks stay whole, unknown events and deltas are skipped', async () => {
  const content = [
    { type: 'thinking', thinking: 'Let me see what is there.', signature: 'c2lnbmVk' },
    { type: 'hologram', depth: 3, parts: [{ a: null }] },
    'Done.',
  ]
  const server = await serverWith([{ content, mischief: { kind: 'noise' } }])
  const heard: string[] = []
  const answer = answerOf(await ask(server.url, { onText: (text) => heard.push(text) }))
  expect(answer.content).toEqual([...content.slice(0, 2), { type: 'text', text: 'Done.' }])
  expect(heard.join('')).toBe('Done.')
})

test('what the model said goes back as the API takes it: a broken tool input as an object', async () => {
  const broken = { type: 'tool_use', id: 'toolu_1', name: 'memory', json: '{"te' }
  const server = await serverWith([{ content: ['', broken] }, { content: 'Mended.' }])
  const first = answerOf(await ask(server.url))
  const result = { type: 'tool_result', tool_use_id: 'toolu_1', content: 'No.', is_error: true }
  const messages = [
    ...request.messages,
    { role: 'assistant' as const, content: first.content },
    { role: 'user' as const, content: [result] },
  ]
  expect(answerOf(await ask(server.url, { request: { messages } })).stopReason).toBe('end_turn')
  expect(server.requests[1]?.body.messages[1]?.content).toMatchObject([
    { type: 'tool_use', id: 'toolu_1', input: { malformed_input: '{"te' } },
  ])
})

test('a server that counts no tokens gives an answer with none, and says so once', async () => {
  const server = await serverWith([{ content: 'Free.', usage: 'missing' }])
  const notices: string[] = []
  const answer = answerOf(await ask(server.url, { onNotice: (notice) => notices.push(notice) }))
  expect(answer.usage).toEqual({ inputTokens: 0, outputTokens: 0, cacheWriteTokens: 0, cacheReadTokens: 0 })
  expect(notices).toEqual([expect.stringContaining('counts no tokens')])
})

test('a model without a price costs 0 and is named in a notice', async () => {
  const server = await serverWith([{ content: 'Hm.' }])
  const notices: string[] = []
  const asked = { request: { model: 'qwen3:8b' }, onNotice: (notice: string) => notices.push(notice) }
  const answer = answerOf(await ask(server.url, asked))
  expect(answer.costUsd).toBe(0)
  expect(answer.usage.inputTokens).toBeGreaterThan(0)
  expect(notices).toEqual([expect.stringMatching(/qwen3:8b.*DAYBOOK_PRICES/u)])
})

test('5 MB of text are not taken in: the call ends early with a part of it', async () => {
  const server = await serverWith([{ content: 'word '.repeat(1_000_000), deltaChars: 10_000 }])
  let heard = 0
  const result = await ask(server.url, { onText: (text) => (heard += text.length) })
  const { kind, retryable, partial } = failureOf(result)
  expect({ kind, retryable }).toEqual({ kind: 'answer_too_large', retryable: false })
  expect(heard).toBeLessThan(2 * limits.answerBytesMax)
  expect(JSON.stringify(partial).length).toBeLessThan(limits.partialAnswerCharsMax + 200)
  expect(partial?.[0]?.text).toMatch(/^word word /u)
})

test('an answer of many small pieces as large as a model may give is no problem', async () => {
  const content = 'tok '.repeat(limits.outputTokensPerCallMax)
  const server = await serverWith([{ content, deltaChars: 4 }])
  expect(answerOf(await ask(server.url)).content[0]?.text).toBe(content)
})
