import type { Json } from '../kernel/event.ts'

/** A request in the Messages API's shape, complete: nothing of it lives on a server. */
export interface ModelRequest {
  /** A full model id. */
  readonly model: string
  readonly system: string
  readonly tools: readonly {
    readonly name: string
    readonly description: string
    readonly inputSchema: Json
  }[]
  readonly messages: readonly { readonly role: 'user' | 'assistant'; readonly content: unknown }[]
  readonly outputTokensMax: number
  /** A JSON schema: the answer is one text block of JSON that fits it. */
  readonly answerSchema?: Json
}

/** A block in the Messages API's shape: JSON and nothing else, so that it can go on record as it is. */
export interface ModelBlock {
  readonly type: string
  readonly [field: string]: unknown
}

/** Tokens of one call. `inputTokens` does not count what was written to or read from the cache. */
export interface ModelUsage {
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cacheWriteTokens: number
  readonly cacheReadTokens: number
  /** Of the output tokens; absent when the model did not think or does not say. */
  readonly thinkingTokens?: number
}

export interface ModelAnswer {
  /**
   * Blocks in the Messages API's shape. A tool's `input` is parsed; it is a string when the model's JSON was
   * broken or cut off. A refusal's reason, which the API gives outside the content, is kept as a last block of
   * the type `stop_details`; it is never sent back.
   */
  readonly content: readonly ModelBlock[]
  readonly stopReason: string
  readonly usage: ModelUsage
  readonly costUsd: number
  readonly model?: string
  readonly requestId?: string
}

export interface ModelCall {
  readonly signal: AbortSignal
  /** Text as it arrives, for people who watch; it may be repeated after a failure. */
  readonly onText?: (text: string) => void
}

/** A call that failed, with what is needed to decide whether to make it again. */
export interface ModelFailure {
  /**
   * overloaded, rate_limited, server_error, connection, timeout, cut_stream, malformed_stream, breaker_open,
   * answer_too_large, too_large, context_window, invalid_request, authentication, billing, permission,
   * not_found, conflict. People and ledgers read it; decide by `retryable`.
   */
  readonly kind: string
  readonly message: string
  readonly retryable: boolean
  /** The server asked to wait so long, or the breaker will be closed by then. */
  readonly retryAfterMs?: number
  /** What had arrived of the answer, shortened to `limits.partialAnswerCharsMax`. For the record only. */
  readonly partial?: readonly ModelBlock[]
  /** What the server had counted when it failed, and what that costs. */
  readonly usage?: ModelUsage
  readonly costUsd?: number
}

export type ModelResult = { readonly answer: ModelAnswer } | { readonly failure: ModelFailure }

/**
 * Something that answers requests. One call is one attempt: it never retries by itself, keeps nothing between
 * calls, and may be called at the same time for several sessions. A failure of the world is given back as a
 * value, because it goes on record; it throws only when `signal` aborts.
 */
export interface Model {
  readonly runner: 'claude' | 'rehearsal'
  answer(request: ModelRequest, call: ModelCall): Promise<ModelResult>
  /** US dollars that a call of such a size may cost at most; absent where nothing is paid. */
  costMax?(size: CallSize): number
}

export interface CallSize {
  /** A full model id. */
  readonly model: string
  readonly promptTokens: number
  readonly outputTokensMax: number
}
