import { describe, expect, test } from 'vitest'
import { answerText, materialise, type ToolUse, toolCalls } from '../../src/sessions/conversation.ts'

const use = (id: string, fields: Partial<ToolUse> = {}): ToolUse => ({
  toolUse: id,
  blockId: `block-${id}`,
  tool: 'memory',
  input: {},
  key: id,
  status: 'returned',
  output: `output of ${id}`,
  isError: false,
  decision: null,
  class: 'pure',
  ...fields,
})
const text = (words: string) => ({ type: 'text' as const, text: words })
const answer = { call: 'c1', content: [text('I look.')], stopReason: 'end_turn' }

describe('what a request appended is put together again', () => {
  test('from the answer and the results it points at, in the order it names them', () => {
    const messages = materialise(
      [
        { role: 'assistant', answer: 'c1' },
        { role: 'tools', results: ['b', 'a'] },
        { role: 'user', text: 'Go on.' },
      ],
      { answer, toolUses: { a: use('a', { isError: true }), b: use('b') } },
    )
    expect(messages).toEqual([
      { role: 'assistant', content: [text('I look.')] },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'block-b', content: 'output of b' },
          { type: 'tool_result', tool_use_id: 'block-a', content: 'output of a', is_error: true },
        ],
      },
      { role: 'user', content: 'Go on.' },
    ])
  })

  test('without empty text, which the Messages API refuses, and without an answer that says nothing', () => {
    const spoken = (content: ReturnType<typeof text>[]) => ({ answer: { ...answer, content }, toolUses: {} })
    const appended = [
      { role: 'assistant' as const, answer: 'c1' },
      { role: 'user' as const, text: 'Go on.' },
    ]
    expect(materialise(appended, spoken([text(''), text('Here.'), text(' \n')]))[0]).toEqual({
      role: 'assistant',
      content: [text('Here.')],
    })
    expect(materialise(appended, spoken([]))).toEqual([{ role: 'user', content: 'Go on.' }])
    expect(materialise(appended, spoken([text('')]))).toEqual([{ role: 'user', content: 'Go on.' }])
  })
})

test('an answer’s text is its text blocks; its tool calls keep the index of their blocks', () => {
  const content = [
    { type: 'thinking', thinking: 'hm' },
    text('One.'),
    { type: 'tool_use' as const, id: 't1', name: 'memory', input: { command: 'view' } },
    text('Two.'),
    { type: 'tool_use' as const, id: 't1', name: 'constructor', input: '{"broken' },
  ]
  expect(answerText(content)).toBe('One.\n\nTwo.')
  expect(toolCalls(content)).toEqual([
    { block: 2, id: 't1', name: 'memory', input: { command: 'view' } },
    { block: 4, id: 't1', name: 'constructor', input: '{"broken' },
  ])
})
