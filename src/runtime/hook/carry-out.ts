import './without-compiling.ts'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DaybookError } from '../../kernel/errors.ts'
import { StoreError } from '../../store/port.ts'
import { RenderLock } from '../render-lock.ts'
import type { Removal } from '../secrets/guarded-store.ts'
import { configFileName, resolveSettings } from '../settings.ts'
import type { HookAnswer } from './answers.ts'
import { bringDocumentsUp } from './bring-up.ts'
import { handle } from './handle.ts'
import { type HookLog, openHookLog } from './hook-log.ts'
import { inTime, openPatienceMs, patienceMs } from './in-time.ts'
import type { HookCall } from './payload.ts'
import { documentAt, type HookPlaces } from './places.ts'
import { RecentCalls } from './recent-calls.ts'
import type { Hook, HookEnd } from './run-hook.ts'
import { Spool, type Waiting } from './spool.ts'

/** What is not done in time is left as it is: every step may be taken again. */
export async function carryOutInTime(hook: Hook): Promise<HookEnd> {
  const call = hook.own?.call ?? null
  const progress = { opened: false }
  const ms = patienceMs(call, hook.run.env)
  const end = await inTime(drain(hook, progress), ms)
  if (end !== 'late') return { answer: end, rest: 'nothing' }
  const what = progress.opened ? 'is not done yet; it goes on beside Claude Code' : notOpened
  hook.note(call?.event ?? 'waiting', `${what} (${ms} ms)`)
  return { answer: null, rest: progress.opened && call !== null ? 'late' : 'nothing' }
}

const notOpened = 'the log could not be had in time; it waits on disk for the next hook'

/** One process at a time carries out what waits, in the order in which it came. */
async function drain(hook: Hook, progress: { opened: boolean }): Promise<HookAnswer | null> {
  const { places, spool, own } = hook
  const folder = join(places.dir, 'hooks')
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
      if (isBoundary(waiting)) log.keep()
      if (hook.run.atEnd === 'close') await log.close()
    }
  })
  return answer
}

/** People are told in `doctor`, once for each text: the same one may come in by many events. */
function noteSecret({ note, own }: Hook): (removal: Removal) => void {
  const told = new Set<string>()
  return ({ rule, digest, type }) => {
    if (told.has(digest)) return
    told.add(digest)
    const hint = `If it is none, add "${digest}" to notSecrets in ${configFileName}.`
    note(
      own?.call.event ?? 'waiting',
      `something that looks like a secret (${rule}) was taken out of ${type}. ${hint}`,
    )
  }
}

/** A snapshot for the processes to come takes a moment: where an agent or a session begins or ends there is one. */
function isBoundary(waiting: readonly Waiting[]): boolean {
  return waiting.some(({ call }) => call.event !== 'FileUsed' && call.event !== 'CommandRun')
}

async function openInTime(hook: Hook): Promise<HookLog> {
  const { run, places, own } = hook
  const settings = resolveSettings({}, run.env, places.folder)
  const opening = openHookLog({
    settings,
    places,
    clock: run.clock,
    say: () => undefined,
    onSecret: noteSecret(hook),
  })
  if (own === null) return opening
  const log = await inTime(opening, openPatienceMs(run.env))
  if (log !== 'late') return log
  opening.then((opened) => opened.close()).catch(() => undefined)
  throw new StoreError('unavailable', notOpened)
}

async function carryOut(hook: Hook, log: HookLog, waiting: readonly Waiting[]): Promise<HookAnswer | null> {
  const { spool, own } = hook
  let answer: HookAnswer | null = null
  const done: Waiting[] = []
  const recent = new RecentCalls(hook.places.dir, hook.run.clock.now())
  for (const one of waiting) {
    const isOwn = one.name === own?.name
    if (recent.isTold(one.call)) {
      spool.forget(one)
      continue
    }
    try {
      const said = await handle(log, one.call, isOwn ? 'first' : 'again')
      if (isOwn) answer = said
      else if (said !== null) leaveAnswer(join(hook.places.dir, 'hooks'), one, said)
      done.push(one)
    } catch (error) {
      // The world may be better in a moment; a call that can never be carried out must not hold up the rest.
      if (isPassing(error)) throw error
      hook.note(one.call.event, error)
      spool.setAside(one)
    }
  }
  // Only now: what one call leaves on disk may be another one's, which waits behind it.
  const told = done.map(({ call }) => call)
  if (told.some((call) => mayConcernDocuments(call, hook.places))) await bringDocumentsUp(log, told)
  for (const one of done) spool.forget(one)
  recent.keep()
  return answer
}

/** A file that is no document says nothing about those; and whoever wrote it may be writing one right now. */
function mayConcernDocuments(call: HookCall, places: HookPlaces): boolean {
  return call.event !== 'FileUsed' || documentAt(call.path, places) !== null
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
