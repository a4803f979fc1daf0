import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Figures, runProcesses } from '../store/children/run-processes.ts'

/**
 * 20 processes append 500 events each to one SQLite log while 3 others follow it. Every event must be there,
 * positions and revisions without a gap, and every follower must see each event once and in order.
 * Writes its figures to `report`; rejects when one of these does not hold.
 */
export async function run(report: (line: string) => void): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'daybook-soak-'))
  try {
    const log = join(folder, 'log.db')
    const figures = await runProcesses({ log, writers: 20, eventsEach: 500, followers: 3 })
    const { events, seconds, lost, gapless, followed } = figures
    report(`${events} events of 20 processes in ${seconds.toFixed(1)} s (their start included)`)
    report(`${Math.round(events / seconds)} events/s, ${lost} lost, ${gapless ? 'no gap' : 'GAPS'}`)
    for (const { seen, digest, lagP50Ms, lagMaxMs } of followed) {
      const order = digest === figures.digest ? 'each once and in order' : 'NOT AS THE LOG HAS THEM'
      report(`follower: ${seen} events, ${order}; lag ${lagP50Ms} ms (median), ${lagMaxMs} ms (longest)`)
    }
    check(figures)
  } finally {
    await rm(folder, { recursive: true })
  }
}

function check(figures: Figures): void {
  const whole = figures.events === 10_000 && figures.lost === 0 && figures.gapless
  const seen = figures.followed.every(({ digest }) => digest === figures.digest)
  const ended = figures.exitCodes.every((code) => code === 0)
  if (whole && seen && ended) return
  throw new Error(`the log of 20 processes is not whole: ${JSON.stringify(figures)}`)
}

if (import.meta.main) await run((line) => console.log(line))
