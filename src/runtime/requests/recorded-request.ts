import type { z } from 'zod'
import type { auditEvents } from '../../kernel/audit-events.ts'
import { type RecordedEvent, streamOf } from '../../kernel/event.ts'
import type { Project } from '../project.ts'

type Answered = z.infer<typeof auditEvents.RequestAnswered>

/** What the log knows of a request that came under an Idempotency-Key. */
export interface RecordedRequest {
  /** Of the stream's last event; -1: nobody sent it yet. */
  readonly revision: number
  /** Digest of the body; null when nothing stands in the way of another one. */
  readonly request: string | null
  /** Who carries it out, until when; null when nobody does. */
  readonly begun: { readonly worker: string; readonly until: string } | null
  readonly answer: RecordedAnswer | null
}

export interface RecordedAnswer {
  readonly status: number
  readonly headers: readonly { readonly name: string; readonly value: string }[]
  /** Null: it was too long to keep. */
  readonly body: string | null
}

const nothing: RecordedRequest = { revision: -1, request: null, begun: null, answer: null }

/** Name of the stream that holds a request. */
export function requestStream(name: string): string {
  return streamOf('request', name)
}

/** Reads a request's stream. */
export async function recordedRequest(
  { store }: Pick<Project, 'store'>,
  name: string,
): Promise<RecordedRequest> {
  let state = nothing
  const parts: Answered[] = []
  for await (const event of store.readStream(requestStream(name))) state = evolve(state, event, parts)
  return state
}

function evolve(state: RecordedRequest, event: RecordedEvent, parts: Answered[]): RecordedRequest {
  const next = { ...state, revision: event.revision }
  switch (event.type) {
    case 'RequestBegun': {
      const { request, worker, until } = event.data as z.infer<typeof auditEvents.RequestBegun>
      parts.length = 0
      return { ...next, request, begun: { worker, until } }
    }
    case 'RequestAnswered': {
      parts.push(event.data as Answered)
      return answered(next, parts)
    }
    case 'RequestReleased':
      return { ...nothing, revision: event.revision }
    default:
      return next
  }
}

/** A long answer counts once its last part is there: before that nobody can be given it. */
function answered(state: RecordedRequest, given: readonly Answered[]): RecordedRequest {
  const { request, status, headers, part, parts } = given.at(-1)!
  if (part < parts) return { ...state, request }
  const body = parts === 0 ? null : given.map((one) => one.body).join('')
  return { ...state, request, begun: null, answer: { status, headers, body } }
}
