import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { RecordedEvent } from '../../src/kernel/event.ts'
import { daybook, ended, main } from '../cli/given.ts'
import type { Ran } from '../cli/in-process.ts'
import { gated } from './crew.ts'
import { eventsOf, type ModelKind, type Next, nextStep, type Step, where } from './next-step.ts'
import { type Outside, type OutsideMemory, startOutside } from './outside.ts'
import { ordersVariable, type Plant, type PointOrders } from './point.ts'

/** When a process of a history dies: at a named place, at its so-manieth, or so many milliseconds after its start. */
export type Death = { readonly at: string } | { readonly nth: number } | { readonly afterMs: number }

export interface HistoryOptions {
  readonly model: ModelKind
  /** Sessions at the same time. */
  readonly concurrency: number
  /**
   * Asked before each process: how it dies, or null for one that is let live. `kills` counts those before it.
   */
  readonly death: (step: Step, kills: number) => Death | null
  /** Where the folder is kept as it is before each process. */
  readonly record?: string
  /** A folder of a recorded history: this one goes on there. */
  readonly from?: string
  readonly plant?: Plant
}

/** A process of a history. */
export interface Process {
  readonly step: Step
  /** `append:ModelAnswered#2:before`, or the milliseconds; null when it ended by itself. */
  readonly killedAt: string | null
  /** The points that it passed, in their order. */
  readonly passed: readonly string[]
  readonly ms: number
  /** The folder as it was before; empty when it was not recorded. */
  readonly before: string
}

export interface History {
  readonly options: HistoryOptions
  readonly processes: readonly Process[]
  readonly kills: number
  /** With those of the recorded history that it goes on from. */
  readonly killsInAll: number
  readonly workflow: string | null
  readonly events: readonly RecordedEvent[]
  readonly acknowledged: readonly string[]
  readonly calls: Outside['calls']
  readonly effects: Outside['effects']
  /** What the ledger in the workspace says; null without one. */
  readonly ledger: string | null
  readonly prove: Ran
  readonly check: Ran
  /** The document as the log has it, and as it stands on disk. */
  readonly shown: string
  readonly rendered: string
  readonly trouble: readonly string[]
}

interface Place {
  readonly folder: string
  readonly options: HistoryOptions
  readonly outside: Outside
}

const preload = new URL('preload.ts', import.meta.url).href
const agents = fileURLToPath(new URL('agents', import.meta.url))
/** A person decides once; each kill may need another look. */
const processesMax = 60

