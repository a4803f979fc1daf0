import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkTogether, resolvePartners } from '../../src/agents/cross-check.ts'
import { readAgentFile } from '../../src/agents/definition.ts'
import { AgentDefinition } from '../../src/agents/events.ts'
import { whyNoAgent } from '../../src/agents/no-agent.ts'

const pieces = fc.constantFrom(
  ...[
    '---\n',
    'name: a\n',
    'description: b: c\n',
    'tools: [',
    '\n',
    '\r',
    '```',
    '```md\n',
    '## Session Summary\n',
  ],
  ...[
    '**Key**: x\n',
    '### Collaboration Patterns\n',
    '- **Works well with**: ',
    'a-b (c, d), e for f',
    '[x]',
    '[[',
    '(',
  ],
  ...[
    '## Your Section in Insights.md\n',
    'Look for "## X" in insights.md',
    '<example>',
    'user: "',
    '</commentary>',
  ],
  ...[
    '\\n',
    '\uFEFF',
    '\u2028',
    '\u202e',
    '\ud83d\ude80',
    '&a *a',
    '<<: ',
    '__proto__: x\n',
    '  - ',
    '|',
    '>\n',
  ],
)
const file = fc
  .array(fc.oneof({ weight: 4, arbitrary: pieces }, fc.string({ unit: 'binary', maxLength: 20 })), {
    maxLength: 60,
  })
  .map((parts) => parts.join(''))

test('any text as a file: never throws, always the same, always a lawful definition', () => {
  fc.assert(
    fc.property(file, (text) => {
      whyNoAgent('some/file.md', text)
      const read = readAgentFile(text, 'file')
      expect(readAgentFile(text, 'file')).toEqual(read)
      if (read.kind === 'refused') return
      const checked = resolvePartners([read.definition])[0]!
      expect(AgentDefinition.safeParse(checked.definition).error).toBeUndefined()
      expect(checkTogether([checked.definition])).toHaveLength(1)
      expect(resolvePartners([checked.definition])).toEqual([checked])
    }),
    { numRuns: 1_500 },
  )
})

test('a piece said ten thousand times is read in bounded time', () => {
  fc.assert(
    fc.property(fc.array(pieces, { minLength: 1, maxLength: 3 }), (parts) => {
      const part = parts.join('')
      const text = `---\nname: a\n---\n${part.repeat(Math.floor(100_000 / part.length))}`
      const start = performance.now()
      readAgentFile(text, 'file')
      expect(performance.now() - start, JSON.stringify(part)).toBeLessThan(15_000)
    }),
    { numRuns: 60 },
  )
})
