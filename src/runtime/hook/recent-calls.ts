import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { limits } from '../../kernel/limits.ts'
import type { HookCall } from './payload.ts'
import { shortName } from './places.ts'

/** Calls that say something new each time, however alike they are, or that change nothing the second time. */
const mayRepeat: ReadonlySet<HookCall['event']> = new Set([
  'SessionStart',
  'SessionEnd',
  'SubagentStart',
  'AgentReturned',
  'FileChanged',
])

/**
 * What hooks told a moment ago: a project whose hooks are set up twice, by `init` and by the plugin, tells everything
 * twice, and it happened once. For one process at a time.
 */
export class RecentCalls {
  readonly #file: string
  readonly #nowMs: number
  readonly #atMs: Map<string, number>

  constructor(dir: string, nowMs: number) {
    this.#file = join(dir, 'hooks', 'recent.json')
    this.#nowMs = nowMs
    const recent = Object.entries(read(this.#file)).filter(([, atMs]) => atMs > nowMs - limits.hookTwiceMs)
    this.#atMs = new Map(recent)
  }

  /** Whether it was told before; remembers that it was told now. */
  isTold(call: HookCall): boolean {
    if (mayRepeat.has(call.event)) return false
    const name = shortName(JSON.stringify(call))
    if (this.#atMs.has(name)) return true
    this.#atMs.set(name, this.#nowMs)
    return false
  }

  /** Kept only once what was told is on record. */
  keep(): void {
    try {
      writeFileSync(this.#file, JSON.stringify(Object.fromEntries(this.#atMs)))
    } catch {
      // Then something may be told twice; nothing is lost.
    }
  }
}

function read(file: string): Record<string, number> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>
  } catch {
    return {}
  }
}
