import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resolveSettings, shippedAgents } from '../../src/runtime/settings.ts'
import { growLog } from './grow-log.ts'
import { median } from './race.ts'

/**
 * How long a fresh process needs until it can work, and until its projections are up to the log, with logs of
 * several ages: with what earlier processes kept, and without (`views.db` deleted).
 *
 * `node bench/src/start-up.ts [--events 50000,200000]`; one JSON line a figure, in milliseconds.
 */
const flag = process.argv.indexOf('--events')
const ages = (flag < 0 ? '1000,50000,200000' : process.argv[flag + 1]!).split(',').map(Number)
const runs = 5

interface Times {
  readonly loadedMs: number
  readonly workingMs: number
  readonly viewsMs: number
  readonly memoryMb: number
}

for (const age of ages) {
  const dir = mkdtempSync(join(tmpdir(), 'daybook-start-up-'))
  try {
    const agents = shippedAgents()
    const place = { dir, agents, memory: join(dir, 'memory'), rehearsal: true }
    const events = await growLog(resolveSettings(place, {}, dir), age)
    const without = [1, 2, 3].map(() => {
      for (const suffix of ['', '-wal', '-shm']) rmSync(join(dir, `views.db${suffix}`), { force: true })
      return startUp(dir, agents)
    })
    tellStart(`start-up with ${events} events, nothing kept`, without)
    const kept = Array.from({ length: runs }, () => startUp(dir, agents))
    tellStart(`start-up with ${events} events, from a snapshot`, kept)
  } finally {
    rmSync(dir, { recursive: true })
  }
}

function startUp(dir: string, agents: string): Times {
  const child = join(import.meta.dirname, 'start-up-child.ts')
  return JSON.parse(execFileSync(process.execPath, [child, dir, agents], { encoding: 'utf8' })) as Times
}

function tellStart(what: string, times: readonly Times[]): void {
  const of = (field: keyof Times) => median(times.map((one) => one[field]))
  const ms = {
    'code loaded': of('loadedMs'),
    'ready to work': of('workingMs'),
    'projections after that': of('viewsMs'),
  }
  console.log(JSON.stringify({ what, ms, memoryMb: of('memoryMb') }))
}
