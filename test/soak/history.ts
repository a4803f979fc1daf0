import type { RecordedEvent } from '../../src/kernel/event.ts'

/** What a log must not hold twice, and what it must hold in the end. */

/** For each type, what names one thing that happens once; an event without it is not looked at. */
const onceBy: Readonly<Record<string, (event: RecordedEvent<string, Data>) => readonly unknown[]>> = {
  ModelAnswered: ({ stream, data }) => [stream, data.call],
  ToolReturned: ({ stream, data }) => [stream, data.toolUse],
  SummaryRecorded: ({ stream }) => [stream],
  SessionStarted: ({ stream }) => [stream],
  ContextGiven: ({ stream }) => [stream],
  SessionCompleted: ({ stream }) => [stream],
  HandoffRequested: ({ data }) => [data.workflow, data.session ?? null, data.need, data.to ?? null],
  HandoffAccepted: ({ stream, data }) => [stream, data.epoch],
  HandoffCompleted: ({ stream }) => [stream],
  DocumentEdited: ({ stream, data }) => [stream, data.session ?? null, data.call ?? null],
  DocumentImported: ({ stream }) => [stream],
  WorkflowStarted: ({ stream }) => [stream],
  WorkflowCompleted: ({ stream }) => [stream],
  AgentRegistered: ({ stream, data }) => [stream, data.digest],
}

type Data = Readonly<Record<string, unknown>>

/** Everything that is wrong with a finished history, in sentences; empty when nothing is. */
export function problemsOf(events: readonly RecordedEvent[], workflow: string): string[] {
  return [...repeated(events), ...gaps(events), ...unfinished(events, workflow)]
}

function repeated(events: readonly RecordedEvent[]): string[] {
  const seen = new Map<string, string>()
  const problems: string[] = []
  for (const event of events) {
    const parts = onceBy[event.type]?.(event as RecordedEvent<string, Data>)
    if (parts === undefined || parts.some((part) => part === undefined)) continue
    const key = JSON.stringify([event.type, ...parts])
    const before = seen.get(key)
    if (before !== undefined) problems.push(`${event.type} ${event.id} repeats ${before}: ${key}`)
    seen.set(key, event.id)
  }
  return problems
}

/** Positions and revisions count on without a gap. */
function gaps(events: readonly RecordedEvent[]): string[] {
  const heads = new Map<string, number>()
  const problems: string[] = []
  for (const [index, { position, stream, revision }] of events.entries()) {
    const expected = (heads.get(stream) ?? -1) + 1
    heads.set(stream, revision)
    if (BigInt(position) !== BigInt(index + 1) || revision !== expected)
      problems.push(`event ${index + 1} has position ${position} and revision ${revision} of ${stream}`)
  }
  return problems
}

/** A finished workflow has answered every call, ended every session and settled every handoff. */
function unfinished(events: readonly RecordedEvent[], workflow: string): string[] {
  const ofType = (type: string) => events.filter((event) => event.type === type)
  const ended = new Set(
    ['SessionCompleted', 'SessionFailed', 'SessionCancelled'].flatMap(ofType).map(({ stream }) => stream),
  )
  const open = ofType('SessionStarted').filter(({ stream }) => !ended.has(stream))
  const failed = ['SessionFailed', 'HandoffFailed', 'HandoffDeadLettered', 'OutcomeUnknown', 'WorkflowFailed']
  return [
    ...open.map(({ stream }) => `${stream} did not end`),
    ...failed
      .flatMap(ofType)
      .map(({ stream, type, data }) => `${type} in ${stream}: ${JSON.stringify(data)}`),
    ...(ofType('WorkflowCompleted').some(({ stream }) => stream === `workflow-${workflow}`)
      ? []
      : [`workflow ${workflow} did not complete`]),
  ]
}
