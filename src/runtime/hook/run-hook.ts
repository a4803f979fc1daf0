import type { Clock } from '../../kernel/clock.ts'
import { DaybookError } from '../../kernel/errors.ts'
import type { HookAnswer } from './answers.ts'
import { noteFailure } from './failures.ts'
import { isNothingToDo } from './nothing-to-do.ts'
import { readPayload } from './payload.ts'
import { type HookPlaces, hookPlaces } from './places.ts'
import { Spool, type Waiting } from './spool.ts'

export interface HookRun {
  /** What Claude Code gave on stdin; null to carry out what waits, and nothing else. */
  readonly input: string | null
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly clock: Clock
  /**
   * `close`: the log is closed before this is over. `exit`: the process ends at once, which closes it as well;
   * tidying up its write-ahead log is left to whoever has the time.
   */
  readonly atEnd: 'close' | 'exit'
}

export interface HookEnd {
  readonly answer: HookAnswer | null
  /** `late`: the log was open and there is more to do than a hook has time for; somebody may go on beside it. */
  readonly rest: 'nothing' | 'late'
}

/** One call on its way into the log. */
export interface Hook {
  readonly run: HookRun
  readonly places: HookPlaces
  readonly spool: Spool
  /** Null when only what waits is to be carried out. */
  readonly own: Waiting | null
  readonly note: (event: string, error: unknown) => void
}

const nothing: HookEnd = { answer: null, rest: 'nothing' }

/**
 * Carries out one hook call, and before it whatever waits. Always resolves, whatever went wrong: that is noted for
 * `doctor`, and what could not be recorded waits on disk for the next call. Silent where Daybook is not set up.
 */
export async function runHook(run: HookRun): Promise<HookEnd> {
  const { input, env, cwd, clock } = run
  const places = hookPlaces(env.CLAUDE_PROJECT_DIR || folderIn(input) || cwd, env)
  if (places === null) return nothing
  const note = (event: string, error: unknown) =>
    noteFailure(places.dir, { at: new Date(clock.now()).toISOString(), event, message: messageOf(error) })
  let event = 'hook'
  try {
    const call = input === null ? null : readPayload(input)
    if (input !== null && call === null) return nothing
    event = call?.event ?? 'waiting'
    const spool = new Spool(places.dir)
    if (call !== null && spool.count() === 0 && isNothingToDo(call, places)) return nothing
    const own = call === null ? null : spool.put(call, clock.now())
    // Safe on disk by now; what puts it into the log takes longer to load than all of this takes.
    const { carryOutInTime } = await import('./carry-out.ts')
    return await carryOutInTime({ run, places, spool, own, note })
  } catch (error) {
    note(event, error)
    return nothing
  }
}

function folderIn(input: string | null): string | null {
  const found = /"cwd"\s*:\s*("(?:[^"\\]|\\.)*")/u.exec(input?.slice(0, 10_000) ?? '')?.[1]
  try {
    return found === undefined ? null : (JSON.parse(found) as string)
  } catch {
    return null
  }
}

function messageOf(error: unknown): string {
  if (error instanceof DaybookError || typeof error === 'string') return String(error)
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
