import { setTimeout as sleep } from 'node:timers/promises'
import { limits } from '../../kernel/limits.ts'
import type { HookCall } from './payload.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** `late` when the work is not done by then; what it rejects with after that is nobody's. */
export async function inTime<Result>(work: Promise<Result>, ms: number): Promise<Result | 'late'> {
  const over = new AbortController()
  const timeout = sleep(ms, 'late' as const, { signal: over.signal })
  try {
    return await Promise.race([work, timeout])
  } finally {
    over.abort()
    timeout.catch(() => undefined)
    work.catch(() => undefined)
  }
}

/** How long Claude Code may be kept waiting. `DAYBOOK_HOOK_MS` names another time, for a machine that is slower than most. */
export function patienceMs(call: HookCall | null, env: Environment): number {
  const named = Number(env.DAYBOOK_HOOK_MS)
  if (named > 0) return named
  if (call === null) return limits.hookCatchUpMs
  return call.event === 'SessionStart' ? limits.hookSessionMs : limits.hookMs
}

/** How much of that may go by until the log can be had. */
export function openPatienceMs(env: Environment): number {
  return Math.max(limits.hookOpenMs, Number(env.DAYBOOK_HOOK_MS) / 4 || 0)
}
