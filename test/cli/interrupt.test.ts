import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { endAtNext, onInterrupt } from '../../src/cli/interrupt.ts'
import { limits } from '../../src/kernel/limits.ts'
import { packageRoot } from '../../src/runtime/settings.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  for (const signal of ['SIGINT', 'SIGTERM']) process.removeAllListeners(signal)
})

function watched() {
  vi.useFakeTimers({ toFake: ['performance'] })
  return vi.spyOn(process, 'exit').mockImplementation(() => undefined as never)
}

test('one Ctrl-C that comes twice stops in good order, and the next one ends at once', () => {
  const exit = watched()
  let said = 0
  const { signal } = onInterrupt(() => {
    said += 1
  })
  process.emit('SIGINT')
  process.emit('SIGINT')
  expect(signal.aborted).toBe(true)
  expect(said).toBe(1)
  expect(exit).not.toHaveBeenCalled()
  vi.advanceTimersByTime(limits.sameSignalMs)
  process.emit('SIGINT')
  expect(exit).toHaveBeenCalledWith(130)
})

test('a server ends at the second SIGTERM', () => {
  const exit = watched()
  endAtNext('SIGTERM')
  vi.advanceTimersByTime(limits.sameSignalMs)
  process.emit('SIGTERM')
  expect(exit).toHaveBeenCalledWith(143)
})

test('what npm starts takes the place of its shell, so that a signal reaches it', () => {
  const { scripts } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'))
  for (const name of ['start', 'daybook']) expect(scripts[name]).toMatch(/^exec node /u)
})
