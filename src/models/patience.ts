export interface Waits {
  /** Until the response begins. */
  readonly firstByteMs: number
  /** Between two events of the stream. Pings do not count: a server may ping for ever. */
  readonly silenceMs: number
  /** For the whole call. */
  readonly callMs: number
}

/** Ends a call that takes too long, or whose caller aborts. Must be ended, whatever happens. */
export class Patience {
  readonly #stop = new AbortController()
  readonly #waits: Waits
  readonly #caller: AbortSignal
  readonly #whole: NodeJS.Timeout
  #next: NodeJS.Timeout
  #lateness: string | null = null

  constructor(caller: AbortSignal, waits: Waits) {
    this.#waits = waits
    this.#caller = caller
    caller.addEventListener('abort', this.#abort, { once: true })
    this.#whole = this.#after(waits.callMs, `took longer than ${seconds(waits.callMs)} for one answer.`)
    this.#next = this.#after(
      waits.firstByteMs,
      `did not begin to answer within ${seconds(waits.firstByteMs)}.`,
    )
  }

  get signal(): AbortSignal {
    return this.#stop.signal
  }

  /** What took too long, for a sentence that begins with the endpoint; null when nothing did. */
  get lateness(): string | null {
    return this.#lateness
  }

  /** The response began, or its next event came. */
  heard(): void {
    clearTimeout(this.#next)
    const { silenceMs } = this.#waits
    this.#next = this.#after(silenceMs, `fell silent for ${seconds(silenceMs)} in the middle of its answer.`)
  }

  end(): void {
    clearTimeout(this.#whole)
    clearTimeout(this.#next)
    this.#caller.removeEventListener('abort', this.#abort)
  }

  readonly #abort = () => this.#stop.abort()

  #after(ms: number, lateness: string): NodeJS.Timeout {
    return setTimeout(() => {
      this.#lateness ??= lateness
      this.#stop.abort()
    }, ms)
  }
}

function seconds(ms: number): string {
  return `${ms / 1_000} s`
}
