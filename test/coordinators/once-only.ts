import { type RecordedEvent, streamId } from '../../src/kernel/event.ts'

/** What may be in a log once at most, whatever died while it was written: a name for it, or null. */
function effectOf({ type, stream, data: unknownData }: RecordedEvent): string | null {
  const data = unknownData as Record<string, unknown>
  switch (type) {
    case 'WorkflowStarted':
    case 'WorkflowCompleted':
    case 'SessionStarted':
    case 'ContextGiven':
    case 'SessionCompleted':
    case 'HandoffRequested':
    case 'HandoffCompleted':
    case 'AgentRegistered':
      return `${type} ${stream}`
    case 'ModelCalled':
      return `${type} ${stream} ${data.call} ${data.attempt}`
    case 'ModelAnswered':
      return `${type} ${stream} ${data.call}`
    case 'ToolCalled':
    case 'ToolReturned':
      return `${type} ${stream} ${data.toolUse}`
    case 'DocumentEdited':
      return `${type} ${stream} ${data.session} ${data.call}`
    case 'HandoffRouted':
      return `${type} ${stream}`
    case 'HandoffAccepted':
      return `${type} ${stream} ${data.epoch}`
    default:
      return null
  }
}

/** What has no business in a log of rehearsals that nobody disturbed but by ending processes. */
const mishaps = new Set([
  'HandoffDeadLettered',
  'HandoffFailed',
  'HandoffExpired',
  'SessionFailed',
  'WorkflowFailed',
  'EditConflicted',
  'OutcomeUnknown',
])

/** Looks at every event of a log, in order, for effects that came twice, and events that cannot be. */
export class OnceOnly {
  readonly #seen = new Map<string, string>()
  readonly #ids = new Set<string>()
  readonly #heads = new Map<string, number>()
  readonly #needs = new Map<string, string>()
  readonly problems: string[] = []
  /** Handoffs that a mishap befell. */
  readonly mishapStreams = new Set<string>()
  events = 0
  takeovers = 0
  lateResults = 0

  see(event: RecordedEvent): void {
    this.events += 1
    if (this.#ids.has(event.id)) this.problems.push(`the event ${event.id} is in the log twice`)
    this.#ids.add(event.id)
    this.#seeRevision(event)
    this.#seeEffect(event)
    if (event.type === 'HandoffAccepted' && (event.data as { epoch: number }).epoch > 1) this.takeovers += 1
    if (event.type === 'LateResultRecorded') this.lateResults += 1
    if (mishaps.has(event.type) && event.stream.startsWith('handoff-')) this.mishapStreams.add(event.stream)
    if (mishaps.has(event.type))
      this.problems.push(`${event.type} in ${event.stream}: ${JSON.stringify(event.data)}`)
    const { via } = event.data as { via?: string }
    if (event.type === 'DocumentEdited' && via === 'disk')
      this.problems.push(`${event.stream} at ${event.revision}: a rendering was taken for an edit on disk`)
  }

  #seeRevision({ stream, revision }: RecordedEvent): void {
    const expected = (this.#heads.get(stream) ?? -1) + 1
    if (revision !== expected) this.problems.push(`${stream}: revision ${revision} where ${expected} was due`)
    this.#heads.set(stream, revision)
  }

  #seeEffect(event: RecordedEvent): void {
    const effect = effectOf(event)
    if (effect !== null) {
      const before = this.#seen.get(effect)
      if (before !== undefined) this.problems.push(`${effect}: in ${before} and again in ${event.id}`)
      this.#seen.set(effect, event.id)
    }
    if (event.type !== 'HandoffRequested') return
    const { session, need, to } = event.data as { session?: string; need: string; to?: string }
    if (session === undefined) return
    const key = `${session} ${to} ${need}`
    const other = this.#needs.get(key)
    if (other !== undefined)
      this.problems.push(`handoffs ${other} and ${streamId(event.stream)} are one need`)
    this.#needs.set(key, streamId(event.stream))
  }
}
