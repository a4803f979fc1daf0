import { expect, test } from 'vitest'
import { readClaims } from '../../src/agents/section-claims.ts'
import { markdownLines } from '../../src/kernel/markdown-lines.ts'

const claims = (text: string) =>
  readClaims(markdownLines(text)).map((claim) => `${claim.document}#${claim.heading}`)

test('every way of saying it', () => {
  expect(claims('Look for "## Tides" in @.superagent/memory/insights.md')).toEqual(['insights#Tides'])
  expect(claims('Find or create "## Tides".')).toEqual(['insights#Tides'])
  expect(claims('Find or create ## Tides in insights.md')).toEqual(['insights#Tides'])
  expect(claims('**insights.md**: Add discoveries under "## Tides" section:')).toEqual(['insights#Tides'])
  expect(claims('Write to insights.md for "Tides & Winds" section')).toEqual(['insights#Tides & Winds'])
  expect(claims('Update the `## Tides` section of insights.md')).toEqual(['insights#Tides'])
  expect(claims('Add it under “## Gezeiten” in insights.md')).toEqual(['insights#Gezeiten'])
  expect(claims('## Your Section in Insights.md\n\n```markdown\n## Tides\n### High\n```\n')).toEqual([
    'insights#Tides',
  ])
})

test('a heading keeps its own quotes and hashes, and goes to the document it stands with', () => {
  expect(claims('Look for `## The "Great" Tide` in insights.md')).toEqual(['insights#The "Great" Tide'])
  expect(claims("Look for '## Pilot's Notes' in insights.md")).toEqual(["insights#Pilot's Notes"])
  expect(claims('Add discoveries under "## C# Tips" section of insights.md')).toEqual(['insights#C# Tips'])
  expect(claims('Update "Berths" section of project.md; add to "## Tides" in insights.md.')).toEqual([
    'insights#Tides',
    'project#Berths',
  ])
})

test('sections of other documents come after those of insights', () => {
  const text =
    '**project.md**: Own and maintain the "Berths" section:\n- **Long**: x\n\n**insights.md**: Add under "## Tides" section:\n'
  expect(claims(text)).toEqual(['insights#Tides', 'project#Berths'])
})

test('a list of owned sections, without those that others keep', () => {
  const text = `**Update project.md** - Own and maintain these sections:
- **Berth Plan**: who lies where
- **Tide Table**: when
- Dredging Work with dates
- **Crew List** section is kept by the office (don't modify)

- later`
  expect(claims(text)).toEqual(['project#Berth Plan', 'project#Tide Table', 'project#Dredging Work'])
})

test('a section that is only read is no claim, unless the file calls it its own', () => {
  expect(claims('Read insights.md for "Tides" section before you start.')).toEqual([])
  expect(claims('Read insights.md for "Tides" section.\n\nThen update your section in insights.md.')).toEqual(
    ['insights#Tides'],
  )
  expect(claims('- tug-master: Check insights.md "Ropes" section\n\nUpdate your section.')).toEqual([])
})

test('what belongs to others, placeholders and templates are no claims', () => {
  expect(claims('Never update other agents\' sections such as "## Ropes" in insights.md')).toEqual([])
  expect(claims('Add discoveries under "## [Domain] [Specialty]" section of insights.md')).toEqual([])
  expect(claims('```markdown\nAdd discoveries under "## Ropes" in insights.md\n```')).toEqual([])
  expect(claims('Example for others:\n```markdown\n## Ropes\n### Knots\n```')).toEqual([])
  expect(claims('Add it to README.md and CLAUDE.md.')).toEqual([])
  expect(claims('You are a bird. You own nothing.')).toEqual([])
})

test('each section once, in any case', () => {
  const text = 'Look for "## Tides" in insights.md\nAdd under "## TIDES" section of insights.md'
  expect(claims(text)).toEqual(['insights#Tides'])
})

// The bound is for work that grows with the square, which takes minutes here; it measures no speed.
test('work is linear in the length of the text', { timeout: 120_000 }, () => {
  for (const part of ['"', '"## ', 'add ', 'a.md ', '- **', 'your ', '“x” section ', '#']) {
    for (const joint of ['', '\n']) {
      const start = performance.now()
      claims(`update ${(part + joint).repeat(250_000 / (part.length + 1))}`)
      expect(performance.now() - start, part).toBeLessThan(20_000)
    }
  }
})
