/**
 * The three kinds of failure.
 *
 * The domain says no: a `Rejection` value that the caller must look at.
 * The world failed: a `DaybookError` with a `code` and, where there is one, a `cause`.
 * We were wrong: `assert` throws an `AssertionError`; nobody catches it.
 */
export interface Rejection {
  readonly code: string
  readonly message: string
  readonly [detail: string]: unknown
}

export type ErrorCode =
  | 'wrong_expected'
  | 'stream_deleted'
  | 'too_large'
  | 'invalid'
  | 'access_denied'
  | 'unavailable'
  | 'unknown_outcome'
  | 'closed'
  | 'damaged'
  | 'newer_schema'
  | 'foreign_file'
  | 'disk_full'
  | 'read_only'
  | 'not_found'
  | 'usage'
  | 'model_failed'
  | 'rejected'

export class DaybookError extends Error {
  override readonly name: string = 'DaybookError'
  readonly code: ErrorCode
  readonly details: Readonly<Record<string, unknown>>

  constructor(
    code: ErrorCode,
    message: string,
    options?: { cause?: unknown; details?: Record<string, unknown> },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = options?.details ?? {}
  }
}

/** A rejection that leaves the place where it could be looked at: faces give it back with its own code and words. */
export function refusal(rejection: Rejection): DaybookError {
  return new DaybookError('rejected', rejection.message, { details: rejection })
}

/** What a face says about an error: the domain's own code and words where it was a refusal. */
export function rejectionIn({ code, message, details }: DaybookError): Rejection {
  const known = code === 'rejected' && typeof details.code === 'string' ? details.code : code
  return { ...(code === 'rejected' ? details : {}), code: known, message }
}

export class AssertionError extends Error {
  override readonly name = 'AssertionError'
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(`Daybook is wrong here, please report it: ${message}`)
}

/** Closes a domain `switch`: the compiler proves that no case was forgotten. */
export function unreachable(value: never): never {
  throw new AssertionError(`Daybook is wrong here, please report it: unexpected ${JSON.stringify(value)}`)
}
