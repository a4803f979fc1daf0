import { streamOf } from '../../kernel/event.ts'
import type { ToolFinding } from '../../sessions/commands.ts'
import { sessionDecider } from '../../sessions/decider.ts'
import type { EventStore } from '../../store/port.ts'
import type { Streams } from '../streams.ts'
import { type AtWork, workerOf } from './at-work.ts'

export interface Findings {
  readonly work: AtWork
  /** The use of a tool that they come from. */
  readonly toolUse: string
  readonly findings: readonly ToolFinding[]
}

/** Puts what a tool did on record in its session, once, however often it is told. */
export async function recordFindings(
  { store, streams }: { readonly store: EventStore; readonly streams: Streams },
  { work, toolUse, findings }: Findings,
): Promise<void> {
  const target = { stream: streamOf('session', work.session), decider: sessionDecider }
  for await (const { type, data } of store.readStream(target.stream))
    if (type === findings[0]?.type && (data as { toolUse?: string }).toolUse === toolUse) return
  const worker = workerOf({ session: work.claude, agent: { id: work.agentId } })
  const meta = { actor: { kind: 'worker' as const, id: worker }, correlation: work.workflow }
  await streams.execute(target, { type: 'RecordFindings', findings }, meta)
}
