import { isDeepStrictEqual } from 'node:util'
import { type NewEvent, type RecordedEvent, streamCategory, streamId } from '../../src/kernel/event.ts'
import * as targets from '../../src/runtime/targets.ts'
import { nextStep } from '../../src/sessions/next-step.ts'
import type { Session } from '../../src/sessions/session.ts'
import { CallLaws } from './call-laws.ts'
import { type Coverage, note } from './coverage.ts'
import type { Disk } from './disk.ts'
import { EditLaws } from './edit-laws.ts'
import { EpochLaws } from './epoch-laws.ts'
import type { AnyDecider, Decided } from './sim-process.ts'

/** What must hold in every run, by name. */
export type Law =
  | 'acknowledged_is_durable'
  | 'append_passes_its_decider'
  | 'recorded_call_is_not_repeated'
  | 'call_has_its_own_intent'
  | 'call_is_repeated_once_per_takeover'
  | 'effect_has_its_intent'
  | 'effect_happens_once'
  | 'stale_epoch_changes_nothing'
  | 'foreign_section_is_unchanged'
  | 'edit_names_its_call_once'
  | 'need_is_handed_over_once'
  | 'revisions_are_contiguous'
  | 'log_is_proved'
  | 'live_is_rebuild'
  | 'projections_are_rebuild'
  | 'as_of_is_fold_of_prefix'
  | 'work_ends_or_waits_with_reason'
  | 'no_fault_of_ours'

export interface Violation {
  readonly law: Law
  readonly message: string
  /** Events in the log when it was found. */
  readonly at: number
}

export interface Append {
  readonly process: string
  readonly stream: string
  readonly events: readonly NewEvent[]
  readonly decided: Decided | undefined
}

export type Break = (law: Law, message: string) => void

/** Watches everything that becomes durable and everything that has an effect outside. */
export class Laws {
  readonly violations: Violation[] = []
  readonly calls: CallLaws
  readonly #disk: Disk
  readonly #coverage: Coverage
  readonly #states = new Map<string, { state: unknown; folded: number }>()
  readonly #epochs: EpochLaws
  readonly #edits: EditLaws
  /** Commands whose events were stored. */
  commands = 0

  constructor(disk: Disk, coverage: Coverage) {
    this.#disk = disk
    this.#coverage = coverage
    const breaks = this.breaks
    this.calls = new CallLaws(disk, breaks)
    this.#epochs = new EpochLaws(breaks)
    this.#edits = new EditLaws(breaks)
  }

  readonly breaks: Break = (law, message) => {
    if (this.violations.length < 20) this.violations.push({ law, message, at: this.#disk.events.length })
  }

  /** A stream's state as the rules give it. */
  stateOf(stream: string): unknown {
    const decider = deciderOf(stream)
    if (decider === null) return null
    const events = this.#disk.stream(stream)
    const known = this.#states.get(stream) ?? { state: decider.initial, folded: 0 }
    if (known.folded < events.length) {
      known.state = foldOn(decider, events.slice(known.folded), known.state)
      known.folded = events.length
      this.#states.set(stream, known)
      this.#cover(stream, known.state)
    }
    return known.state
  }

  beforeAppend({ process, stream, events, decided }: Append): void {
    const state = this.stateOf(stream)
    this.commands += 1
    if (decided === undefined) this.#checkCopies(process, events)
    else this.#checkDecision({ process, stream, events, decided, state })
    for (const event of events) {
      this.#epochs.check(stream, event)
      this.calls.check(process, stream, event)
      this.#edits.check(stream, event, state)
    }
  }

  acknowledged(stream: string, events: readonly NewEvent[]): void {
    for (const { id, type } of events) {
      if (this.#disk.placeOf(id)?.stream === stream) continue
      this.breaks('acknowledged_is_durable', `${type} ${id} of ${stream} was acknowledged, and is not stored`)
    }
  }

  /** Ends are states, too, and nothing is appended to what ended. */
  coverEnds(): void {
    for (const stream of this.#disk.streamNames()) this.stateOf(stream)
  }

  #checkDecision({
    process,
    stream,
    events,
    decided,
    state,
  }: Append & { decided: Decided; state: unknown }): void {
    const decision = decided.decider.decide(decided.command as never, state as never)
    const lawful = decision.kind === 'accepted' ? decision.events : []
    const same =
      lawful.length === events.length &&
      events.every(
        ({ type, data }, index) =>
          lawful[index]?.type === type && isDeepStrictEqual(lawful[index].data, data),
      )
    if (same) return
    const said =
      decision.kind === 'rejected'
        ? `it is refused: ${decision.rejection.message}`
        : `it decides ${lawful.map(({ type }) => type).join(', ') || 'nothing'}`
    this.breaks(
      'append_passes_its_decider',
      `${process} appends ${events.map(({ type }) => type).join(', ')} to ${stream} for ${decided.command.type}; as the stream stands, ${said}`,
    )
  }

  /** What nobody decided is a fork's: a copy of a recorded event, or what says that it is one. */
  #checkCopies(process: string, events: readonly NewEvent[]): void {
    for (const { type, meta } of events) {
      if (type === 'WorkflowForked' || type === 'HandoffProgressed') continue
      const origin = meta.causation === undefined ? undefined : this.#disk.placeOf(meta.causation)
      if (origin !== undefined && this.#disk.stream(origin.stream)[origin.revision]?.type === type) continue
      this.breaks('append_passes_its_decider', `${process} appends ${type}, which nothing decided`)
    }
  }

  #cover(stream: string, state: unknown): void {
    const category = streamCategory(stream)
    const { status } = state as { status?: string }
    if (status === undefined) return
    note(this.#coverage.states, `${category} ${status}`)
    if (category !== 'session') return
    const session = state as Session
    const step = nextStep(session)
    const why = session.paused?.waitsFor
    note(this.#coverage.states, `session step ${step.kind}${why === undefined ? '' : ` for ${why}`}`)
  }
}

function foldOn(decider: AnyDecider, events: readonly RecordedEvent[], from: unknown): unknown {
  return events
    .filter(({ type }) => Object.hasOwn(decider.schemas, type))
    .reduce((state, event) => decider.evolve(state as never, event as never), from)
}

export function deciderOf(stream: string): AnyDecider | null {
  const id = streamId(stream)
  switch (streamCategory(stream)) {
    case 'workflow':
      return targets.workflow(id).decider
    case 'handoff':
      return targets.handoff(id).decider
    case 'session':
      return targets.session(id).decider
    case 'memory':
      return targets.document(id).decider
    default:
      return null
  }
}
