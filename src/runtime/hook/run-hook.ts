import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../kernel/clock.ts'
import { DaybookError } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import { StoreError } from '../../store/port.ts'
import { RenderLock } from '../render-lock.ts'
import { configFileName, resolveSettings, type Settings } from '../settings.ts'
import type { HookAnswer } from './answers.ts'
import { noteFailure } from './failures.ts'
import { handle } from './handle.ts'
import { type HookLog, openHookLog } from './hook-log.ts'
import { type HookCall, readPayload } from './payload.ts'
import { Spool, type Waiting } from './spool.ts'

export interface HookRun {
  /** What Claude Code gave on stdin; null to carry out what waits, and nothing else. */
  readonly input: string | null
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly clock: Clock
}

export interface HookEnd {
  readonly answer: HookAnswer | null
  /** `late`: the log was open and there is more to do than a hook has time for; somebody may go on beside it. */
  readonly rest: 'nothing' | 'late'
}

/**
 * Carries out one hook call, and before it whatever waits. Always resolves, whatever went wrong: that is noted for
 * `doctor`, and what could not be recorded waits on disk for the next call. Silent where Daybook is not set up.
 */
export async function runHook(run: HookRun): Promise<HookEnd> {
  const folder = projectFolder(run)
  if (folder === null) return nothing
  const places = placesOf(run, folder)
  const note = (event: string, error: unknown) =>
    noteFailure(places.dir, { at: new Date(run.clock.now()).toISOString(), event, message: messageOf(error) })
  let event = 'hook'
  try {
    const call = run.input === null ? null : readPayload(run.input)
    if (run.input !== null && call === null) return nothing
    event = call?.event ?? 'waiting'
    const spool = new Spool(places.dir)
    const own = call === null ? null : spool.put(call, run.clock.now())
    if (places.settings === null) throw places.problem
    const hook = { run, folder, settings: places.settings, spool, own, note }
    return await inTime(hook, call)
  } catch (error) {
    note(event, error)
    return nothing
  }
}

const nothing: HookEnd = { answer: null, rest: 'nothing' }

/** Where Claude Code was started: the nearest folder upwards that Daybook was set up in; null for none. */
function projectFolder({ env, cwd, input }: HookRun): string | null {
  const begin = env.CLAUDE_PROJECT_DIR ?? folderIn(input) ?? cwd
  for (let at = resolve(begin); ; at = dirname(at)) {
    if (isThere(join(at, configFileName)) || isThere(join(at, '.daybook'))) return at
    if (at === dirname(at)) return null
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

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

type Places =
  | { readonly settings: Settings; readonly dir: string }
  | { readonly settings: null; readonly dir: string; readonly problem: unknown }

/** A configuration that cannot be read is noted where Daybook's folder usually is. */
function placesOf({ env }: HookRun, folder: string): Places {
  try {
    const settings = resolveSettings({}, env, folder)
    return { settings, dir: settings.dir }
  } catch (problem) {
    return { settings: null, dir: join(folder, '.daybook'), problem }
  }
}

interface Hook {
  readonly run: HookRun
  readonly folder: string
  readonly settings: Settings
  readonly spool: Spool
  readonly own: Waiting | null
  readonly note: (event: string, error: unknown) => void
}

/** What is not done in time is left as it is: every step may be taken again. */
async function inTime(hook: Hook, call: HookCall | null): Promise<HookEnd> {
  const progress = { opened: false }
  const ms =
    call === null
      ? limits.hookCatchUpMs
      : call.event === 'SessionStart'
        ? limits.hookSessionMs
        : limits.hookMs
  const late = new AbortController()
  const timeout = sleep(ms, 'late' as const, { signal: late.signal })
  const done = drain(hook, progress)
  try {
    const end = await Promise.race([done, timeout])
    if (end !== 'late') return { answer: end, rest: 'nothing' }
    done.catch(() => undefined)
    const what = progress.opened ? 'is not done yet; it goes on beside Claude Code' : notOpened
    hook.note(call?.event ?? 'waiting', `${what} (${ms} ms)`)
    return { answer: null, rest: progress.opened && call !== null ? 'late' : 'nothing' }
  } finally {
    late.abort()
    timeout.catch(() => undefined)
  }
}

const notOpened = 'the log could not be had in time; it waits on disk for the next hook'

/** One process at a time carries out what waits, in the order in which it came. */
async function drain(hook: Hook, progress: { opened: boolean }): Promise<HookAnswer | null> {
  const { settings, spool, own } = hook
  const folder = join(settings.dir, 'hooks')
  let answer: HookAnswer | null = null
  await new RenderLock(folder).during('hook', async () => {
    // Another process may have carried it out while this one waited for its turn.
    if (own !== null && !spool.has(own)) {
      answer = takeAnswer(folder, own)
      return
    }
    const waiting = spool.all()
    if (waiting.length === 0) return
    const log = await openInTime(hook)
    progress.opened = true
    try {
      answer = await carryOut(hook, log, waiting)
    } finally {
      await log.close()
    }
  })
  return answer
}

async function openInTime({ run, folder, settings, own }: Hook): Promise<HookLog> {
  const opening = openHookLog({ settings, folder, clock: run.clock, say: () => undefined })
  if (own === null) return opening
  const late = new AbortController()
  const timeout = sleep(limits.hookOpenMs, null, { signal: late.signal })
  const log = await Promise.race([opening, timeout]).finally(() => late.abort())
  timeout.catch(() => undefined)
  if (log !== null) return log
  opening.then((opened) => opened.close()).catch(() => undefined)
  throw new StoreError('unavailable', notOpened)
}

async function carryOut(hook: Hook, log: HookLog, waiting: readonly Waiting[]): Promise<HookAnswer | null> {
  const { spool, own } = hook
  let answer: HookAnswer | null = null
  for (const one of waiting) {
    const isOwn = one.name === own?.name
    try {
      const said = await handle(log, one.call, isOwn ? 'first' : 'again')
      if (isOwn) answer = said
      else if (said !== null) leaveAnswer(join(hook.settings.dir, 'hooks'), one, said)
      spool.forget(one)
    } catch (error) {
      // The world may be better in a moment; a call that can never be carried out must not hold up the rest.
      if (isPassing(error)) throw error
      hook.note(one.call.event, error)
      spool.setAside(one)
    }
  }
  return answer
}

function isPassing(error: unknown): boolean {
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return true
  if (!(error instanceof DaybookError)) return false
  return error.code !== 'invalid' && error.code !== 'rejected' && error.code !== 'too_large'
}

/** For a process that waits for its turn: what its call came to. */
function leaveAnswer(folder: string, { name }: Waiting, answer: HookAnswer): void {
  try {
    mkdirSync(join(folder, 'answers'), { recursive: true })
    writeFileSync(join(folder, 'answers', name), JSON.stringify(answer))
  } catch {
    // Its agent is not told, and what happened is on record all the same.
  }
}

function takeAnswer(folder: string, { name }: Waiting): HookAnswer | null {
  const file = join(folder, 'answers', name)
  try {
    const answer = JSON.parse(readFileSync(file, 'utf8')) as HookAnswer
    new Spool(dirname(folder)).forget({ file })
    return answer
  } catch {
    return null
  }
}

function messageOf(error: unknown): string {
  if (error instanceof DaybookError || typeof error === 'string') return String(error)
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
