import type { Clock } from '../../kernel/clock.ts'
import { DaybookError } from '../../kernel/errors.ts'
import type { HookAnswer } from './answers.ts'
import { AgentsAtWork } from './at-work.ts'
import { noteFailure } from './failures.ts'
import { inTime, openPatienceMs } from './in-time.ts'
import { isNothingToDo } from './nothing-to-do.ts'
import { type HookCall, readPayload } from './payload.ts'
import { documentAt, type HookPlaces, hookPlaces } from './places.ts'
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
    const isFirst = spool.count() === 0
    if (call !== null && isFirst && isNothingToDo(call, places)) return nothing
    const own = call === null ? null : spool.put(call, clock.now())
    // Safe on disk by now; what puts it into the log takes longer to load than all of this takes.
    if (isFirst && own !== null && (await isQuicklyDone(run, places, own.call))) {
      spool.forget(own)
      return nothing
    }
    const { carryOutInTime } = await import('./carry-out.ts')
    return await carryOutInTime({ run, places, spool, own, note })
  } catch (error) {
    note(event, error)
    return nothing
  }
}

/** A file that is no document, changed by an agent at work: nothing else has to be known. False for everything else. */
async function isQuicklyDone(run: HookRun, places: HookPlaces, call: HookCall): Promise<boolean> {
  const { log } = places
  if (call.event !== 'FileUsed' || call.agent === null || log === null) return false
  const work = new AgentsAtWork(places.dir).find(call.session, call.agent)
  if (work === null || documentAt(call.path, places) !== null) return false
  const { recordChangedFile } = await import('./changed-file.ts')
  const recorded = recordChangedFile(call, { places: { ...places, log }, work, run })
  if ((await inTime(recorded, openPatienceMs(run.env))) !== 'late') return true
  throw new DaybookError(
    'unavailable',
    'the log could not be had in time; it waits on disk for the next hook',
  )
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
