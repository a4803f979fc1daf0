import { expect, test } from 'vitest'
import { position, type RecordedEvent } from '../../src/kernel/event.ts'
import { limits } from '../../src/kernel/limits.ts'
import { TimeMarks } from '../../src/runtime/time-marks.ts'

const secondMs = 1_000

test('marks stay few however long the log is, and never lead past a time', () => {
  const marks = new TimeMarks()
  const events = limits.timeMarksMax * 64 * 3
  const latest: number[] = []
  for (let place = 1; place <= events; place += 1) {
    const atMs = (place - (place % 7) * 20) * secondMs
    latest[place] = Math.max(latest[place - 1] ?? 0, atMs)
    const meta = { recordedAt: new Date(atMs).toISOString() }
    marks.evolve({ position: position(place), meta } as RecordedEvent)
  }
  const json = marks.changed(null).get('time-marks')!
  expect(json.length).toBeLessThan(limits.timeMarksMax * 80)
  const restored = new TimeMarks()
  restored.restore(() => json)
  for (let place = 500; place < events; place += 997) {
    const instantMs = latest[place]!
    const found = Number(marks.before(instantMs))
    expect(latest[found]).toBeLessThanOrEqual(instantMs)
    // What is left to read after it.
    expect(latest.findLastIndex((at) => at <= instantMs) - found).toBeLessThan(1_024)
    expect(restored.before(instantMs)).toBe(marks.before(instantMs))
  }
  expect(marks.before(-1)).toBeNull()
})
