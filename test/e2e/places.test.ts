import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { cast, daybook, goal, put, type RunResult, result, spawned, temporaryFolder } from '../cli/given.ts'

const newFolder = () => temporaryFolder(onTestFinished)
const isRoot = process.getuid?.() === 0
const mounts = isRoot && canMount()
if (!mounts)
  console.warn('SKIPPED: claims about full and read-only disks need the right to mount a tmpfs (root)')

const rehearse = (cwd: string, ...flags: string[]) => daybook(['run', goal, '--rehearse', ...flags], { cwd })

describe('a log that is not as it should be', () => {
  const logOf = (folder: string) => join(folder, '.daybook/rehearsal/log.db')
  /** What was done to the file, and what is said about it. */
  const harms: readonly [harm: string, harmed: (path: string) => void, said: RegExp][] = [
    ['is a text', (path) => writeFileSync(path, 'Dear diary, today I was no database.'), /no Daybook log/],
    ['is cut off', (path) => writeFileSync(path, readFileSync(path).subarray(0, 3_000)), /cut off/],
    [
      'is of another program',
      (path) => {
        rmSync(path)
        query(path, 'CREATE TABLE mine (x)')
      },
      /another program's/,
    ],
    ['is of a newer Daybook', (path) => query(path, 'PRAGMA user_version = 99'), /newer Daybook/],
    ['lost events', (path) => query(path, 'DELETE FROM events WHERE pos BETWEEN 20 AND 30'), /missing/],
  ]

  test.each(harms)('%s: named with the file and the remedy, and left alone', async (_harm, harmed, said) => {
    const folder = newFolder()
    const path = logOf(folder)
    expect((await rehearse(folder, '--depth', '1')).code).toBe(0)
    harmed(path)
    const before = readFileSync(path)
    for (const args of [
      ['run', goal, '--rehearse'],
      ['--rehearsal', 'log'],
    ]) {
      const ran = await daybook(args, { cwd: folder })
      expect(ran.code).toBe(1)
      expect(ran.stderr).toContain(path)
      expect(ran.stderr).toMatch(said)
      expect(ran.stderr).not.toMatch(/\n {4}at /)
    }
    expect(readFileSync(path).equals(before)).toBe(true)
    expect((await daybook(['--rehearsal', 'doctor'], { cwd: folder })).code).toBe(3)
  })
})

test('agent files that mean harm are named, and the others work', async () => {
  const folder = newFolder()
  put(join(folder, 'team/tester.md'), readFileSync(join(cast, 'tester.md'), 'utf8'))
  put(join(folder, 'team/huge.md'), `---\nname: huge\n---\n${'x'.repeat(300 * 1024)}`)
  put(join(folder, 'team/code.md'), '---js\nrequire("fs").writeFileSync("pwned", "")\n---\nbody\n')
  put(join(folder, 'team/binary.md'), '\u0000\u0001\u0002\ufffd')
  put(join(folder, 'team/escape.md'), '---\nname: "\\u001b[31mred"\ndescription: x\n---\nbody\n')
  const ran = await rehearse(folder, '--agents', 'team')
  expect(ran.code).toBe(0)
  expect(ran.stderr).toMatch(/huge\.md cannot be loaded/)
  expect(`${ran.stdout}${ran.stderr}`).not.toContain('\u001b')
  expect(existsSync(join(folder, 'pwned'))).toBe(false)
})

describe.skipIf(!mounts)('on a disk of its own', () => {
  const sizes: readonly [size: string, when: string][] = [
    ['64k', 'before the log is made'],
    ['500k', 'while agents are registered'],
    ['1200k', 'while agents work'],
  ]
  test.each(sizes)(
    'that is full with %s, %s: the run says what to do, and it goes on once there is room',
    async (size) => {
      const folder = disk(size)
      // In a process of its own: what it could not give back is taken over, because it is gone.
      const ran = await spawned(['run', goal, '--rehearse', '--json'], { cwd: folder })
      expect(ran.code).toBe(1)
      expect(ran.stderr).toMatch(/disk is full/i)
      expect(ran.stderr).not.toMatch(/\n {4}at /)
      execFileSync('mount', ['-o', 'remount,size=64m', folder])
      const rest = await result<RunResult>(['run', '--resume', '--rehearse'], { cwd: folder })
      expect(rest.status).toBe(size === '1200k' ? 'completed' : 'idle')
      expect(await result(['--rehearsal', 'rebuild', '--check'], { cwd: folder })).toMatchObject({
        equal: true,
      })
    },
    60_000,
  )

  test('that is read-only: reading works, writing says why not, and no trace is left', async () => {
    const folder = disk('64m')
    const run = await result<RunResult>(['run', goal, '--rehearse', '--depth', '1'], { cwd: folder })
    execFileSync('mount', ['-o', 'remount,ro', folder])
    const listed = await result<{ id: string }[]>(['--rehearsal', 'workflows'], { cwd: folder })
    expect(listed).toMatchObject([{ id: run.workflow }])
    expect(await result<unknown[]>(['--rehearsal', 'decisions'], { cwd: folder })).not.toHaveLength(0)
    expect(await result(['--rehearsal', 'rebuild', '--check'], { cwd: folder })).toMatchObject({
      equal: true,
    })
    const again = await rehearse(folder)
    expect(again.code).toBe(1)
    expect(again.stderr).toMatch(/log\.db.*(?:read-only|written)/)
    expect(again.stderr).not.toMatch(/\n {4}at /)
  })
})

test.skipIf(!isRoot)(
  'a folder without write access: the run says which, and how to name another',
  async () => {
    const folder = newFolder()
    chmodSync(folder, 0o755)
    const ran = await spawned(['run', goal, '--rehearse'], { cwd: folder, uid: 65_534 })
    expect(ran.code).toBe(1)
    expect(ran.stderr).toMatch(/\.daybook\/rehearsal: cannot be made.*--dir/)
  },
)

function query(path: string, sql: string): void {
  const db = new DatabaseSync(path)
  db.exec(sql)
  db.close()
}

function disk(size: string): string {
  const folder = join(newFolder(), 'disk')
  mkdirSync(folder)
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder])
  onTestFinished(() => {
    execFileSync('umount', [folder])
  })
  return folder
}

function canMount(): boolean {
  let remove = () => {}
  const folder = temporaryFolder((end) => {
    remove = end
  })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' })
    execFileSync('umount', [folder])
    return true
  } catch {
    return false
  } finally {
    remove()
  }
}
