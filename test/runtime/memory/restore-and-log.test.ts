import { expect, test } from 'vitest'
import { memoryLog } from '../../../src/runtime/memory/memory-log.ts'
import { restoreSection } from '../../../src/runtime/memory/restore-section.ts'
import { searchMemory } from '../../../src/runtime/memory/search-memory.ts'
import { reportSections } from '../../../src/runtime/memory/section-report.ts'
import { readingOf } from '../../memory/history/reading-given.ts'
import { person } from '../../projections/events.ts'
import { MemoryGiven } from './memory-given.ts'

const restored = (given: MemoryGiven, section: string, at: string) =>
  restoreSection(readingOf(given.project), { document: 'insights', section, at, by: person, via: 'cli' })

test('restore appends, gives the old bytes back, and touches nothing else', async () => {
  const given = new MemoryGiven()
  await given.import('Before.\r\n\r\n## A\r\n\r\none  \r\n\r\n\r\n## B\r\n\r\ntwo')
  const first = await given.text()
  await given.write('A', 'Something else.')
  await given.write('B', 'Another thing.')
  const events = Number(await given.store.lastPosition())
  const event = await restored(given, 'A', '1')
  const text = await given.text()
  expect(Number(await given.store.lastPosition())).toBe(events + 1)
  expect(text).toContain('## A\r\n\r\none  \r\n\r\n\r\n## B\r\n\r\nAnother thing.')
  const log = await memoryLog(given.project, 'insights', 'A')
  expect(log.at(-1)).toMatchObject({
    event,
    by: 'person:the-owner',
    restores: log[0]!.event,
    reason: 'Restored as of 1.',
  })
  expect(await restored(given, 'A', '1')).toBeNull()
  await restored(given, 'B', '1')
  expect(await given.text()).toBe(first)
})

test('a section that is gone comes back, and one that was renamed gets its old heading back', async () => {
  const given = new MemoryGiven()
  await given.import('## A\n\none\n\n## Old Name\n\nw\nx\ny\nz\n')
  const first = await given.text()
  const renamed = await given.save('## New Name\n\nw\nx\ny\nz\n')
  await restored(given, 'A', '1')
  expect(await given.text()).toBe('## New Name\n\nw\nx\ny\nz\n\n## A\n\none\n\n'.replace(/\n\n$/u, '\n\n'))
  await restored(given, 'Old Name', '1')
  expect(await given.text()).toContain('## Old Name\n\nw\nx\ny\nz\n')
  expect([...(await given.text())].sort()).toEqual([...first, '\n'].sort())
  await expect(restored(given, 'A', renamed)).rejects.toMatchObject({ code: 'not_found' })
})

test('the log of a section follows it through renames; one that never was is named with those that are', async () => {
  const given = new MemoryGiven()
  await given.import('## Old Name\n\nw\nx\ny\nz\n\n## Other\n\no\n')
  await given.save('## New Name\n\nw\nx\ny\nz\n\n## Other\n\no\n')
  await given.write('New Name', 'w\nx\ny\nnew')
  await given.edit({ kind: 'section', section: 'Other', text: null })
  const changes = async (section?: string) =>
    (await memoryLog(given.project, 'insights', section)).map(({ sections }) =>
      sections.map(({ change, heading }) => `${change} ${heading}`),
    )
  expect(await changes('New Name')).toEqual([
    ['imported Old Name'],
    ['renamed New Name'],
    ['written New Name'],
  ])
  expect(await changes('Other')).toEqual([['imported Other'], ['removed Other']])
  expect(await changes()).toHaveLength(4)
  await expect(memoryLog(given.project, 'insights', 'Nobody')).rejects.toMatchObject({
    code: 'not_found',
    message: expect.stringContaining('"New Name"'),
  })
  await expect(memoryLog(given.project, 'nothing')).rejects.toMatchObject({ code: 'not_found' })
})

test('search finds lines that stand and lines that are gone, in any case and width, the newest first', async () => {
  const given = new MemoryGiven()
  await given.import('## A\n\nThe cache lives an hour.\r\n')
  await given.write('A', 'The CACHE lives a day.\nNothing here.')
  const hits = (words: string, limit = 10) => searchMemory(given.store, { words, limit })
  expect((await hits('cache lives')).map(({ text, standing }) => [text, standing])).toEqual([
    ['The CACHE lives a day.', true],
    ['The cache lives an hour.', false],
  ])
  expect((await hits('ｃａｃｈｅ hour')).map(({ text }) => text)).toEqual(['The cache lives an hour.'])
  expect(await hits('cache', 1)).toMatchObject([{ standing: true }])
  expect(await hits('  ')).toEqual([])
  expect(await hits('nowhere')).toEqual([])
})

test('the report has every section with its size and how stale it is, the oldest first', async () => {
  const given = new MemoryGiven()
  await given.import('## A\n\nä\n\n## B\n\nb')
  await given.write('A', 'newer')
  given.clock.advance(3 * 86_400_000)
  expect(await reportSections(given.project)).toMatchObject([
    { heading: 'B', bytes: 7, lines: 3, ageDays: 3, editsSince: 1, changedBy: 'person:the-owner' },
    { heading: 'A', bytes: 13, lines: 4, ageDays: 3, editsSince: 0 },
  ])
  expect(await reportSections(given.project, 'project')).toEqual([])
})
