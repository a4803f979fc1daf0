import { sleep, systemTimers, type Timers } from './timers.ts'

/** Waits longer each time, at most two seconds; ends early, without an error, when `signal` aborts. */
export function backoff(attempt: number, signal?: AbortSignal, timers: Timers = systemTimers): Promise<void> {
  return sleep(timers, Math.min(2_000, 10 * 2 ** Math.min(attempt, 10)), signal)
}
