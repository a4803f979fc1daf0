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
}

export interface ModelAnswer {
  /** Blocks in the Messages API's shape. */
  readonly content: readonly { readonly type: string; readonly [field: string]: unknown }[]
  readonly stopReason: string
  readonly usage: {
    readonly inputTokens: number
    readonly outputTokens: number
    readonly cacheWriteTokens: number
    readonly cacheReadTokens: number
  }
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
  readonly kind: string
  readonly message: string
  readonly retryable: boolean
  /** The server asked to wait so long. */
  readonly retryAfterMs?: number
}

/**
 * Something that answers requests. One call is one attempt: it never retries by itself, keeps nothing between
 * calls, and may be called at the same time for several sessions. A failure of the world is given back as a
 * value, because it goes on record; it throws only when `signal` aborts.
 */
export interface Model {
  readonly runner: 'claude' | 'rehearsal'
  answer(request: ModelRequest, call: ModelCall): Promise<{ answer: ModelAnswer } | { failure: ModelFailure }>
}
