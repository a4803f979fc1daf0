import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json } from '../../src/kernel/event.ts'
import {
  documentOf,
  insertAt,
  type MemoryDesk,
  memoryTool,
  replaceOnce,
} from '../../src/tools/memory-tool.ts'
import type { ToolResult } from '../../src/tools/port.ts'

const insights = '# Insights\n\n## System Architecture\n\nOne service.\n'

/** A desk that keeps its documents in a map, and what it was asked to write. */
function desk(texts: Record<string, string> = { insights }) {
  const documents = new Map(Object.entries(texts))
  const written: unknown[] = []
  const edited = new Set<string>()
  const given = (key: string): MemoryDesk => ({
    documents: async () =>
      [...documents.keys()].map((document) => ({ document, headings: ['System Architecture'] })),
    read: async (document) =>
      documents.has(document) ? { text: documents.get(document)!, findings: [] } : null,
    editedBefore: async (document) => edited.has(`${key}/${document}`),
    async writeSection(edit) {
      written.push(edit)
      return { saved: true, message: 'Saved.', findings: [] }
    },
    async writeDocument(edit) {
      written.push(edit)
      documents.set(edit.document, edit.text)
      edited.add(`${key}/${edit.document}`)
      return {
        saved: edit.text !== 'foreign',
        message: edit.text === 'foreign' ? 'Refused.' : 'Saved.',
        findings: [],
      }
    },
  })
  const tool = memoryTool(given)
  const use = (input: Json, key = 'k1'): Promise<ToolResult> =>
    tool.run(input, { key, signal: new AbortController().signal })
  return { use, written, documents }
}

const use = (input: Json) => desk().use(input)
const returned = (output: string | RegExp, isError = false) => ({
  kind: 'returned',
  output: typeof output === 'string' ? output : expect.stringMatching(output),
  isError,
  findings: [],
})

describe('the memory tool', () => {
  test('lists the documents, and shows one', async () => {
    expect(await use({ command: 'view' })).toEqual(returned('insights.md: System Architecture'))
    expect(await use({ command: 'view', path: '/memories' })).toEqual(returned(/insights\.md/u))
    expect(await use({ command: 'view', path: '/memories/insights.md' })).toEqual(returned(insights))
    expect(await desk({}).use({ command: 'view' })).toEqual(returned('The memory is empty.'))
  })

  test.each(['insights', 'insights.md', '@.superagent/memory/insights.md', '/memories/insights.md'])(
    'writes a section of %j',
    async (document) => {
      const { use: write, written } = desk()
      const text = '## System Architecture\n\nTwo services.\n'
      const input = { command: 'write_section', document, heading: 'System Architecture', text }
      expect(await write(input)).toEqual(returned('Saved.'))
      expect(written).toEqual([{ document: 'insights', heading: 'System Architecture', text }])
    },
  )

  test('takes the heading with its hashes as well', async () => {
    const { use: write, written } = desk()
    await write({
      command: 'write_section',
      document: 'insights',
      heading: '## System Architecture',
      text: 'x',
    })
    expect(written).toMatchObject([{ heading: 'System Architecture' }])
  })

  test('replaces, inserts and writes a whole document', async () => {
    const { use: write, documents } = desk()
    const path = '@.superagent/memory/insights.md'
    await write({ command: 'str_replace', path, old_str: 'One service', new_str: 'Two services: $& and $1' })
    expect(documents.get('insights')).toBe(insights.replace('One service', () => 'Two services: $& and $1'))
    await write({ command: 'insert', path, insert_line: 1, insert_text: 'A line.\n' }, 'k2')
    expect(documents.get('insights')).toMatch(/^# Insights\nA line\.\n\n## /u)
    await write({ command: 'create', path: 'project.md', file_text: '# Project\n' })
    expect(documents.get('project')).toBe('# Project\n')
  })

  test('says what was refused as an error', async () => {
    expect(await use({ command: 'create', path: 'insights.md', file_text: 'foreign' })).toEqual(
      returned('Refused.', true),
    )
  })

  test('run again after a crash says that it was saved, not that the text is gone', async () => {
    const { use: write, written } = desk()
    const input = {
      command: 'str_replace',
      path: 'insights.md',
      old_str: 'One service',
      new_str: 'Two services',
    }
    await write(input)
    expect(await write(input)).toEqual(returned(/before/u))
    expect(written).toHaveLength(1)
  })
})

describe('input that does not fit gets an answer that helps', () => {
  const texts: [string, Json, RegExp][] = [
    ['nothing', null, /object/u],
    ['a string, as of broken JSON', '{"command": "view"', /object/u],
    ['a list', [], /object/u],
    ['no command', {}, /command: .*view.*write_section.*str_replace/su],
    ['an unknown command', { command: 'delete', path: 'insights.md' }, /command: .*view.*write_section/su],
    ['a command of JavaScript', { command: 'constructor' }, /command: .*view/su],
    ['a missing field', { command: 'create', path: 'insights.md' }, /file_text/u],
    [
      'a field of another kind',
      { command: 'insert', path: 'a.md', insert_line: 'two', insert_text: '' },
      /insert_line/u,
    ],
    [
      'a negative line',
      { command: 'insert', path: 'insights.md', insert_line: -1, insert_text: '' },
      /insert_line/u,
    ],
    [
      'a line beyond the end',
      { command: 'insert', path: 'insights.md', insert_line: 6, insert_text: 'x' },
      /5 lines/u,
    ],
    [
      'text that is not there',
      { command: 'str_replace', path: 'insights.md', old_str: 'no', new_str: '' },
      /does not occur/u,
    ],
    [
      'text that is there twice',
      { command: 'str_replace', path: 'insights.md', old_str: 's', new_str: '' },
      /more than once/u,
    ],
    [
      'no text to replace',
      { command: 'str_replace', path: 'insights.md', old_str: '', new_str: 'x' },
      /old_str/u,
    ],
    ['an unknown document', { command: 'view', path: 'other.md' }, /other\.md.*view without a path/su],
    ['a document of JavaScript', { command: 'view', path: 'constructor' }, /no document constructor/u],
    ['a name that no document has', { command: 'create', path: '../..', file_text: 'x' }, /document/u],
    ['a name of odd letters', { command: 'create', path: 'über uns.md', file_text: 'x' }, /document/u],
    ['an empty name', { command: 'create', path: ' / ', file_text: 'x' }, /document/u],
    [
      'an odd name for a section',
      { command: 'write_section', document: '__proto__', heading: 'A', text: '' },
      /document/u,
    ],
    ['a long name', { command: 'create', path: 'a'.repeat(200), file_text: 'x' }, /document/u],
    ['no heading', { command: 'write_section', document: 'insights', heading: '## ', text: 'x' }, /heading/u],
    ['half a character', { command: 'create', path: 'insights.md', file_text: '\ud800' }, /surrogate/u],
  ]

  test.each(texts)('%s', async (_, input, message) => {
    const { use: write, written } = desk()
    expect(await write(input)).toEqual(returned(message, true))
    expect(written).toEqual([])
  })

  test('of any size', async () => {
    const huge = 'x'.repeat(3 * 1024 * 1024)
    const inputs: Json[] = [
      { command: 'create', path: 'insights.md', file_text: huge },
      { command: huge },
      { command: 'view', path: huge },
      Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`field${index}`, index])),
    ]
    for (const input of inputs) {
      const result = await use(input)
      expect(result).toMatchObject({ kind: 'returned', isError: true })
      expect(result.kind === 'returned' && result.output.length).toBeLessThan(2_000)
    }
  })

  test('of any kind: it never throws', async () => {
    const field = fc.constantFrom(
      'command',
      'path',
      'document',
      'heading',
      'text',
      'old_str',
      '__proto__',
      'constructor',
    )
    const value = fc.oneof(
      fc.constantFrom('view', 'create', 'insert', 'str_replace', 'write_section', 'insights.md'),
      fc.jsonValue(),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(field, value)), async (entries) => {
        const input = JSON.parse(
          `{${entries.map(([key, of]) => `${JSON.stringify(key)}:${JSON.stringify(of)}`).join(',')}}`,
        )
        expect((await use(input)).kind).toBe('returned')
      }),
    )
    expect(({} as { polluted?: true }).polluted).toBe(undefined)
  })
})

