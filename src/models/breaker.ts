import type { Clock } from '../kernel/clock.ts'
import { limits } from '../kernel/limits.ts'
import type { Model, ModelCall, ModelRequest, ModelResult } from './port.ts'

/** Failures that tell about the endpoint. What was wrong with one request tells nothing about the next. */
const endpointFailures: ReadonlySet<string> = new Set([
  'overloaded',
  'server_error',
  'connection',
  'timeout',
  'cut_stream',
])

interface BreakerOptions {
  readonly clock: Clock
  /** Of the endpoint, in messages. */
  readonly name: string
}

/**
 * Stops the calls to an endpoint that fails again and again. After `limits.breakerFailures` failures in a row it
 * is open: calls fail at once with `breaker_open` and the time to wait. Then one call is let through while the
 * others wait for its outcome: an answer closes the breaker, a failure opens it for twice as long. The failure
 * that opens it asks its caller to wait as well, so that nobody spends an attempt on an open breaker.
 */
export function breaking(model: Model, { clock, name }: BreakerOptions): Model {
  let failures = 0
  let openUntilMs = 0
  let openMs: number = limits.breakerOpenMs
  let trial: Promise<unknown> | null = null

  async function attempt(request: ModelRequest, call: ModelCall): Promise<ModelResult> {
    const result = await model.answer(request, call)
    if ('answer' in result || !endpointFailures.has(result.failure.kind)) {
      failures = 0
      openMs = limits.breakerOpenMs
      return result
    }
    failures += 1
    if (failures < limits.breakerFailures) return result
    const askedMs = result.failure.retryAfterMs ?? 0
    // A call that was under way when the breaker opened says nothing new.
    if (clock.now() >= openUntilMs) {
      openUntilMs = clock.now() + Math.max(openMs, askedMs)
      openMs = Math.min(openMs * 2, limits.breakerOpenMsMax)
    }
    return { failure: { ...result.failure, retryAfterMs: Math.max(askedMs, openUntilMs - clock.now()) } }
  }

  return {
    ...model,
    async answer(request, call) {
      while (trial !== null) await settledOrAborted(trial, call.signal)
      if (failures < limits.breakerFailures) return attempt(request, call)
      const waitMs = openUntilMs - clock.now()
      if (waitMs > 0) return { failure: { ...openFailure(name, failures), retryAfterMs: Math.ceil(waitMs) } }
      const tried = attempt(request, call).finally(() => {
        trial = null
      })
      trial = tried
      return tried
    },
  }
}

function openFailure(name: string, failures: number) {
  const message = `${name} failed ${failures} times in a row: calls to it are held back for a while.`
  return { kind: 'breaker_open', message, retryable: true }
}

async function settledOrAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const { promise, resolve } = Promise.withResolvers<void>()
  const done = () => resolve()
  signal.addEventListener('abort', done, { once: true })
  work.then(done, done)
  await promise
  signal.removeEventListener('abort', done)
  signal.throwIfAborted()
}
