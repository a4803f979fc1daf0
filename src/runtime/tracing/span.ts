import { createHash } from 'node:crypto'

/** Something that took time, by the semantic conventions for generative AI of OpenTelemetry (1.41, in development). */
export interface TracedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentId: string | null
  readonly name: string
  /** `client`: a model is called over the network. */
  readonly kind: 'internal' | 'client'
  readonly startMs: number
  readonly endMs: number
  readonly attributes: Readonly<Record<string, string | number | boolean | string[]>>
  /** Spans of the same trace that led here. */
  readonly links: readonly {
    readonly spanId: string
    readonly attributes: Readonly<Record<string, string>>
  }[]
  /** `error.type`; null when it went well. */
  readonly error: string | null
}

/** Takes spans that are over. Must not throw, and must not keep its caller waiting. */
export interface SpanSink {
  emit(span: TracedSpan): void
  /** Gives what is left to the receiver, within `limits.tracesCloseMs`. */
  close(): Promise<void>
}

/** 32 hexadecimal digits: the same workflow, the same trace, in whatever process. */
export function traceIdOf(workflow: string): string {
  return hexOf(['trace', workflow], 32)
}

/** 16 hexadecimal digits, from what names the thing in the log. */
export function spanIdOf(
  kind: 'workflow' | 'session' | 'call' | 'tool',
  ...parts: readonly string[]
): string {
  return hexOf([kind, ...parts], 16)
}

function hexOf(parts: readonly string[], digits: number): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, digits)
}
