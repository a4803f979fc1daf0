import { expect, test } from 'vitest'
import { assignSection, ownerHints, sectionOwners } from '../../../src/runtime/memory/section-owners.ts'
import { person } from '../../projections/events.ts'
import { MemoryGiven } from './memory-given.ts'

const claim = (heading: string) => [{ document: 'insights', heading }]
const template = (...subheadings: string[]) => ({ subheadings, lastUpdated: false, text: null })

/** A team whose memory is a generation older than its files. */
async function inherited(text: string): Promise<MemoryGiven> {
  const given = new MemoryGiven()
  await given.agent('backend-architect', { claims: claim('System Architecture') })
  await given.agent('frontend-developer', {
    claims: claim('Frontend Architecture'),
    template: template('Components', 'State', 'Performance Notes'),
  })
  await given.agent('data-modeler', { claims: claim('Old Data Notes') })
  await given.agent('data-modeler', { claims: claim('Data Model') })
  await given.agent('first-tester', { claims: claim('Test Results') })
  await given.agent('second-tester', { claims: claim('Test Results') })
  await given.import(text)
  return given
}

const owners = async (given: MemoryGiven) =>
  (await sectionOwners(given.project)).map(({ heading, owner, keeper, likely }) => [
    heading,
    owner ?? keeper,
    likely?.agent ?? null,
  ])

test('what is imported comes out with the same bytes, and owners get what they claim', async () => {
  const texts = [
    '',
    'Only a preamble',
    "## System Architecture\n\nx\n\n## People's Notes\n\ny",
    '\uFEFF# Memory\r\n\r\n## System Architecture   \r\n\r\nx\r\n---\r\n<!-- end -->',
    '## System Architecture\n## System Architecture\n\nagain\n\n\n\n## 見出し\n\n内容\n\n## Überblick 2025-11-02\n',
    '## ```\n```\n## not a heading\n```\n\n## Frontend Architecture\n- a\n\n  ## nested is none\n',
  ]
  for (const text of texts) {
    const given = await inherited(text)
    expect(await given.text()).toBe(text)
  }
})

test('a heading that one agent claims is its own, the first of two; of two claimants the first may write', async () => {
  const given = await inherited(
    '## System Architecture\n\na\n\n## System Architecture\n\nb\n\n## Test Results\n\nc\n\n## Notes\n\nd\n',
  )
  expect(await owners(given)).toEqual([
    ['System Architecture', 'backend-architect', null],
    ['System Architecture', null, 'backend-architect'],
    ['Test Results', 'first-tester', null],
    ['Notes', null, null],
  ])
})

test('a renamed heading is reported with its likely owner, and never given away by that', async () => {
  const text = [
    '## System Architecture (2025-11-02)\n\nDated.\n',
    '## Old Data Notes\n\nClaimed by an older file.\n',
    '## UI Decisions\n\n### Components\n- Button\n\n### State\n- Store\n',
    '## The Test Results\n\nTwo come to mind.\n',
    '## Überblick\n\nNobody.\n',
  ].join('\n')
  const given = await inherited(text)
  const found = await sectionOwners(given.project)
  expect(found.map(({ owner }) => owner)).toEqual([null, null, null, null, null])
  expect(found.map(({ heading, likely }) => [heading, likely])).toEqual([
    [
      'System Architecture (2025-11-02)',
      { agent: 'backend-architect', because: expect.stringContaining('same words') },
    ],
    [
      'Old Data Notes',
      { agent: 'data-modeler', because: expect.stringContaining('claimed "Old Data Notes" before') },
    ],
    ['UI Decisions', { agent: 'frontend-developer', because: expect.stringContaining('sub-headings') }],
    ['The Test Results', null],
    ['Überblick', null],
  ])
  const hints = await ownerHints(given.project, given.project.view.document('insights')!)
  expect(hints).toHaveLength(3)
  expect(hints[1]).toContain('daybook memory assign "Old Data Notes" --document insights --to data-modeler')
})

test('a person gives a section away by an event; an agent that is not there gets none', async () => {
  const given = await inherited('## Old Data Notes\n\nx\n')
  const assign = (section: string, to: string) =>
    assignSection(given.project, { document: 'insights', section, to, by: person, via: 'cli' })
  expect(await assign('old-data-notes', 'Data-Modeler')).not.toBeNull()
  expect(await owners(given)).toEqual([['Old Data Notes', 'data-modeler', null]])
  expect(await assign('Old Data Notes', 'data-modeler')).toBeNull()
  expect(await assign('Old Data Notes', 'people')).not.toBeNull()
  expect(await owners(given)).toEqual([['Old Data Notes', null, 'data-modeler']])
  await expect(assign('Old Data Notes', 'nobody')).rejects.toMatchObject({
    details: { code: 'unknown_agent' },
    message: expect.stringContaining('backend-architect'),
  })
  await expect(assign('No Such Section', 'data-modeler')).rejects.toMatchObject({ code: 'not_found' })
  expect(await given.text()).toBe('## Old Data Notes\n\nx\n')
})