/** Runs a workflow to its end, over the deaths that `options` orders, and gathers what there is to know of it. */
export async function playHistory(options: HistoryOptions): Promise<History> {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-crash-'))
  if (options.from === undefined) prepare(folder, options)
  else cpSync(options.from, folder, { recursive: true })
  const memory = textAt(join(folder, outsideFile))
  const outside = await startOutside(memory === '' ? undefined : (JSON.parse(memory) as OutsideMemory))
  const place = { folder, options, outside }
  try {
    const played = await play(place)
    return await gathered(place, played)
  } finally {
    await outside.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What the world outside remembers, in a recorded folder. */
const outsideFile = 'outside.json'

function prepare(folder: string, { concurrency }: HistoryOptions): void {
  const approvals = [{ agent: gated.agent, tool: gated.tool }]
  const config = { agents, depthMax: 1, concurrency, approvals }
  writeFileSync(join(folder, 'daybook.config.json'), JSON.stringify(config))
}

interface Played {
  readonly processes: readonly Process[]
  readonly trouble: readonly string[]
}

async function play(place: Place): Promise<Played> {
  const { folder, options, outside } = place
  const standing = { folder, model: options.model, outside }
  const processes: Process[] = []
  const trouble: string[] = []
  let kills = 0
  for (let next = await nextStep(standing); next !== null; next = await nextStep(standing)) {
    if (processes.length === processesMax) {
      trouble.push(`${processesMax} processes, and still not over`)
      break
    }
    const death = next.isLastAttempt ? null : options.death(next.step, kills)
    const before = options.record === undefined ? '' : record(place, `${processes.length}-${next.step}`)
    const lived = await runProcess(place, next, death)
    const process = { ...lived.process, before }
    processes.push(process)
    if (process.killedAt !== null) {
      kills += 1
      await outside.killed()
    }
    if (lived.trouble !== null) trouble.push(lived.trouble)
    if (trouble.length >= 3) break
  }
  return { processes, trouble }
}

function record({ folder, options, outside }: Place, name: string): string {
  const copy = join(options.record ?? '', name)
  writeFileSync(join(folder, outsideFile), JSON.stringify(outside.memory()))
  cpSync(folder, copy, { recursive: true })
  return copy
}

interface Lived {
  readonly process: Omit<Process, 'before'>
  readonly trouble: string | null
}

async function runProcess(place: Place, { step, args }: Next, death: Death | null): Promise<Lived> {
  const { folder, options, outside } = place
  const beganMs = performance.now()
  const passedFile = join(folder, 'passed')
  writeFileSync(passedFile, '')
  const orders: PointOrders = {
    ...(death !== null && 'at' in death ? { at: death.at } : {}),
    ...(death !== null && 'nth' in death ? { nth: death.nth } : {}),
    passed: passedFile,
    ...(options.plant === undefined ? {} : { plant: options.plant }),
    acknowledged: join(folder, 'acknowledged'),
    outside: outside.url,
  }
  const child = spawn(process.execPath, ['--import', preload, main, ...args], {
    cwd: folder,
    env: {
      ...process.env,
      [ordersVariable]: JSON.stringify(orders),
      ANTHROPIC_API_KEY: 'test',
      ANTHROPIC_BASE_URL: outside.messagesUrl,
    },
  })
  const end = ended(child)
  const stop = new AbortController()
  if (death !== null && 'afterMs' in death)
    delay(death.afterMs, undefined, { signal: stop.signal }).then(
      () => child.kill('SIGKILL'),
      () => undefined,
    )
  const { code, signal, stderr } = await end
  stop.abort()
  const passed = readFileSync(passedFile, 'utf8').split('\n').slice(0, -1)
  // A process that dies at a point passes no other after it.
  const when = death !== null && 'afterMs' in death ? `${death.afterMs} ms` : (passed.at(-1) ?? '?')
  const killedAt = signal === 'SIGKILL' ? when : null
  const good = killedAt !== null || code === 0
  return {
    process: { step, killedAt, passed, ms: performance.now() - beganMs },
    trouble: good ? null : `daybook ${args.join(' ')} ended with ${code ?? signal}: ${stderr.slice(-600)}`,
  }
}

async function gathered(place: Place, { processes, trouble }: Played): Promise<History> {
  const { folder, options, outside } = place
  const events = await eventsOf(folder, options.model)
  const started = events.find(({ type }) => type === 'WorkflowStarted')
  const workflow = started?.stream.slice('workflow-'.length) ?? null
  const look = (...args: string[]) => daybook([...where(options.model), ...args], { cwd: folder })
  const memory = options.model === 'rehearsal' ? '.daybook/rehearsal/memory' : '.superagent/memory'
  return {
    options,
    processes,
    kills: processes.filter(({ killedAt }) => killedAt !== null).length,
    killsInAll: outside.memory().kills,
    workflow,
    events,
    acknowledged: textAt(join(folder, 'acknowledged')).split('\n').slice(0, -1),
    calls: outside.calls,
    effects: outside.effects,
    ledger: textAt(join(folder, 'ledger.txt')) || null,
    prove: await look('prove', workflow ?? 'none', '--json'),
    check: await look('rebuild', '--check', '--json'),
    shown: (await look('memory', 'show')).stdout,
    rendered: textAt(join(folder, memory, 'insights.md')),
    trouble,
  }
}

function textAt(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
