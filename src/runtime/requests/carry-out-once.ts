import { type DaybookError, refusal } from '../../kernel/errors.ts'
import type { Actor, NewEvent } from '../../kernel/event.ts'
import { limits } from '../../kernel/limits.ts'
import { StoreError } from '../../store/port.ts'
import { now, type Project } from '../project.ts'
import { isGone } from '../worker-id.ts'
import {
  type RecordedAnswer,
  type RecordedRequest,
  recordedRequest,
  requestStream,
} from './recorded-request.ts'

/** A request that may come again, by this process or another. */
export interface RepeatableRequest {
  /** The same for the same holder, address and key. */
  readonly name: string
  /** Digest of its body. */
  readonly request: string
  /** As the policy names it. */
  readonly route: string
  readonly by: Actor
  /**
   * `claimed`: the log says that it is under way before anything is done. `by_ids`: doing it again does nothing
   * more, since the ids of what it makes follow from the key; nobody has to wait for a process that died.
   */
  readonly repeat: 'claimed' | 'by_ids'
}

/** What became of it: `answer` null when it failed, and may be tried again. */
export interface Outcome {
  readonly status: number
  readonly answer: RecordedAnswer | null
}

type Place = Pick<Project, 'store' | 'ids' | 'clock' | 'worker'>

/**
 * Carries a request out once, whichever process it is sent to and however often: gives back the recorded answer when
 * there is one, and null after `act` has run. Rejects with `key_reused` for another body under the same name, and
 * with `in_flight` while a process that is not known to be gone carries it out.
 */
export async function carryOutOnce(
  project: Place,
  asked: RepeatableRequest,
  act: () => Promise<Outcome>,
): Promise<RecordedAnswer | null> {
  const known = await recordedRequest(project, asked.name)
  const free = await claimed(project, asked, known)
  if ('answer' in free) return free.answer
  let outcome: Outcome
  try {
    outcome = await act()
  } catch (error) {
    await release(project, { asked, revision: free.revision, status: 500 })
    throw error
  }
  await record(project, { asked, revision: free.revision, outcome })
  return null
}

/** The answer that is there, or the revision behind which this process may go on. */
async function claimed(
  project: Place,
  asked: RepeatableRequest,
  first: RecordedRequest,
): Promise<{ readonly answer: RecordedAnswer } | { readonly revision: number }> {
  let known = first
  for (let attempt = 0; attempt < limits.optimisticRetriesMax; attempt += 1) {
    if (known.request !== null && known.request !== asked.request) throw reused()
    if (known.answer !== null) return { answer: known.answer }
    if (asked.repeat === 'by_ids') return { revision: known.revision }
    if (known.begun !== null && !isOver(project, known.begun)) throw inFlight()
    const begun = await appended(project, asked, {
      revision: known.revision,
      events: [begunEvent(project, asked)],
    })
    if (begun) return { revision: known.revision + 1 }
    known = await recordedRequest(project, asked.name)
  }
  throw inFlight()
}

function isOver(project: Place, { worker, until }: NonNullable<RecordedRequest['begun']>): boolean {
  return until <= now(project) || isGone(worker)
}

interface Done {
  readonly asked: RepeatableRequest
  readonly revision: number
}

async function record(
  project: Place,
  { asked, revision, outcome }: Done & { outcome: Outcome },
): Promise<void> {
  const { answer, status } = outcome
  if (answer === null) return release(project, { asked, revision, status })
  let last = revision
  for (const event of answeredEvents(project, asked, answer)) {
    // Somebody else's answer stands there: to the same request, so that it says the same.
    if (!(await appended(project, asked, { revision: last, events: [event] }))) return
    last += 1
  }
}

async function release(
  project: Place,
  { asked, revision, status }: Done & { readonly status: number },
): Promise<void> {
  if (asked.repeat === 'by_ids') return
  const event = eventOf(project, asked, { type: 'RequestReleased', data: { status } })
  await appended(project, asked, { revision, events: [event] })
}

/** False when somebody else was quicker. */
async function appended(
  { store }: Place,
  { name }: RepeatableRequest,
  { revision, events }: { readonly revision: number; readonly events: readonly NewEvent[] },
): Promise<boolean> {
  try {
    await store.append(requestStream(name), events, { expected: revision < 0 ? 'no_stream' : revision })
    return true
  } catch (error) {
    if (error instanceof StoreError && error.code === 'wrong_expected') return false
    throw error
  }
}

function begunEvent(project: Place, asked: RepeatableRequest): NewEvent {
  const { request, route } = asked
  const until = new Date(project.clock.now() + limits.requestMs).toISOString()
  return eventOf(project, asked, {
    type: 'RequestBegun',
    data: { request, route, worker: project.worker, until },
  })
}

function answeredEvents(
  project: Place,
  asked: RepeatableRequest,
  { status, headers, body }: RecordedAnswer,
): NewEvent[] {
  const texts = partsOf(body ?? '')
  const kept = body !== null && texts.length <= limits.answerPartsMax ? texts : ['']
  const parts = kept === texts ? texts.length : 0
  return kept.map((text, at) => {
    const { request, route } = asked
    const part = parts === 0 ? 0 : at + 1
    const data = { request, route, status, headers, part, parts, body: text }
    return eventOf(project, asked, { type: 'RequestAnswered', data })
  })
}

/** No part ends in half a character. */
function partsOf(body: string): string[] {
  const parts: string[] = []
  let from = 0
  do {
    let to = Math.min(body.length, from + limits.answerPartCharsMax)
    if (to < body.length && /[\uD800-\uDBFF]/u.test(body[to - 1] ?? '')) to -= 1
    parts.push(body.slice(from, to))
    from = to
  } while (from < body.length)
  return parts
}

function eventOf(
  { ids }: Place,
  { by }: RepeatableRequest,
  { type, data }: { readonly type: string; readonly data: unknown },
): NewEvent {
  return { id: ids.next(), type, version: 1, data, meta: { actor: by } }
}

/** The key stands for a request with another body. */
export function reused(): DaybookError {
  const message = 'This Idempotency-Key was used for a request with other content: use a new key.'
  return refusal({ code: 'key_reused', message })
}

/** Its first request has no answer yet. */
export function inFlight(): DaybookError {
  const message = 'A request with this Idempotency-Key is being answered: wait for its answer.'
  return refusal({ code: 'in_flight', message })
}
