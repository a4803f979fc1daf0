import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { limits } from '../../src/kernel/limits.ts'
import { RenderLock } from '../../src/runtime/render-lock.ts'
import { workerId } from '../../src/runtime/worker-id.ts'

const lockModule = fileURLToPath(new URL('../../src/runtime/render-lock.ts', import.meta.url))

function place() {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-lock-'))
  return { folder, path: join(folder, 'seals.lock') }
}

/** A process of its own with `lock` on the folder. */
function child(folder: string, script: string) {
  const begin = `const { RenderLock } = await import(${JSON.stringify(lockModule)})
const lock = new RenderLock(${JSON.stringify(folder)})\n`
  return spawn(process.execPath, ['--input-type=module', '-e', begin + script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** Whom one who wants the lock was told to wait for. */
async function waitsOf(folder: string): Promise<string[]> {
  const told: string[] = []
  await new RenderLock(folder, (line) => told.push(line)).during('seals', async () => undefined)
  return told
}

test('a process that was killed holds nothing: the next one has the lock at once', async () => {
  const { folder, path } = place()
  const holder = child(
    folder,
    "lock.during('seals', () => { console.log('held'); return new Promise((end) => setTimeout(end, 60_000)) })",
  )
  await once(holder.stdout, 'data')
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  expect(readFileSync(path, 'utf8')).toContain(`:${holder.pid}:`)
  expect(await waitsOf(folder)).toEqual([])
  expect(readdirSync(folder)).toEqual([])
})

test('a process that is ended in the middle of its work lets go', async () => {
  const { folder, path } = place()
  const holder = child(folder, "await lock.during('seals', async () => process.exit(0))")
  await once(holder, 'exit')
  expect(existsSync(path)).toBe(false)
})

test('a lock never stands without the name of its holder, whenever that is ended', async () => {
  for (let turns = 0; turns < 8; turns += 1) {
    const { folder, path } = place()
    const script = `void lock.during('seals', () => new Promise(() => undefined))
for (let turn = 0; turn < ${turns}; turn += 1) await new Promise((next) => setImmediate(next))
process.reallyExit(0)`
    await once(child(folder, script), 'exit')
    if (existsSync(path)) expect(readFileSync(path, 'utf8')).toMatch(/^\S+:\d+:\d+:\d+ /u)
    expect(await waitsOf(folder)).toEqual([])
  }
})

test('a lock without a name, as earlier versions left it, is nobody’s', async () => {
  const { folder, path } = place()
  writeFileSync(path, '')
  const sinceS = (Date.now() - limits.renderLockToldMs - 1_000) / 1_000
  utimesSync(path, sinceS, sinceS)
  expect(await waitsOf(folder)).toEqual([])
})

test('who waits for long says for whom', async () => {
  const { folder, path } = place()
  let said: (line: string) => void = () => undefined
  const told = new Promise<string>((resolve) => {
    said = resolve
  })
  const first = new RenderLock(folder).during('seals', () => told)
  await expect.poll(() => existsSync(path)).toBe(true)
  await new RenderLock(folder, said).during('seals', async () => undefined)
  await first
  expect(await told).toMatch(
    /^Waits for process \d+ of .*, which holds .*seals\.lock; at most \d+ s more\.$/u,
  )
  expect(await told).toContain(`process ${process.pid} of ${hostname()}`)
})

test('what a killed process left beside the lock goes with it', async () => {
  const { folder, path } = place()
  const gone = `${workerId(999_999_999)} x`
  writeFileSync(path, gone)
  writeFileSync(`${path}.0.new`, gone)
  writeFileSync(`${path}.1.over`, gone)
  writeFileSync(`${path}.2.new`, `${workerId()} y`)
  expect(await waitsOf(folder)).toEqual([])
  expect(readdirSync(folder)).toEqual(['seals.lock.2.new'])
})
