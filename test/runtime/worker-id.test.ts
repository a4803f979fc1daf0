import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import process from 'node:process'
import { expect, test } from 'vitest'
import { WorkerId } from '../../src/kernel/words.ts'
import { isGone, workerId } from '../../src/runtime/worker-id.ts'

const tellsStart = existsSync('/proc/self/stat')

test('a worker is named by its machine, its process and when that began', () => {
  expect(workerId()).toBe(workerId())
  expect(workerId().startsWith(`${hostname()}:${process.pid}:`)).toBe(true)
  expect(WorkerId.safeParse(workerId()).success).toBe(true)
})

test('a process that lives is not gone', () => {
  expect(isGone(workerId())).toBe(false)
  expect(isGone(workerId(process.ppid))).toBe(false)
})

test('a process of this machine that ended is gone', async () => {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  await once(child, 'spawn')
  const worker = workerId(child.pid!)
  expect(isGone(worker)).toBe(false)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(isGone(worker)).toBe(true)
})

if (!tellsStart) {
  console.warn(
    'SKIPPED: two claims on process numbers used again. This system does not tell when a process began; run them on Linux.',
  )
}

test.skipIf(!tellsStart)('a process that got the number of an ended one is not taken for it', () => {
  const [host, pid, start, ...rest] = workerId().split(':')
  expect(isGone([host, pid, String(Number(start) + 1), ...rest].join(':'))).toBe(true)
  expect(isGone([host, pid, '0', ...rest].join(':'))).toBe(false)
})

test('what another machine does is not known here', () => {
  const [, pid, ...rest] = workerId().split(':')
  expect(isGone(['some-other-host', pid, ...rest].join(':'))).toBe(false)
  expect(isGone(['some-other-host', '999999999', ...rest].join(':'))).toBe(false)
})

test.skipIf(!tellsStart)('nor what another container under the same host name does', () => {
  const parts = workerId().split(':')
  expect(parts).toHaveLength(4)
  const elsewhere = [parts[0], '999999', '1', 'another-namespace'].join(':')
  expect(isGone(elsewhere)).toBe(false)
  expect(isGone([parts[0], '999999', '1', parts[3]].join(':'))).toBe(true)
})

test.each([
  '',
  ':',
  hostname(),
  `${hostname()}:`,
  `${hostname()}:x:1`,
  `${hostname()}:-1:1`,
  'worker-1',
  `${hostname()}:${'9'.repeat(40)}:1`,
])('a name that no worker gives itself says nothing: %j', (worker) => {
  expect(isGone(worker)).toBe(false)
})
