import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import v8 from 'node:v8'
import { runInNewContext } from 'node:vm'
import { v7 } from 'uuid'
import { catalogue } from '../../src/kernel/event-schema.ts'
import type { Model, ModelRequest } from '../../src/models/port.ts'
import { openDaybook } from '../../src/runtime/daybook.ts'
import { prove } from '../../src/runtime/proof/prove.ts'
import { resolveSettings } from '../../src/runtime/settings.ts'
import { startWorkflow } from '../../src/runtime/start-workflow.ts'
import { Worker } from '../../src/runtime/worker.ts'
import { defaultLimits } from '../../src/runtime/workflow-defaults.ts'
import { Codec } from '../../src/store/codec.ts'
import type { EventStore } from '../../src/store/port.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Tool } from '../../src/tools/port.ts'
import { newEvent } from './bare-log.ts'
import { langgraphSaver } from './langgraph-saver.ts'
import { median, numberOf } from './race.ts'

/**
 * One long session: each turn the model says a part of its 2 KB and calls a tool that gives back the rest. Daybook
 * runs it as it runs any session (intent, answer, intent and result of the tool, each durable); beside it the saver
 * of LangGraph, which puts the whole conversation into a checkpoint after each turn. That grows with the square of
 * the turns (5,000 would be some 25 GB), so its turns are fewer, and its figures are of those.
 *
 * `node bench/src/long-session.ts [--turns 5000] [--peer-turns 500]`; one JSON line a figure.
 */
v8.setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const turns = numberOf('--turns', 5_000)
const peerTurns = numberOf('--peer-turns', 500)
const edge = Math.max(1, Math.min(500, Math.floor(turns / 10)))
const said = words(1_000)
const found = words(1_000)
const folder = mkdtempSync(join(tmpdir(), 'daybook-long-'))

try {
  await ours(join(folder, 'ours'))
  await theirs(join(folder, 'theirs.db'))
} finally {
  rmSync(folder, { recursive: true })
}

async function ours(dir: string): Promise<void> {
  const settings = resolveSettings({ dir, memory: join(dir, 'memory'), agents: agentsIn(dir) }, {}, dir)
  const daybook = await openDaybook(settings, { agents: 'sync' })
  const { project } = daybook
  const appends: number[] = []
  const controls: number[] = []
  timing(project.store, appends)
  const control = await openSqliteStore({
    path: join(dir, 'control.db'),
    codec: new Codec(catalogue([])),
    clock: { now: () => Date.now() },
    mode: 'write',
  })
  const memory = new Map<number, number>()
  let payload = 0
  let turn = 0
  const look: Tool = {
    name: 'look',
    description: 'Looks.',
    inputSchema: { type: 'object' },
    class: 'pure',
    async run() {
      payload += found.length
      const from = performance.now()
      await control.append(`memory-${v7()}`, [newEvent()], { expected: 'no_stream' })
      controls.push(performance.now() - from)
      return { kind: 'returned', output: found, isError: false, findings: [] }
    },
  }
  const model: Model = {
    runner: 'claude',
    async answer({ messages }: ModelRequest) {
      turn += 1
      if (turn === edge || turn === turns) memory.set(turn, heapMb())
      const usage = {
        inputTokens: 2,
        outputTokens: 500,
        cacheWriteTokens: 500,
        cacheReadTokens: messages.length,
      }
      const call = { type: 'tool_use', id: `toolu_${turn}`, name: 'look', input: {} }
      payload += said.length
      const content = turn < turns ? [{ type: 'text', text: said }, call] : [{ type: 'text', text: said }]
      return { answer: { content, stopReason: turn < turns ? 'tool_use' : 'end_turn', usage, costUsd: 0 } }
    },
  }
  const workflow = await startWorkflow(project, {
    goal: 'Look again and again.',
    roster: daybook.roster,
    entry: null,
    by: daybook.person,
    limits: {
      ...defaultLimits,
      turnsPerSessionMax: turns + 1,
      tokensMax: 1e12,
      wallTimePerSessionMs: 86_400_000,
    },
    model: 'sonnet',
    rehearsal: false,
  })
  const before = logBytes(settings.dir)
  const began = performance.now()
  await new Worker({ project, modelFor: () => ({ model, name: 'scripted' }), toolsFor: () => [look] }).drain()
  const elapsedMs = performance.now() - began
  const proof = await prove(project, workflow)
  if (!proof.intact || turn < turns) throw new Error(`not as it should be: ${JSON.stringify(proof)}`)
  await control.close()
  await daybook.close()
  const log = logBytes(settings.dir) - before
  tell(`a session of ${turns} turns, Daybook (proved intact)`, {
    appends: appends.slice(2),
    controls,
    perTurn: (appends.length - 2) / turns,
    elapsedMs,
    log,
    payload,
    memory: [memory.get(edge)!, memory.get(turns)!],
  })
}

