import { join } from 'node:path'
import type { RecordedEvent } from '../../src/kernel/event.ts'
import { limits } from '../../src/kernel/limits.ts'
import { openStore } from '../../src/runtime/open-store.ts'
import { StoreError } from '../../src/store/port.ts'
import { result } from '../cli/given.ts'
import { gated, goal } from './crew.ts'
import type { Outside } from './outside.ts'

export const models = ['rehearsal', 'claude'] as const
export type ModelKind = (typeof models)[number]

/** What a process of a history is for. A person's decisions are processes, too. */
export type Step = 'run' | 'resume' | 'approve' | 'decide'

export interface Next {
  readonly step: Step
  readonly args: readonly string[]
  /** Another kill without a step in between would quarantine what dies again and again, as it should. */
  readonly isLastAttempt: boolean
}

/** How a workflow stands, inside and outside. */
export interface Standing {
  readonly folder: string
  readonly model: ModelKind
  readonly outside: Outside
}

interface Waiting {
  readonly id: string
  readonly reason: string
  readonly remedy: string
}

/** What a person would do now, by what the log and `daybook waiting` say; null when the workflow is over. */
export async function nextStep({ folder, model, outside }: Standing): Promise<Next | null> {
  const flags = model === 'rehearsal' ? ['--rehearse'] : []
  const events = await eventsOf(folder, model)
  const isLastAttempt = hasLastAttempt(events)
  if (!events.some(({ type }) => type === 'WorkflowStarted'))
    return { step: 'run', args: ['run', goal, '--entry', 'lead', ...flags], isLastAttempt }
  if (events.some(({ type }) => /^Workflow(?:Completed|Failed|Cancelled)$/u.test(type))) return null
  const resume: Next = { step: 'resume', args: ['run', '--resume', ...flags], isLastAttempt }
  if (!waitsForSomebody(events)) return resume
  const [first] = await result<Waiting[]>([...where(model), 'waiting'], { cwd: folder })
  return first === undefined ? resume : { ...remedy(first, outside), isLastAttempt }
}

/** The remedy as it is shown, with the person's choice where there is one. */
function remedy({ remedy }: Waiting, { effects }: Outside): Pick<Next, 'step' | 'args'> {
  const words = remedy.split(' ').slice(1)
  if (words.includes('approve|deny'))
    return { step: 'approve', args: words.map((word) => (word === 'approve|deny' ? 'approve' : word)) }
  const choice = (effects.get(gated.token) ?? 0) > 0 ? '--skip' : '--retry'
  return { step: 'decide', args: words.map((word) => (word.startsWith('--retry|') ? choice : word)) }
}

/** Some session stands paused, and not for an answer. Without one nobody needs to be asked what waits. */
function waitsForSomebody(events: readonly RecordedEvent[]): boolean {
  const waits = new Map<string, boolean>()
  for (const { stream, type, data } of events) {
    if (type === 'SessionPaused') waits.set(stream, (data as { waitsFor?: string }).waitsFor !== 'answer')
    if (type === 'SessionResumed') waits.set(stream, false)
  }
  return [...waits.values()].includes(true)
}

function hasLastAttempt(events: readonly RecordedEvent[]): boolean {
  const attempts = new Map<string, number>()
  const sessions = new Map<string, string>()
  for (const { stream, type, data } of events) {
    if (type === 'HandoffAccepted') {
      attempts.set(stream, (attempts.get(stream) ?? 0) + 1)
      sessions.set(`session-${(data as { session: string }).session}`, stream)
    }
    const isStep = type === 'ModelAnswered' || type === 'ToolReturned'
    // Its own death counts, too, when it comes before another step.
    if (isStep) attempts.set(sessions.get(stream) ?? '', 1)
    if (type === 'HandoffCompleted') attempts.delete(stream)
    const isReleased = type === 'HandoffProgressed' && (data as { released?: true }).released === true
    if (isReleased) attempts.set(stream, (attempts.get(stream) ?? 1) - 1)
  }
  return Math.max(0, ...attempts.values()) >= limits.handoffAttemptsMax - 1
}

/** The flags that look where the model's log is. */
export function where(model: ModelKind): string[] {
  return model === 'rehearsal' ? ['--rehearsal'] : []
}

export async function eventsOf(folder: string, model: ModelKind): Promise<RecordedEvent[]> {
  const path = join(folder, model === 'rehearsal' ? '.daybook/rehearsal/log.db' : '.daybook/log.db')
  // Absent, or only begun by a process that was killed while it made one.
  const store = await openStore(`sqlite:${path}`, { clock: { now: () => Date.now() }, mode: 'read' }).catch(
    (error: unknown) => {
      if (error instanceof StoreError && error.code === 'not_found') return null
      throw error
    },
  )
  if (store === null) return []
  try {
    return await Array.fromAsync(store.readAll())
  } finally {
    await store.close()
  }
}
