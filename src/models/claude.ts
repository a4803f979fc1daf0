import { APIConnectionError, APIError } from '@anthropic-ai/sdk'
import { limits } from '../kernel/limits.ts'
import { type ClaudeAccess, endpointName, withoutSecrets } from './claude-access.ts'
import { claudeClient } from './claude-client.ts'
import { apiFailure, connectionFailure, cutFailure } from './claude-failure.ts'
import { AnswerTooLarge, MalformedStream, MessageDraft, type StreamEvent } from './claude-message.ts'
import { wireRequest } from './claude-request.ts'
import { readUsage } from './claude-usage.ts'
import { partialAnswer } from './partial-answer.ts'
import { Patience, type Waits } from './patience.ts'
import type { Model, ModelAnswer, ModelCall, ModelFailure, ModelRequest, ModelResult } from './port.ts'
import { costUsd, type Price, type PriceTable, priceOf } from './prices.ts'

export interface ClaudeOptions {
  readonly access: ClaudeAccess
  readonly prices: PriceTable
  /** Milliseconds; the defaults stand in `kernel/limits.ts`. */
  readonly waits?: Partial<Waits>
  /** For people, once for each matter: a model without a price, a server that counts no tokens. */
  readonly onNotice?: (notice: string) => void
}

/**
 * Claude, or whatever else speaks the Messages API at the access's address. Each call is one streaming request
 * that carries the whole conversation; nothing is kept on a server. See `Model` for what is promised.
 */
export function claudeModel(options: ClaudeOptions): Model {
  const { access } = options
  const client = claudeClient(access)
  const endpoint = endpointName(access)
  const notice = oncePerMatter(options.onNotice)
  const waits = {
    firstByteMs: limits.modelFirstByteMs,
    silenceMs: limits.modelSilenceMs,
    callMs: limits.modelCallMs,
    ...options.waits,
  }

  async function answer(request: ModelRequest, call: ModelCall): Promise<ModelResult> {
    call.signal.throwIfAborted()
    const patience = new Patience(call.signal, waits)
    const draft = new MessageDraft()
    try {
      const { response, data } = await client.messages
        .create(wireRequest(request), { signal: patience.signal })
        .withResponse()
        .catch(thrownBySdk)
      patience.heard()
      expectStream(response)
      for await (const event of fromSdk(data)) {
        patience.heard()
        const text = draft.take(event as unknown as StreamEvent)
        if (text !== '') call.onText?.(text)
      }
      call.signal.throwIfAborted()
      const requestId = response.headers.get('request-id')?.slice(0, 200)
      return { answer: whole(draft, { request, requestId, lateness: patience.lateness }) }
    } catch (error) {
      call.signal.throwIfAborted()
      const failure = failureOf(error, { lateness: patience.lateness, endpoint })
      const shown = { ...failure, message: withoutSecrets(failure.message, access).toWellFormed() }
      return { failure: { ...shown, ...arrived(draft, request.model, options.prices) } }
    } finally {
      patience.end()
    }
  }

  function whole(
    draft: MessageDraft,
    {
      request,
      requestId,
      lateness,
    }: { request: ModelRequest; requestId: string | undefined; lateness: string | null },
  ): ModelAnswer {
    if (lateness !== null) throw new SdkError(new Error('the stream was stopped'))
    if (!draft.whole) throw new SdkError(new Error('it ended without message_stop'))
    if (draft.stopReason === null) throw new MalformedStream('the message ended without a stop_reason')
    const { usage, billed } = readUsage(draft.usage ?? {})
    if (draft.usage === null)
      notice(`${endpoint} counts no tokens: its calls stand in the ledger with 0 tokens and $0.`)
    const price =
      (draft.model && priceOf(options.prices, draft.model)) || priceOf(options.prices, request.model)
    if (price === null) notice(unpriced(draft.model ?? request.model))
    return {
      content: draft.content(),
      stopReason: draft.stopReason,
      usage,
      costUsd: price === null ? 0 : costUsd(price, billed),
      ...(draft.model === undefined ? {} : { model: draft.model }),
      ...(requestId === undefined ? {} : { requestId }),
    }
  }

  return { runner: 'claude', answer }
}

function unpriced(model: string): string {
  return `No price is known for ${model}: its calls stand in the ledger with $0, and cost limits do not hold them. Name a price file with DAYBOOK_PRICES or "prices" in daybook.config.json.`
}

/** What the SDK threw, told apart from faults of our own, which nobody may swallow. */
class SdkError extends Error {
  constructor(cause: unknown) {
    super('the SDK gave up', { cause })
  }
}

function thrownBySdk(cause: unknown): never {
  throw new SdkError(cause)
}

async function* fromSdk<T>(stream: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    for await (const event of stream) yield event
  } catch (cause) {
    throw new SdkError(cause)
  }
}

function expectStream(response: Response): void {
  const type = response.headers.get('content-type') ?? 'no content type'
  if (type.includes('text/event-stream')) return
  throw new MalformedStream(`an event stream was expected, and ${type.slice(0, 100)} came`)
}

function failureOf(
  error: unknown,
  { lateness, endpoint }: { lateness: string | null; endpoint: string },
): ModelFailure {
  if (error instanceof AnswerTooLarge) {
    const message = `The answer is too large to be recorded: ${error.message}. Ask for less at once.`
    return { kind: 'answer_too_large', message, retryable: false }
  }
  if (error instanceof MalformedStream) return malformed(error.message)
  if (!(error instanceof SdkError)) throw error
  if (lateness !== null) return { kind: 'timeout', message: `${endpoint} ${lateness}`, retryable: true }
  const { cause } = error
  if (cause instanceof APIConnectionError) return connectionFailure(cause, endpoint)
  if (cause instanceof APIError) return apiFailure(cause, Date.now())
  if (cause instanceof SyntaxError) return malformed(`an event is not JSON (${cause.message})`)
  return cutFailure(cause)
}

function malformed(what: string): ModelFailure {
  return {
    kind: 'malformed_stream',
    message: `The server does not speak the Messages API well: ${what}.`,
    retryable: true,
  }
}

function arrived(
  draft: MessageDraft,
  asked: string,
  prices: PriceTable,
): Pick<ModelFailure, 'partial' | 'usage' | 'costUsd'> {
  const partial = partialAnswer(draft)
  const counted = draft.usage === null ? {} : paid(draft.usage, priceOf(prices, draft.model ?? asked))
  return partial.length === 0 ? counted : { ...counted, partial }
}

function paid(
  counters: Record<string, unknown>,
  price: Price | null,
): Pick<ModelFailure, 'usage' | 'costUsd'> {
  const { usage, billed } = readUsage(counters)
  return { usage, costUsd: price === null ? 0 : costUsd(price, billed) }
}

function oncePerMatter(say: (notice: string) => void = () => undefined): (notice: string) => void {
  const said = new Set<string>()
  return (notice) => {
    if (said.has(notice)) return
    said.add(notice)
    say(notice)
  }
}
