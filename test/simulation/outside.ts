import type { Model, ModelFailure, ModelRequest, ModelResult } from '../../src/models/port.ts'
import type { SessionRun } from '../../src/runtime/session/session-run.ts'
import { failed, returned, type Tool, type ToolClass, type ToolResult } from '../../src/tools/port.ts'
import type { Brain } from './brain.ts'
import { type Fault, type Faults, modelFaults, toolFaults } from './faults.ts'
import type { Laws } from './laws.ts'
import type { SimProcess } from './sim-process.ts'
import type { World } from './world.ts'

export interface Reached {
  readonly process: SimProcess
  readonly world: World
  readonly faults: Faults
  readonly laws: Laws
}

/** The model's server, as one process reaches it. */
export function modelOf(
  { process, world, faults, laws }: Reached,
  { brain, sessionAsking }: { brain: Brain; sessionAsking: (onText?: (text: string) => void) => string },
): Model {
  return {
    runner: 'claude',
    answer(request, { signal, onText }) {
      if (signal.aborted) return Promise.reject(signal.reason)
      laws.calls.modelAsked(process.name, sessionAsking(onText))
      const fault = faults.draw('model', modelFaults)
      return new Promise((resolve, reject) => {
        const over = () => reject(signal.reason)
        signal.addEventListener('abort', over, { once: true })
        const land = () => {
          if (fault === 'crash_before') return process.crash()
          const result = modelResult(fault, () => brain.answer(request), request)
          if (fault === 'crash_after') return process.crash()
          const ms = fault === 'late' ? world.chance.between(6_000, 20_000) : world.chance.between(20, 1_500)
          world.after(process, ms, () => {
            signal.removeEventListener('abort', over)
            resolve(result)
          })
        }
        process.send('model', world.chance.between(1, 20), land)
      })
    },
  }
}

const failures: Partial<Record<Fault, ModelFailure>> = {
  overloaded: { kind: 'overloaded', message: 'simulated: 529', retryable: true },
  rate_limited: { kind: 'rate_limited', message: 'simulated: 429', retryable: true, retryAfterMs: 3_000 },
  cut_stream: {
    kind: 'cut_stream',
    message: 'simulated: the stream was cut',
    retryable: true,
    partial: [{ type: 'text', text: 'And' }],
  },
  refused_for_good: { kind: 'authentication', message: 'simulated: 401', retryable: false },
}

function modelResult(
  fault: Fault | null,
  say: () => ReturnType<Brain['answer']>,
  { messages }: ModelRequest,
): ModelResult {
  const failure = fault === null ? undefined : failures[fault]
  if (failure !== undefined) return { failure }
  const usage = {
    inputTokens: 100 + messages.length * 50,
    outputTokens: 40,
    cacheWriteTokens: 0,
    cacheReadTokens: 0,
  }
  return { answer: { ...say(), usage, costUsd: 0.01 } }
}

/** A server outside that does what tools ask, counts it, and remembers what it did under which key. */
export class ToolServer {
  readonly done = new Map<string, string>()
}

const classes = {
  lookup: 'pure',
  charge: 'keyed',
  deploy: 'probeable',
  announce: 'unsafe',
} as const satisfies Record<string, ToolClass>

/** Tools of all four classes, as one session reaches them. */
export function toolsOf(reached: Reached, server: ToolServer, run: Omit<SessionRun, 'tools'>): Tool[] {
  if (run.definition.tools?.length === 0) return []
  return Object.entries(classes).map(([name, kind]) =>
    toolOf(reached, { server, session: run.id, name, kind }),
  )
}

interface ToolParts {
  readonly server: ToolServer
  readonly session: string
  readonly name: string
  readonly kind: ToolClass
}

function toolOf(reached: Reached, { server, session, name, kind }: ToolParts): Tool {
  const tool: Tool = {
    name,
    description: `Simulated: ${kind}.`,
    inputSchema: { type: 'object' },
    class: kind,
    run: (input, { key, signal }) =>
      use(reached, { operation: `tool ${kind}`, signal }, (wasHeldUp) => {
        const { token = '' } = (input ?? {}) as { token?: string }
        if (kind === 'pure' || (kind === 'keyed' && server.done.has(key))) return returned(`${name} ${token}`)
        server.done.set(key, token)
        const isBelated = kind === 'probeable' && wasHeldUp
        reached.laws.calls.effect({ session, token, tool: name, isBelated })
        return returned(`${name} ${token}`)
      }),
  }
  if (kind !== 'probeable') return tool
  return {
    ...tool,
    probe: (_, { key, signal }) =>
      use(reached, { operation: 'tool probe', signal }, () => {
        const token = server.done.get(key)
        return token === undefined ? null : returned(`${name} ${token}`)
      }),
  }
}

/** Longer only where whoever sends it stands still meanwhile. */
const onTheWayMsMax = 20

function use<Result extends ToolResult | null>(
  { process, world, faults }: Reached,
  { operation, signal }: { operation: string; signal: AbortSignal },
  act: (wasHeldUp: boolean) => Result,
): Promise<Result> {
  const fault = faults.draw(operation, toolFaults)
  return new Promise((resolve, reject) => {
    const over = () => reject(signal.reason)
    if (signal.aborted) return over()
    signal.addEventListener('abort', over, { once: true })
    const sentMs = world.nowMs
    const land = () => {
      if (fault === 'crash_before') return process.crash()
      const wasHeldUp = world.nowMs - sentMs > onTheWayMsMax
      const result = fault === 'failed' ? (failed('simulated: out of order') as Result) : act(wasHeldUp)
      if (fault === 'crash_after') return process.crash()
      world.after(process, fault === 'slow' ? 9_000 : world.chance.between(1, 300), () => {
        signal.removeEventListener('abort', over)
        resolve(result)
      })
    }
    process.send(operation, world.chance.between(0.5, onTheWayMsMax), land)
  })
}
