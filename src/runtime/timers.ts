/** What waits, and chance. A simulation brings its own, so that no real time passes in it. */
export interface Timers {
  /** Calls `act` once, after so many milliseconds. The function given back calls it off. */
  after(ms: number, act: () => void): () => void
  /** Calls `act` again and again; alone it keeps no process alive. The function given back ends it. */
  every(ms: number, act: () => void): () => void
  /** From 0 up to 1, without 1: what makes processes wait differently long. */
  random(): number
}

export const systemTimers: Timers = {
  after(ms, act) {
    const timer = setTimeout(act, ms)
    return () => clearTimeout(timer)
  },
  every(ms, act) {
    const timer = setInterval(act, ms)
    timer.unref()
    return () => clearInterval(timer)
  },
  random: () => Math.random(),
}

/** Resolves after so many milliseconds, or at once, without an error, when `signal` aborts. */
export function sleep(timers: Timers, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const wake = () => {
      callOff()
      signal?.removeEventListener('abort', wake)
      resolve()
    }
    const callOff = timers.after(ms, wake)
    signal?.addEventListener('abort', wake, { once: true })
  })
}
