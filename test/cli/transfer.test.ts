import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { daybook, goal, put, result, snapshot, spawned, temporaryFolder } from './given.ts'

let folder = ''
let lines: string[] = []
let remove = () => {}

/** One rehearsal and its export, which every claim here begins from. */
beforeAll(async () => {
  folder = temporaryFolder((end) => {
    remove = end
  })
  await result(['run', goal, '--rehearse'], { cwd: folder })
  const exported = await result<{ events: number }>(['--rehearsal', 'export', 'whole.jsonl'], { cwd: folder })
  lines = readFileSync(join(folder, 'whole.jsonl'), 'utf8').trimEnd().split('\n')
  expect(lines).toHaveLength(exported.events)
})
afterAll(() => remove())

test('an import gives the same log, byte for byte when it is exported again, and the same memory', async () => {
  const imported = await result(['--dir', 'same', 'import', 'whole.jsonl'], { cwd: folder })
  expect(imported).toMatchObject({ events: lines.length, imported: lines.length, already: 0 })
  const again = await daybook(['--dir', 'same', 'export', '-'], { cwd: folder })
  expect(again.stdout).toBe(`${lines.join('\n')}\n`)
  const places = ['--dir', 'same', '--memory', 'same-memory']
  await result([...places, 'rebuild'], { cwd: folder })
  expect(readFileSync(join(folder, 'same-memory/insights.md'), 'utf8')).toBe(
    readFileSync(join(folder, '.daybook/rehearsal/memory/insights.md'), 'utf8'),
  )
  expect(await result([...places, 'rebuild', '--check'], { cwd: folder })).toMatchObject({ equal: true })
  const third = await result(['--dir', 'same', 'import', 'whole.jsonl'], { cwd: folder })
  expect(third).toMatchObject({ imported: 0, already: lines.length })
})

test('an export that was cut off says where; with the whole one the import goes on', async () => {
  const cut = `${lines.slice(0, 50).join('\n')}\n${lines[50]?.slice(0, 40)}`
  const broken = await spawned(['--dir', 'cut', 'import', '-'], { cwd: folder, input: cut })
  expect(broken.code).toBe(1)
  expect(broken.stderr).toMatch(/Line 51 is not JSON/)
  const rest = await result(['--dir', 'cut', 'import', 'whole.jsonl'], { cwd: folder })
  expect(rest).toMatchObject({ imported: lines.length - 50, already: 50 })
})

test('a log with another history is refused and left as it was', async () => {
  writeFileSync(join(folder, 'other.jsonl'), `${lines.slice(1).join('\n')}\n`)
  const before = snapshot(join(folder, '.daybook/rehearsal'))['log.db']
  const refused = await daybook(['--rehearsal', 'import', 'other.jsonl'], { cwd: folder })
  expect(refused.code).toBe(1)
  expect(refused.stderr).toMatch(/log\.db is not empty.*Import into an empty log.*Nothing was changed/)
  expect(snapshot(join(folder, '.daybook/rehearsal'))['log.db']).toBe(before)
})

test('lines that are no events are named by their number and by what is wrong', async () => {
  const [first] = lines
  const bad: readonly [input: string, said: RegExp][] = [
    ['{"id":"x"}\n', /Line 1 is no exported event: id/],
    [`${first}\n${first?.replace('"revision":0', '"revision":5')}\n`, /Line 2 has revision 5 of agent-/],
    ['\u0000\u0001binary', /Line 1 is not JSON/],
  ]
  for (const [index, [input, said]] of bad.entries()) {
    put(join(folder, 'bad.jsonl'), input)
    const ran = await daybook(['--dir', `bad-${index}`, 'import', 'bad.jsonl'], { cwd: folder })
    expect(ran.code).toBe(1)
    expect(ran.stderr).toMatch(said)
  }
})

test('an export replaces an export when it is told to, and no other file', async () => {
  put(join(folder, 'README.md'), '# Mine\n')
  const ran = await daybook(['--rehearsal', 'export', 'README.md'], { cwd: folder })
  expect(ran.code).toBe(2)
  expect((await daybook(['--rehearsal', 'export', 'README.md', '--replace'], { cwd: folder })).code).toBe(2)
  expect(readFileSync(join(folder, 'README.md'), 'utf8')).toBe('# Mine\n')
  const before = readFileSync(join(folder, 'whole.jsonl'), 'utf8')
  put(join(folder, 'whole.jsonl'), before.slice(0, 200))
  const refused = await daybook(['--rehearsal', 'export', 'whole.jsonl'], { cwd: folder })
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('add --replace') })
  expect(readFileSync(join(folder, 'whole.jsonl'), 'utf8')).toBe(before.slice(0, 200))
  await result(['--rehearsal', 'export', 'whole.jsonl', '--replace'], { cwd: folder })
  expect(readFileSync(join(folder, 'whole.jsonl'), 'utf8')).toBe(`${lines.join('\n')}\n`)
})
