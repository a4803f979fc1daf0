import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { limits } from '../../../src/kernel/limits.ts'
import { renderDocument } from '../../../src/memory/document.ts'
import { diffMemory } from '../../../src/runtime/memory/diff-memory.ts'
import { documentAt } from '../../../src/runtime/memory/document-at.ts'
import { MemoryGiven } from './memory-given.ts'

const hasPatch = (() => {
  try {
    execFileSync('patch', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    console.warn('SKIPPED: there is no "patch" here, so unified diffs are not applied.')
    return false
  }
})()

/** What `patch` makes of a text. */
function patched(before: string, unified: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-diff-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'document.md')
  writeFileSync(file, before)
  if (unified !== '') execFileSync('patch', ['--binary', '--quiet', file], { input: unified })
  return readFileSync(file, 'utf8')
}

const shapes: readonly (readonly [string, string, string])[] = [
  [
    'lines in the middle',
    '## A\n\none\ntwo\nthree\n\n## B\n\nx\n',
    '## A\n\none\n2\nthree\nfour\n\n## B\n\ny\n',
  ],
  ['no final newline before', '## A\n\none', '## A\n\none\n'],
  ['no final newline after', '## A\n\none\n', '## A\n\none\ntwo'],
  ['CRLF', '## A\r\n\r\none\r\ntwo\r\n', '## A\r\n\r\none\r\nzwei\r\n'],
  ['line endings alone', '## A\r\n\r\none\r\n', '## A\n\none\n'],
  ['a preamble and a byte order mark', '\uFEFFHello.\n\n## A\n\none\n', '\uFEFFGoodbye.\n\n## A\n\none\n'],
  [
    'lines that look like a diff',
    '## A\n\n--- a\n+++ b\n@@ -1 +1 @@\n',
    '## A\n\n--- a\n+++ c\n@@ -1 +1 @@\n\\ no\n',
  ],
]

for (const [name, before, after] of shapes) {
  test.skipIf(!hasPatch)(`a unified diff is what patch needs: ${name}`, async () => {
    const given = new MemoryGiven()
    await given.import(before)
    const [from] = [String(Number(await given.store.lastPosition()))]
    const to = await given.save(after)
    const diff = await diffMemory(given.project, { document: 'insights', from, to })
    expect(diff.equal).toBe(false)
    expect(patched(before, diff.unified)).toBe(after)
    const back = await diffMemory(given.project, { document: 'insights', from: to, to: from })
    expect(patched(after, back.unified)).toBe(before)
  })
}

test.skipIf(!hasPatch)(
  'large texts with little in common are compared between the lines they share',
  async () => {
    const many = limits.lineDiffEditsMax
    const mixed = (word: string) =>
      Array.from({ length: many }, (_, index) => {
        const shared = index % 100 === 50 ? `shared ${index}\n` : ''
        return `${word} ${index}\n${shared}`
      }).join('')
    const given = new MemoryGiven()
    await given.import(`## A\n\n${mixed('old')}`)
    const before = await given.text()
    await given.save(`## A\n\n${mixed('new')}no end`)
    const diff = await diffMemory(given.project, { document: 'insights', from: '1' })
    expect(patched(before, diff.unified)).toBe(await given.text())
    expect(diff.sections).toMatchObject([{ added: many + 1, removed: many }])
  },
)

test('a diff says per section what was added, changed, renamed and taken out', async () => {
  const given = new MemoryGiven()
  await given.import(
    '## Stays\n\na\n\n## Goes\n\nb\n\n## Changes\n\nc\nd\n\n## Old Name\n\none\ntwo\nthree\nfour\n',
  )
  await given.save(
    '## Stays\n\na\n\n## Changes\n\nc\nD\ne\n\n## New Name\n\none\ntwo\nthree\nfour\n\n## Comes\n\nf\n',
  )
  const { sections, to } = await diffMemory(given.project, { document: 'insights', from: '1' })
  expect(to).toBe('now')
  expect(sections.map(({ heading, change, added, removed }) => [heading, change, added, removed])).toEqual([
    ['Changes', 'changed', 2, 1],
    ['New Name', 'renamed', 2, 1],
    ['Comes', 'added', 3, 0],
    ['Goes', 'removed', 0, 4],
  ])
  const one = await diffMemory(given.project, { document: 'insights', from: '1', section: 'Old Name' })
  expect(one.sections.map(({ heading }) => heading)).toEqual(['New Name'])
  expect(one.unified).toContain('-## Old Name\n+## New Name\n')
  expect(one.unified).not.toContain('Comes')
})

test('a moment that is none is refused, and before the first event there is nothing', async () => {
  const given = new MemoryGiven()
  await given.import('## A\n\none\n')
  const ask = (from: string, section?: string) =>
    diffMemory(given.project, { document: 'insights', from, section })
  await expect(ask('nonsense')).rejects.toMatchObject({ code: 'usage' })
  await expect(ask('99')).rejects.toMatchObject({ code: 'usage' })
  await expect(ask('1', 'Nobody')).rejects.toMatchObject({
    code: 'not_found',
    message: expect.stringContaining('"A"'),
  })
  expect(await ask('0')).toMatchObject({ sections: [{ heading: 'A', change: 'added', added: 3 }] })
  expect(await ask('1')).toMatchObject({ equal: true, unified: '', sections: [] })
  expect(renderDocument(await documentAt(given.project, 'insights', '1'))).toBe('## A\n\none\n')
})
