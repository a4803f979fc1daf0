import { cut } from '../../kernel/cut.ts'
import type { Json } from '../../kernel/event.ts'
import { limits } from '../../kernel/limits.ts'
import type { ModelFailure } from '../../models/port.ts'
import { materialise, type RequestPart, trimmedPart } from '../../sessions/conversation.ts'
import type { AppendedMessage, ContentBlock } from '../../sessions/events.ts'
import type { PendingCall, Session } from '../../sessions/session.ts'
import { digestJson } from '../digest.ts'
import { sleep } from '../timers.ts'
import { assembleContext } from './assemble-context.ts'
import { reservationFor } from './budget.ts'
import { limitReached, waitForTurn } from './session-limits.ts'
import { record, type SessionRun } from './session-run.ts'
import { isOutgrown, trimContext } from './trim-context.ts'

/** The first request, with the context it is made in. */
export async function openConversation(run: SessionRun, session: Session): Promise<Session> {
  const { context, opening } = await assembleContext(run, session)
  const appended: AppendedMessage[] = [{ role: 'user', text: opening }]
  const part: RequestPart = {
    previous: null,
    opening: {
      model: session.started?.model ?? '',
      parameters: (session.started?.parameters ?? {}) as Json,
      system: context.system,
      tools: context.tools,
    },
    messages: materialise(appended, session),
  }
  const call = intent(run, { part, appended, turn: 1 })
  const reserved = reservationFor(run, { ...session, context }, part.messages)
  const stopped = await limitReached(run, session, reserved)
  if (stopped !== null) return stopped
  const opened = await record(run, { type: 'OpenConversation', context, call: { ...call, reserved } })
  // A worker whose lease is over was quicker: that call is its own, and is repeated as any call in flight.
  return opened.epoch === run.lease.epoch ? attempt(run, opened) : opened
}

/** The next request of a conversation: the one before it and what is appended. */
export async function callModel(
  run: SessionRun,
  { session, appended }: { session: Session; appended: readonly AppendedMessage[] },
): Promise<Session> {
  const part: RequestPart = {
    previous: session.requestDigest,
    opening: null,
    messages: materialise(appended, session),
    ...trimmedPart(session),
  }
  const reserved = reservationFor(run, session, part.messages)
  const stopped = await limitReached(run, session, reserved)
  if (stopped !== null) return stopped
  const call = intent(run, { part, appended: [...appended], turn: session.turns + 1 })
  return attempt(run, await record(run, { type: 'CallModel', ...call, reserved }))
}

/** A call without an answer is made again: it was in flight at a crash, or it failed and may be retried. */
export async function repeatCall(
  run: SessionRun,
  { session, pending }: { session: Session; pending: PendingCall },
): Promise<Session> {
  const { failure } = pending
  if (isOutgrown(session)) return (await trimContext(run, session)) ?? failModel(run, pending)
  if (failure !== null && (!failure.retryable || pending.attempt >= limits.modelAttemptsMax)) {
    return failModel(run, pending)
  }
  const reserved = pending.reserved ?? reservationFor(run, session, [])
  const stopped = await limitReached(run, session, reserved)
  if (stopped !== null) return stopped
  if (failure !== null)
    await sleep(
      run.project.timers,
      failure.retryAfterMs ?? Math.min(30_000, 500 * 2 ** pending.attempt),
      run.signal,
    )
  if (run.signal.aborted) return session
  const { call, turn, requestDigest } = pending
  const again = {
    call,
    turn,
    requestDigest,
    attempt: pending.attempt + 1,
    appended: [],
    epoch: run.lease.epoch,
    reserved,
  }
  return attempt(run, await record(run, { type: 'CallModel', ...again }))
}

function failModel(run: SessionRun, { attempt, failure }: PendingCall): Promise<Session> {
  const { kind = '', message = '', retryable = false } = failure ?? {}
  const reason = retryable ? `The model call failed ${attempt} times, last with ${kind}: ${message}` : message
  const code = kind === 'context_window' ? kind : 'model_failed'
  return record(run, { type: 'FailSession', code, reason: cut(reason, limits.reasonCharsMax) })
}

interface Intent {
  readonly part: RequestPart
  readonly appended: AppendedMessage[]
  readonly turn: number
}

/** A call's identity is its turn and the digest of its request: the same in every process that gets here. */
function intent(run: SessionRun, { part, appended, turn }: Intent) {
  const requestDigest = digestJson(part)
  const call = `${turn}-${requestDigest.slice('sha256:'.length, 'sha256:'.length + 16)}`
  return { call, turn, attempt: 1, requestDigest, appended, epoch: run.lease.epoch }
}

async function attempt(run: SessionRun, session: Session): Promise<Session> {
  const { pending, context, started } = session
  if (pending === null || context === null || started === null) return session
  const held = await waitForTurn(run, session)
  if (held !== null) return held
  const request = {
    model: started.model,
    system: context.system,
    tools: context.tools.map(({ name, description, inputSchema }) => ({
      name,
      description,
      inputSchema: inputSchema as Json,
    })),
    messages: session.messages,
    outputTokensMax: limits.outputTokensPerCallMax,
  }
  const result = await run.model
    .answer(request, { signal: run.signal, onText: run.onText })
    .catch((error: unknown) => {
      if (run.signal.aborted) return null
      throw error
    })
  if (result === null) return session
  const { call } = pending
  if ('failure' in result)
    return record(run, {
      type: 'RecordFailure',
      failure: { call, attempt: pending.attempt, ...failureFacts(result.failure) },
    })
  const { content, stopReason, usage, costUsd, model, requestId } = result.answer
  return record(run, {
    type: 'RecordAnswer',
    call,
    content: [...content] as ContentBlock[],
    digest: digestJson(content),
    stopReason,
    usage,
    costUsd,
    ...(model === undefined ? {} : { model }),
    ...(requestId === undefined ? {} : { requestId }),
  })
}

function failureFacts({ kind, message, retryable, retryAfterMs, partial, usage, costUsd }: ModelFailure) {
  return {
    kind: kind.slice(0, 100),
    message: cut(message, limits.reasonCharsMax),
    retryable,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(partial === undefined ? {} : { partial: [...partial] as ContentBlock[] }),
    ...(usage === undefined ? {} : { usage }),
    ...(costUsd === undefined ? {} : { costUsd }),
  }
}