test.each([
  ['insights', 'insights'],
  ['insights.md', 'insights'],
  ['Insights.MD', 'insights'],
  ['@insights.md', 'insights'],
  ['./insights.md', 'insights'],
  ['/memories/insights.md', 'insights'],
  ['/memories/insights.md/', 'insights'],
  ['.superagent/memory/insights.md', 'insights'],
  ['@.superagent/memory/insights.md', 'insights'],
  ['@/.superagent/memory/project-notes.md ', 'project-notes'],
  ['', ''],
  ['/', ''],
])('the path %j names the document %j', (path, document) => {
  expect(documentOf(path)).toBe(document)
})

describe('replacing', () => {
  test('takes the text as it is, and changes nothing else', () => {
    expect(replaceOnce('a.b', '.', '$&')).toEqual({ text: 'a$&b' })
    expect(replaceOnce('aaa', 'aa', 'b')).toHaveProperty('problem')
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), fc.string(), (around, from, to) => {
        const text = `${around}${from}${around}`
        const replaced = replaceOnce(text, from, to)
        return (
          'problem' in replaced ||
          replaced.text === `${around}${to}${around}` ||
          text.split(from).length !== 2
        )
      }),
    )
  })
})

describe('inserting', () => {
  test.each([
    ['a\nb\n', 0, 'x', 'x\na\nb\n'],
    ['a\nb\n', 1, 'x\n', 'a\nx\nb\n'],
    ['a\nb\n', 2, 'x', 'a\nb\nx\n'],
    ['a\nb', 2, 'x', 'a\nb\nx'],
    ['', 0, 'x\n', 'x\n'],
    ['a\n', 1, 'x\ny\n', 'a\nx\ny\n'],
  ])('into %j after line %i', (text, line, added, expected) => {
    expect(insertAt(text, line, added)).toEqual({ text: expected })
  })

  test.each([
    ['a\nb\n', 3, 2],
    ['a\nb', 3, 2],
    ['', 1, 0],
  ])('into %j after line %i is beyond its %i lines', (text, line, lines) => {
    expect(insertAt(text, line, 'x')).toEqual({ problem: expect.stringContaining(`${lines} lines`) })
  })
})
