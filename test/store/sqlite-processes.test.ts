import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { child, inspect, runProcesses } from './children/run-processes.ts'

// The whole of it, 20 processes with 500 events each, is test/soak/store-processes.ts.
test('6 processes append to one log while 2 others follow it: no gap, no loss, each event once and in order', {
  timeout: 60_000,
}, async () => {
  const log = await newLog()
  const figures = await runProcesses({ log, writers: 6, eventsEach: 100, followers: 2 })
  expect(figures.exitCodes).toEqual(Array(8).fill(0))
  expect(figures).toMatchObject({ events: 600, lost: 0, gapless: true })
  for (const followed of figures.followed)
    expect(followed).toMatchObject({ seen: 600, digest: figures.digest })
})

test('what was acknowledged to a writer is in the log after kill -9, and the log opens whole', {
  timeout: 60_000,
}, async () => {
  const log = await newLog()
  for (let round = 1; round <= 2; round += 1) {
    const writers = ['a', 'b'].map((name) => child('append.ts', [log, `${name}${round}`, '1000000']))
    await Promise.all(writers.map((writer) => once(writer.reader, 'line')))
    await until(() => writers.every((writer) => writer.lines.length > 40 * round))
    for (const writer of writers) writer.process.kill('SIGKILL')
    await Promise.all(writers.map((writer) => writer.ended))
    const found = await inspect(log)
    const acknowledged = writers.flatMap((writer) => writer.lines.filter((line) => line.length === 36))
    expect(acknowledged.length).toBeGreaterThan(80 * round)
    expect(acknowledged.filter((id) => !found.idSet.has(id))).toEqual([])
    expect(found.gapless).toBe(true)
  }
})

async function newLog(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'daybook-processes-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return join(folder, 'log.db')
}

/** Polls, because a child's progress is no event of ours. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}
