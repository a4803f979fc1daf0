import { expect, test } from 'vitest'
import type { Model } from '../../src/models/port.ts'
import { findSecrets, mayHoldSecrets } from '../../src/runtime/secrets/find-secrets.ts'
import { withoutKnownSecrets } from '../../src/runtime/secrets/own-rules.ts'
import { redactingModel } from '../../src/runtime/secrets/redacting-model.ts'
import { redactingTool } from '../../src/runtime/secrets/redacting-tool.ts'
import { Secrets } from '../../src/runtime/secrets/secrets.ts'
import { returned, type Tool } from '../../src/tools/port.ts'
import { coresIn, planted } from '../security/planted.ts'

const secrets = new Secrets()
const key = planted['a short Anthropic key']!

test.each(Object.entries(planted))(
  '%s is taken out wherever it stands, and the rest stays',
  async (name, secret) => {
    for (const [before, after] of [
      ['', ''],
      ['before ', ' after'],
      ['"', '"'],
      ['x = `', '`;'],
      ['<!-- secretlint-disable -->\n', '\n<!-- secretlint-enable -->'],
    ] as const) {
      const { value, redactions } = await secrets.text(`${before}${secret}${after}`)
      expect(coresIn(value)).toEqual([])
      expect(value.startsWith(before)).toBe(true)
      // An address reaches to the next blank.
      if (!name.includes('address')) expect(value.endsWith(after)).toBe(true)
      expect(value).toMatch(/\[redacted: [\w-]+\]/u)
      expect(redactions.length).toBeGreaterThan(0)
      expect(JSON.stringify(redactions)).not.toContain(secret.slice(10, 30))
    }
  },
)

test.each(Object.entries(planted))('%s passes the first look, alone and escaped', (_, secret) => {
  expect(mayHoldSecrets(secret)).toBe(true)
  expect(mayHoldSecrets(JSON.stringify(secret))).toBe(true)
})

test('what is no secret stays as it is', async () => {
  const texts = [
    'The architect hands over to the tester, who writes 3 tests.',
    'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    '01a20654-32c7-74ac-94dd-c4633f0fc7a6',
    'src/runtime/session/run-session.ts and https://example.com/a/very/long/path?with=parameters',
    '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
    'sk-ant is how such keys begin',
    'eyJ is how such tokens begin: eyJhbGciOiJIUzI1NiJ9 is a header alone',
  ]
  for (const text of texts) expect((await secrets.text(text)).value).toBe(text)
})

test('two in one text, and one inside another, are each taken out once', async () => {
  const { value } = await secrets.text(`${key} and ${key}`)
  expect(value).toBe('[redacted: anthropic-key] and [redacted: anthropic-key]')
  const found = await findSecrets(`${planted['an Anthropic key']}`)
  expect(found).toHaveLength(1)
})

test('a false alarm is allowed by its digest, and nothing else is', async () => {
  const { redactions } = await secrets.text(key)
  const allowing = new Secrets(redactions.map(({ digest }) => digest))
  expect((await allowing.text(`it is ${key}`)).value).toBe(`it is ${key}`)
  expect((await allowing.text(`it is ${key}0`)).value).toBe('it is [redacted: anthropic-key]')
})

test('inside JSON, values and keys are looked at, and the shape stays', async () => {
  const { value } = await secrets.json({ a: [1, null, true, { [key]: `x ${key}` }], b: 'plain' })
  expect(value).toEqual({
    a: [1, null, true, { '[redacted: anthropic-key]': 'x [redacted: anthropic-key]' }],
    b: 'plain',
  })
})

test('what a tool gives back is redacted before the model sees it', async () => {
  const tool: Tool = {
    name: 'Read',
    description: '',
    inputSchema: {},
    class: 'pure',
    run: async () => returned(`API_KEY=${key}`, [{ type: 'FileChanged', data: { path: key } }]),
  }
  const result = await redactingTool(tool, secrets).run(
    {},
    { key: 'k', signal: new AbortController().signal },
  )
  expect(result).toMatchObject({ output: 'API_KEY=[redacted: anthropic-key]' })
  expect(JSON.stringify(result)).not.toContain(key)
})

test('what a model says is redacted; a signed thought that would be changed is dropped whole', async () => {
  const content = [
    { type: 'thinking', thinking: `the key is ${key}`, signature: 'c2lnbmVk' },
    { type: 'thinking', thinking: 'nothing to hide', signature: 'c2lnbmVk' },
    { type: 'text', text: `It is ${key}.` },
    { type: 'tool_use', id: 'toolu_1', name: 'Write', input: { path: 'a.txt', content: key } },
  ]
  const usage = { inputTokens: 1, outputTokens: 1, cacheWriteTokens: 0, cacheReadTokens: 0 }
  const model: Model = {
    runner: 'claude',
    answer: async () => ({ answer: { content, stopReason: 'tool_use', usage, costUsd: 0 } }),
  }
  const request = { model: 'm', system: '', tools: [], messages: [], outputTokensMax: 1 }
  const result = await redactingModel(model, secrets).answer(request, {
    signal: new AbortController().signal,
  })
  expect('answer' in result && result.answer.content).toEqual([
    { type: 'thinking', thinking: 'nothing to hide', signature: 'c2lnbmVk' },
    { type: 'text', text: 'It is [redacted: anthropic-key].' },
    {
      type: 'tool_use',
      id: 'toolu_1',
      name: 'Write',
      input: { path: 'a.txt', content: '[redacted: anthropic-key]' },
    },
  ])
})

test('our own rules need nothing loaded', () => {
  const text = Object.values(planted).slice(0, 5).join('\n')
  expect(coresIn(withoutKnownSecrets(text))).toEqual([])
})
