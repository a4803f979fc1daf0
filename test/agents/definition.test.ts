import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readAgentFile } from '../../src/agents/definition.ts'
import { AgentDefinition } from '../../src/agents/events.ts'

function read(text: string, stem = 'sample') {
  const result = readAgentFile(text, stem)
  if (result.kind === 'refused') throw new Error(result.rejection.message)
  expect(AgentDefinition.safeParse(result.definition).error).toBeUndefined()
  return result
}
const fixture = (name: string) => readFileSync(new URL(`fixtures/agents/${name}`, import.meta.url), 'utf8')
const pilot = () => read(fixture('craft/harbour-pilot.md'), 'harbour-pilot')
const tools = (line: string) => read(`---\nname: sample\n${line}\n---\nYou are.`).definition.tools

test('an agent whose front matter is no YAML is read whole', () => {
  const { definition } = pilot()
  expect(definition).toMatchObject({
    name: 'harbour-pilot',
    tools: ['Read', 'Write', 'Grep'],
    model: 'opus',
    color: 'teal',
    recovered: true,
    claims: [
      { document: 'insights', heading: 'Harbour Traffic' },
      { document: 'project', heading: 'Berth Plan' },
    ],
    requirements: ['tide table', 'berth number', 'cargo list'],
    summaryFields: ['Ships Brought In', 'Key Decision', 'Collaboration Needs'],
  })
  expect(definition.prompt.startsWith('You are a harbour pilot.')).toBe(true)
})

test('a literal backslash-n is a newline, and examples have their parts', () => {
  const { definition } = pilot()
  expect(definition.description.startsWith('Use this agent when ships must come in: tides')).toBe(true)
  expect(definition.description).not.toContain('\\n')
  expect(definition.examples).toEqual([
    {
      context: 'A ferry is late',
      user: 'The ferry is an hour late: what now?',
      assistant: "I'll ask the harbour-pilot agent for another berth.",
      commentary: 'Berths depend on tides: the pilot knows both.',
    },
    {
      context: 'Fog',
      user: 'Nobody can see the buoys',
      assistant: 'The harbour-pilot agent will order a tug.',
      commentary: null,
    },
  ])
})

test('the fenced template of its own section is its promise', () => {
  const { template } = pilot().definition
  expect(template).toMatchObject({ subheadings: ['Arrivals', 'Collaboration Patterns'], lastUpdated: true })
  expect(template?.text?.startsWith('## Harbour Traffic\n\n### Arrivals\n')).toBe(true)
  expect(template?.text?.endsWith('Last updated: [Date]')).toBe(true)
})

test('without a fenced template, what the file names in the open counts', () => {
  const text = `insights.md: Add discoveries under "## Tides" section:\n\n### Collaboration Patterns\n- **Works well with**: none\n\nLast updated: [Date]\n`
  expect(read(text).definition.template).toEqual({
    subheadings: ['Collaboration Patterns'],
    lastUpdated: true,
    text: null,
  })
  expect(read('You are a bird.').definition.template).toBeNull()
})

test('a stray closing fence before the summary loses nothing', () => {
  const { diagnostics, definition } = pilot()
  expect(diagnostics.map(({ code }) => code)).toEqual(['front_matter_recovered', 'stray_fence'])
  expect(definition.summaryFields).toHaveLength(3)
})

test('a summary declared inside a fence counts', () => {
  const text = '## Session Summary\n```markdown\n**Result**: [x]\n**Next**: [y]\n```\n## After\n**No**: z\n'
  expect(read(text).definition.summaryFields).toEqual(['Result', 'Next'])
})

test('tools have five meanings, kept apart', () => {
  expect(tools('tools: Read, Bash(git add:*, git diff:*), mcp__github__search')).toEqual([
    'Read',
    'Bash(git add:*, git diff:*)',
    'mcp__github__search',
  ])
  expect(tools('tools:\n  - Read\n  - Grep')).toEqual(['Read', 'Grep'])
  expect(tools('tools: Read')).toEqual(['Read'])
  expect(tools('tools: []')).toEqual([])
  expect(tools('color: red')).toBeNull()
})

test('other spellings of tools: blanks, all, nothing, a map', () => {
  expect(tools('tools: Read Write Grep')).toEqual(['Read', 'Write', 'Grep'])
  expect(tools("tools: '*'")).toBeNull()
  const empty = read('---\nname: sample\ntools:\n---\n')
  expect(empty.definition.tools).toBeNull()
  expect(empty.diagnostics.map(({ code }) => code)).toContain('tools_empty')
  const map = read('---\nname: sample\ntools:\n  write: false\n---\n')
  expect(map.definition.tools).toBeNull()
  expect(map.diagnostics.map(({ code }) => code)).toContain('tools_unreadable')
})

test('an unknown tool is named with the nearest known one', () => {
  const { diagnostics } = read(fixture('craft/tug-master.md'), 'tug-master')
  const unknown = diagnostics.find(({ code }) => code === 'unknown_tool')
  expect(unknown?.message).toMatch(/lists "serach".*known tools are Read, Write.*Did you mean "/u)
  const typo = read('---\nname: sample\ntools: Raed, WebFecth\n---\n').diagnostics
  expect(typo.map(({ message }) => /Did you mean "(\w+)"/u.exec(message)?.[1])).toEqual([
    'Read',
    'WebFetch',
    undefined,
    undefined,
  ])
})

test('unknown keys are kept as text', () => {
  expect(read(fixture('craft/tug-master.md'), 'tug-master').definition.extra).toEqual({ berth: '7' })
})

test('no front matter: the file names the agent, a heading describes it', () => {
  const { definition, diagnostics } = read(fixture('cook.md'), 'cook')
  expect(definition).toMatchObject({ name: 'cook', tools: null, model: null, color: null, recovered: false })
  expect(definition.description.startsWith('Cooks for forty.')).toBe(true)
  expect(definition.claims).toEqual([{ document: 'insights', heading: 'Galley' }])
  expect(diagnostics).toEqual([])
  expect(read('# Rope Maker\nYou are.').definition.description).toBe('Rope Maker')
})

test('names with dots and blanks are names; one that differs from the file is said', () => {
  const { definition, diagnostics } = read('---\nname: powershell-5.1-expert\ndescription: d\n---\n', 'ps')
  expect(definition.name).toBe('powershell-5.1-expert')
  expect(diagnostics.map(({ code }) => code)).toContain('name_differs_from_file')
  const same = read('---\nname: Backend Architect\ndescription: d\n---\n', 'backend-architect').diagnostics
  expect(same.map(({ code }) => code)).not.toContain('name_differs_from_file')
})

test('a name that is a path, a placeholder, too long or invisible is refused', () => {
  const names = [
    '../etc',
    'a\\b',
    '..',
    '"a\\0b"',
    '"a\\u202eb"',
    '"\\u200b"',
    'a'.repeat(101),
    '<name>',
    '"-"',
    'ﷺ'.repeat(90),
  ]
  for (const name of names) {
    const result = readAgentFile(`---\nname: ${name}\ndescription: d\n---\n`, 'stem')
    expect(result.kind === 'refused' && result.rejection.code, name).toBe('name_refused')
  }
})
