import { setTimeout as sleep } from 'node:timers/promises'

/** Waits longer each time, at most two seconds; ends early, with the signal's reason, when it aborts. */
export async function backoff(attempt: number, signal?: AbortSignal): Promise<void> {
  const waitMs = Math.min(2_000, 10 * 2 ** Math.min(attempt, 10))
  await sleep(waitMs, undefined, signal === undefined ? {} : { signal })
}
