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
    process.once('SIGINT', () => process.exit(130))
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
