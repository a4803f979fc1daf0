import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Figures as Found, runProcesses } from '../store/children/run-processes.ts'
import { type Figures, type Soak, share } from './campaign.ts'

/** 10,000 events: of so many processes, so many each. */
const whole = { writers: 20, eventsEach: 500, followers: 3 }

/**
 * 20 processes append 500 events each to one SQLite log while 3 others follow it. Every event must be there,
 * positions and revisions without a gap, and every follower must see each event once and in order.
 * Writes its figures to `report`; rejects when one of these does not hold.
 */
export async function run(
  report: (line: string) => void,
  eventsEach: number = whole.eventsEach,
): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'daybook-soak-'))
  try {
    const log = join(folder, 'log.db')
    const found = await runProcesses({ ...whole, log, eventsEach })
    const { events, seconds, lost, gapless, followed } = found
    report(`${events} events of ${whole.writers} processes in ${seconds.toFixed(1)} s (their start included)`)
    report(`${Math.round(events / seconds)} events/s, ${lost} lost, ${gapless ? 'no gap' : 'GAPS'}`)
    for (const { seen, digest, lagP50Ms, lagMaxMs } of followed) {
      const order = digest === found.digest ? 'each once and in order' : 'NOT AS THE LOG HAS THEM'
      report(`follower: ${seen} events, ${order}; lag ${lagP50Ms} ms (median), ${lagMaxMs} ms (longest)`)
    }
    check(found, eventsEach)
    return { events, eventsPerSecond: Math.round(events / seconds), lost, gapless }
  } finally {
    await rm(folder, { recursive: true })
  }
}

function check(found: Found, eventsEach: number): void {
  const all = found.events === whole.writers * eventsEach && found.lost === 0 && found.gapless
  const seen = found.followed.every(({ digest }) => digest === found.digest)
  const ended = found.exitCodes.every((code) => code === 0)
  if (all && seen && ended) return
  throw new Error(`the log of ${whole.writers} processes is not whole: ${JSON.stringify(found)}`)
}

export const soak: Soak = {
  name: 'store-processes',
  run: ({ scale, report }) => run(report, share(whole.eventsEach, { scale })),
}

if (import.meta.main) await run((line) => console.log(line))
