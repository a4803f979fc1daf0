import { expect, test } from 'vitest'
import { limits } from '../../src/kernel/limits.ts'
import { decisionsThatMatter } from '../../src/runtime/session/decisions-that-matter.ts'
import { assemblePrompt } from '../../src/sessions/prompt.ts'
import { promptInput, section } from './prompt-given.ts'

/** What the receiver of a handoff is told about what it asked for, and about what others decided. */

test('says for each requirement where it was met, and what is missing', () => {
  const { opening } = assemblePrompt(
    promptInput({
      provides: [
        { requirement: 'API contracts', value: 'docs/api.md', where: 'provided' },
        { requirement: 'error codes', value: 'The error codes stand in errors.md', where: 'context' },
      ],
      missing: ['rate limits'],
    }),
  )
  expect(opening).toContain(`<provided>
- API contracts: docs/api.md
- error codes (said in the context): The error codes stand in errors.md
</provided>
<not_provided>
- rate limits
</not_provided>`)
})

const filler = 'x'.repeat(limits.promptSectionsCharsMax)
const decided = `## Storage

- **Database Choice**: SQLite in one file, because uploads are few. Rationale: no server to run.
- **Image Choice**: WebP. Rationale: smaller pictures.

${filler}
`

test('names decisions of sections that are too long to be shown, as far as they are near to the need', () => {
  const sections = [
    section('System Architecture', 'backend-architect'),
    section('Storage', 'data-engineer', decided),
  ]
  const decisions = decisionsThatMatter(sections, 'Which database holds the uploads?')
  expect(decisions.map(({ text }) => text)).toEqual([expect.stringContaining('SQLite in one file')])
  const { opening, given } = assemblePrompt(promptInput({ sections, decisions }))
  expect(given.map(({ heading }) => heading)).toEqual(['System Architecture'])
  expect(opening).toMatch(
    /Decided there, and near to what is needed:\n- Storage \(data-engineer\): Database Choice: SQLite in one file/u,
  )
  expect(opening).not.toContain('WebP')
})

test('does not repeat the decisions of sections that are shown whole', () => {
  const text = decided.replace(filler, '')
  const sections = [section('Storage', 'data-engineer', text)]
  expect(decisionsThatMatter(sections, 'Which database holds the uploads?')).toEqual([])
  const shown = {
    document: 'insights',
    section: 's-storage',
    heading: 'Storage',
    owner: null,
    text: 'SQLite',
  }
  const { opening } = assemblePrompt(promptInput({ sections, decisions: [shown] }))
  expect(opening).not.toContain('Decided there')
})

test('stays within its limit, however much was decided', () => {
  const many = Array.from(
    { length: 500 },
    (_, index) =>
      `- **Upload Choice ${index}**: uploads go to shelf ${index} ${'y'.repeat(1_000)}. Rationale: near.`,
  ).join('\n')
  const sections = [section('Storage', 'data-engineer', `## Storage\n\n${many}\n`)]
  const decisions = decisionsThatMatter(sections, 'uploads')
  expect(decisions.length).toBeLessThanOrEqual(limits.promptDecisionsMax)
  const { opening } = assemblePrompt(promptInput({ sections, decisions }))
  expect(opening.length).toBeLessThan(limits.promptDecisionsCharsMax + 4_000)
  expect(opening).toMatch(/… and \d+ more/u)
})
