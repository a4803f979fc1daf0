import { expect, test } from 'vitest'
import { markdownLines } from '../../src/kernel/markdown-lines.ts'

const kinds = (text: string) => markdownLines(text).map(({ kind }) => kind)

test('headings have level and title, outside fences only', () => {
  const lines = markdownLines('# One\n   ### C# ##\n    # code\n#no\n```\n## in\n```\n##')
  expect(lines.map(({ level, title }) => [level, title])).toEqual([
    [1, 'One'],
    [3, 'C#'],
    ...Array(5).fill([0, '']),
    [2, ''],
  ])
})

test('every line ending parts lines', () => {
  expect(markdownLines('a\r\nb\rc\nd').map(({ text }) => text)).toEqual(['a', 'b', 'c', 'd'])
})

test('a fence is closed by one of its own kind, at least as long', () => {
  expect(kinds('~~~\n```\n~~~')).toEqual(['fence', 'fenced', 'fence'])
  expect(kinds('````\n```\n````\n')).toEqual(['fence', 'fenced', 'fence', 'text'])
})

test('a fence that closes nothing is stray and swallows nothing', () => {
  expect(kinds('text\n```\n## Heading')).toEqual(['text', 'stray_fence', 'heading'])
  expect(kinds('```\n## Heading\n```js\ncode\n```')).toEqual([
    'stray_fence',
    'heading',
    'fence',
    'fenced',
    'fence',
  ])
  expect(kinds('```js\ncode\n## Heading')).toEqual(['stray_fence', 'text', 'heading'])
})

test('a fence with a language inside an open one is nested when it is closed too', () => {
  const text = '```markdown\n## Mine\n```js\ncode\n```\n### Sub\n```\n## After'
  expect(kinds(text).filter((kind) => kind === 'heading')).toHaveLength(1)
  expect(markdownLines(text).filter(({ opensAt }) => opensAt === 0)).toHaveLength(7)
})
