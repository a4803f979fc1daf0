import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import '../setup.ts'
import type { RecordedEvent } from '../../src/kernel/event.ts'
import { openStore } from '../../src/runtime/open-store.ts'
import { cast, daybook, ended, goal, start } from '../cli/given.ts'
import { mulberry32 } from '../memory/generated-texts.ts'
import { type Soak, share } from './campaign.ts'
import { problemsOf } from './history.ts'

/**
 * Runs are killed with SIGKILL at random moments, some of them again while they go on, and then resumed to their
 * end. The workflow must complete, nothing that was recorded may be repeated, and everything must fold again.
 *
 *     node test/soak/run-kills.ts [--kills 2000] [--seed N]
 */
export interface RunKills {
  readonly seed: number
  /** Kills that hit a process at work. */
  readonly kills: number
  readonly report: (line: string) => void
  /** Handoffs between the goal and the deepest session. */
  readonly depth?: number
}

export interface RunKillsReport {
  readonly seed: number
  readonly histories: number
  readonly kills: number
  readonly events: number
  /** Each with the seed and number of its history. */
  readonly problems: readonly string[]
}

interface History {
  readonly folder: string
  readonly random: () => number
  readonly depth: number
  readonly killsMax: number
}

const killsPerHistoryMax = 3
/** Lines that a run of this depth says, and a little more: some kills come too late, which is a case too. */
const linesAtRandom = 30
const pauseMsMax = 40

export async function run({ seed, kills, report, depth = 2 }: RunKills): Promise<RunKillsReport> {
  const random = mulberry32(seed)
  const problems: string[] = []
  const found = { histories: 0, kills: 0, events: 0 }
  report(`run-kills: seed ${seed}, ${kills} kills`)
  while (found.kills < kills && found.histories < kills * 2 + 5) {
    found.histories += 1
    const folder = mkdtempSync(join(tmpdir(), 'daybook-kills-'))
    try {
      const killsMax = Math.min(killsPerHistoryMax, kills - found.kills)
      const history = await killAndResume({ folder, random, depth, killsMax })
      found.kills += history.kills
      found.events += history.events
      for (const problem of history.problems)
        problems.push(`seed ${seed}, history ${found.histories}: ${problem}`)
      report(
        `history ${found.histories}: killed ${history.killedAt.join(', ') || 'never'}; ${history.events} events, ${history.problems.length} problems`,
      )
      for (const problem of history.problems) report(`  ${problem}`)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
  return { seed, ...found, problems }
}

interface Resumed {
  readonly kills: number
  readonly killedAt: readonly string[]
  readonly events: number
  readonly problems: readonly string[]
}

async function killAndResume(history: History): Promise<Resumed> {
  const { folder, random, killsMax, depth } = history
  const first = ['run', goal, '--rehearse', '--agents', cast, '--depth', String(depth)]
  const resume = ['run', '--resume', '--rehearse', '--agents', cast]
  const killedAt: string[] = []
  const wanted = 1 + Math.floor(random() * killsMax)
  for (let kill = 0; kill < wanted; kill += 1) {
    const started = (await eventsOf(folder)).some(({ type }) => type === 'WorkflowStarted')
    const at = await runAndKill(started ? resume : first, history)
    if (at !== null) killedAt.push(at)
  }
  const started = (await eventsOf(folder)).some(({ type }) => type === 'WorkflowStarted')
  const last = await daybook([...(started ? resume : first), '--json'], { cwd: folder })
  const check = await daybook(['--rehearsal', 'rebuild', '--check', '--json'], { cwd: folder })
  const events = await eventsOf(folder)
  const workflow = events.find(({ type }) => type === 'WorkflowStarted')?.stream.slice('workflow-'.length)
  const problems = [
    ...(last.code === 0 ? [] : [`the last run ended with ${last.code}: ${last.stderr.slice(-500)}`]),
    ...(check.code === 0 ? [] : [`rebuild --check ended with ${check.code}: ${check.stdout}${check.stderr}`]),
    ...(workflow === undefined ? ['no workflow was started'] : problemsOf(events, workflow)),
  ]
  return { kills: killedAt.length, killedAt, events: events.length, problems }
}

/** Kills the process a moment after it said a certain number of lines; null when it ended before. */
async function runAndKill(args: readonly string[], { folder, random }: History): Promise<string | null> {
  const line = 1 + Math.floor(random() * linesAtRandom)
  const pauseMs = Math.floor(random() * pauseMsMax)
  const child = start(args, { cwd: folder })
  const end = ended(child)
  let lines = 0
  for await (const _ of createInterface({ input: child.stderr! })) {
    lines += 1
    if (lines !== line) continue
    await delay(pauseMs)
    child.kill('SIGKILL')
  }
  const { signal } = await end
  return signal === 'SIGKILL' ? `${pauseMs} ms after line ${line}` : null
}

async function eventsOf(folder: string): Promise<RecordedEvent[]> {
  const path = join(folder, '.daybook/rehearsal/log.db')
  if (!readable(path)) return []
  const store = await openStore(`sqlite:${path}`, { clock: { now: () => Date.now() }, mode: 'read' })
  try {
    return await Array.fromAsync(store.readAll())
  } finally {
    await store.close()
  }
}

/** False while there is no log, or only an empty file of a process that was killed while it made one. */
function readable(path: string): boolean {
  try {
    return readFileSync(path).length > 0
  } catch {
    return false
  }
}

const killsWhole = 2_000

export const soak: Soak = {
  name: 'run-kills',
  async run({ seed, scale, report }) {
    const { problems, ...figures } = await run({ seed, kills: share(killsWhole, { scale }), report })
    if (problems.length > 0) throw new Error(`${problems.length} problems, the first: ${problems[0]}`)
    return figures
  },
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { kills: { type: 'string' }, seed: { type: 'string' } } })
  const seed = Number(values.seed ?? Date.now() % 2 ** 31)
  const { problems, ...figures } = await run({
    seed,
    kills: Number(values.kills ?? killsWhole),
    report: (line) => console.log(line),
  })
  console.log(JSON.stringify({ ...figures, problems: problems.length }))
  process.exitCode = problems.length === 0 ? 0 : 1
}
