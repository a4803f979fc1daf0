/** What can be made to go wrong with an append: before or after it is stored, the answer comes or does not. */
export type AppendFault =
  /** The connection ends before, or after, the events are stored. */
  | 'cut_before_storing'
  | 'cut_after_storing'
  /** The events are stored; no answer ever comes. */
  | 'lose_answer'
  /** Stored, and the server ends its side of the call in good order without an answer. */
  | 'half_close'
  /** The answer comes twice (batch only: a unary call has room for one). */
  | 'answer_twice'

export type ReadFault =
  /** After `events`, the call ends in good order, or with the connection. */
  | { readonly kind: 'end' | 'cut'; readonly events: number }
  /** Every event is sent twice. */
  | { readonly kind: 'repeat' }
  /** So long between events. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** The call is taken and nothing is ever said. */
  | { readonly kind: 'mute' }

/** The state of a node's health, changed by tests while it runs. */
export class Faults {
  /** Requests are taken and kept unanswered: until `speak`, or for good. */
  silence: 'off' | 'hold' | 'swallow' = 'off'
  /** What the next appends meet, one each. */
  readonly appends: AppendFault[] = []
  /** What the next reads and subscriptions meet, one each. */
  readonly reads: ReadFault[] = []
  unavailable: 'Server Is Not Ready' | 'Server Is Too Busy' | undefined
  denied = false
  /** Say position 2^64 - 1 where nothing matched a filter, as 24.6 and 24.10 do. */
  checkpointQuirk = false
  #held: (() => void)[] = []

  /** Resolves at once, or when the silence ends; never when requests are swallowed. */
  async heard(): Promise<void> {
    if (this.silence === 'swallow') await new Promise(() => undefined)
    if (this.silence === 'hold') await new Promise<void>((resolve) => this.#held.push(resolve))
  }

  speak(): void {
    this.silence = 'off'
    for (const resolve of this.#held.splice(0)) resolve()
  }
}
