import { limits } from '../kernel/limits.ts'

/** Ctrl-C and SIGTERM, as long as something listens for them. */
export interface Interrupt {
  readonly signal: AbortSignal
  /** Gives the signals back. */
  release(): void
}

/** Aborts at the first Ctrl-C or SIGTERM, after `say`; one more Ctrl-C ends the process at once. */
export function onInterrupt(say: () => void): Interrupt {
  const stop = new AbortController()
  const interrupt = () => {
    say()
    stop.abort(new Error('interrupted'))
    endAtNext('SIGINT')
  }
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  return {
    signal: stop.signal,
    release() {
      process.removeListener('SIGINT', interrupt)
      process.removeListener('SIGTERM', interrupt)
    },
  }
}

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const

/**
 * Ends the process at once when the signal comes again. One Ctrl-C may come twice: from the terminal, and from npm,
 * which passes it on; what follows within `limits.sameSignalMs` is the same one.
 */
export function endAtNext(signal: keyof typeof exitCodes): void {
  const sinceMs = performance.now()
  process.on(signal, () => {
    if (performance.now() - sinceMs >= limits.sameSignalMs) process.exit(exitCodes[signal])
  })
}
