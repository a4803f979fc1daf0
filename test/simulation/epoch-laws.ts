import { type NewEvent, streamCategory } from '../../src/kernel/event.ts'
import type { Break } from './laws.ts'

interface Held {
  epoch: number
  held: boolean
  /** Sessions of the times before it was redriven. */
  readonly past: Set<string>
  session: string | null
}

/** Fencing, told without the deciders: who lost a lease changes nothing any more. */
export class EpochLaws {
  readonly #breaks: Break
  readonly #handoffs = new Map<string, Held>()
  readonly #sessions = new Map<string, number>()

  constructor(breaks: Break) {
    this.#breaks = breaks
  }

  check(stream: string, event: NewEvent): void {
    const category = streamCategory(stream)
    if (category === 'handoff') this.#checkHandoff(stream, event)
    if (category === 'session') this.#checkSession(stream, event)
  }

  #checkHandoff(stream: string, { type, data }: NewEvent): void {
    const known = this.#handoffs.get(stream) ?? { epoch: 0, held: false, past: new Set(), session: null }
    this.#handoffs.set(stream, known)
    const { epoch, session = null } = data as { epoch?: number; session?: string }
    switch (type) {
      case 'HandoffAccepted':
        if (epoch !== undefined && epoch <= known.epoch)
          this.#breaks('stale_epoch_changes_nothing', `${stream}: epoch ${epoch} is given a second time`)
        if (session !== null && known.past.has(session))
          this.#breaks(
            'stale_epoch_changes_nothing',
            `${stream}: the session ${session} of the time before a redrive is taken up again`,
          )
        known.session = session
        known.epoch = epoch ?? known.epoch
        known.held = true
        return
      case 'HandoffProgressed':
      case 'HandoffCompleted':
      case 'HandoffFailed':
        if (epoch !== undefined && (epoch !== known.epoch || !known.held))
          this.#breaks(
            'stale_epoch_changes_nothing',
            `${stream}: ${type} of epoch ${epoch}, and ${known.epoch} ${known.held ? 'holds it' : 'was the last'}`,
          )
        if (type !== 'HandoffProgressed') known.held = false
        return
      case 'HandoffRedriven':
        if (known.session !== null) known.past.add(known.session)
        known.held = false
        return
      case 'HandoffCancelled':
      case 'HandoffExpired':
      case 'HandoffDeadLettered':
        known.held = false
    }
  }

  #checkSession(stream: string, { type, data }: NewEvent): void {
    const { epoch } = data as { epoch?: number }
    if (epoch === undefined) return
    const largest = this.#sessions.get(stream) ?? 0
    if (epoch < largest)
      this.#breaks(
        'stale_epoch_changes_nothing',
        `${stream}: ${type} of epoch ${epoch} after one of epoch ${largest}`,
      )
    this.#sessions.set(stream, Math.max(largest, epoch))
  }
}