async function theirs(path: string): Promise<void> {
  const what = `a session of ${peerTurns} turns, @langchain/langgraph-checkpoint-sqlite (fewer, for its log grows with the square)`
  const peer = await langgraphSaver(path)
  if ('why' in peer) {
    console.log(JSON.stringify({ what: `${what}: cannot be run here: ${peer.why}` }))
    return
  }
  const { saver, empty } = peer
  const puts: number[] = []
  const messages: { role: string; content: string }[] = []
  const memory: number[] = []
  let config: object = { configurable: { thread_id: 'long', checkpoint_ns: '' } }
  const began = performance.now()
  for (let turn = 1; turn <= peerTurns; turn += 1) {
    messages.push({ role: 'assistant', content: said }, { role: 'tool', content: found })
    const checkpoint = { ...empty, id: v7(), channel_values: { messages } }
    const from = performance.now()
    config = await saver.put(config, checkpoint, { source: 'loop', step: turn, parents: {} })
    puts.push(performance.now() - from)
    if (turn === Math.max(1, Math.floor(peerTurns / 10)) || turn === peerTurns) memory.push(heapMb())
  }
  const elapsedMs = performance.now() - began
  const payload = peerTurns * (said.length + found.length)
  tell(what, {
    appends: puts,
    perTurn: 1,
    elapsedMs,
    log: logBytes(folder, 'theirs.db'),
    payload,
    memory: [memory[0] ?? 0, memory.at(-1) ?? 0],
  })
  saver.close()
}

interface Measured {
  readonly appends: readonly number[]
  /** Appends of one event to a new stream of another log, one a turn: what the machine does meanwhile. */
  readonly controls?: readonly number[]
  readonly perTurn: number
  readonly elapsedMs: number
  readonly log: number
  readonly payload: number
  readonly memory: readonly [first: number, last: number]
}

function tell(what: string, { appends, controls, perTurn, elapsedMs, log, payload, memory }: Measured): void {
  const edgeAppends = Math.floor(Math.min(edge, appends.length / perTurn / 10) * perTurn)
  const first = median(appends.slice(0, edgeAppends))
  const last = median(appends.slice(-edgeAppends))
  const figures = {
    'log to payload': round(log / payload),
    'last appends to first (median)': round(last / first),
    ...(controls === undefined ? {} : { 'the same in new streams meanwhile': round(drift(controls)) }),
  }
  const ms = {
    'an append of the first turns': round(first),
    'an append of the last turns': round(last),
    'all turns': Math.round(elapsedMs),
  }
  const mb = {
    payload: round(payload / 2 ** 20),
    log: round(log / 2 ** 20),
    'heap after the first turns': memory[0],
    'heap after the last turns': memory[1],
  }
  console.log(JSON.stringify({ what, figures, ms, mb }))
}

/** How much longer the last of these took than the first, by the weather on the machine alone. */
function drift(controls: readonly number[]): number {
  return median(controls.slice(-edge)) / median(controls.slice(0, edge))
}

/** How long each append to a session takes, until it is durable. */
function timing(store: EventStore, appends: number[]): void {
  const append = store.append.bind(store)
  store.append = async (stream, events, options) => {
    const from = performance.now()
    const done = await append(stream, events, options)
    if (stream.startsWith('session-')) appends.push(performance.now() - from)
    return done
  }
}

/** One agent that keeps no section and is asked for no summary. */
function agentsIn(dir: string): string {
  const agents = join(dir, 'agents')
  mkdirSync(agents, { recursive: true })
  writeFileSync(
    join(agents, 'looker.md'),
    '---\nname: looker\ndescription: Use this agent to look.\n---\n\nYou look.\n',
  )
  return agents
}

/** A database with its write-ahead log. */
function logBytes(dir: string, name = 'log.db'): number {
  const files = readdirSync(dir).filter((file) => file.startsWith(name) && !file.endsWith('-shm'))
  return files.reduce((sum, file) => sum + statSync(join(dir, file)).size, 0)
}

function heapMb(): number {
  collect()
  return Math.round(process.memoryUsage().heapUsed / 2 ** 20)
}

/** Text that looks like text, of so many bytes. */
function words(bytes: number): string {
  const sentence =
    'The door of the north wing is green, and nobody knows since when; the keys hang in the hall. '
  return sentence.repeat(Math.ceil(bytes / sentence.length)).slice(0, bytes)
}

function round(value: number): number {
  return Number(value.toPrecision(3))
}
