import type { AgentDefinition } from '../../agents/events.ts'
import type { Lease } from '../../handoffs/handoff.ts'
import type { EventMeta } from '../../kernel/event.ts'
import type { Model } from '../../models/port.ts'
import type { SessionCommand } from '../../sessions/commands.ts'
import { answerText } from '../../sessions/conversation.ts'
import type { Session } from '../../sessions/session.ts'
import type { Tool } from '../../tools/port.ts'
import type { Project } from '../project.ts'
import * as targets from '../targets.ts'

/** One worker's turn at one session: everything that the steps need, and the one way to append to it. */
export interface SessionRun {
  readonly project: Project
  readonly id: string
  readonly handoff: string
  readonly workflow: string
  readonly lease: Lease
  readonly definition: AgentDefinition
  readonly model: Model
  readonly tools: readonly Tool[]
  readonly rehearsal: boolean
  readonly signal: AbortSignal
  /** Whether the lease ran out unnoticed: this process, or its machine, stood still for longer than it lasts. */
  readonly leaseIsOver: () => boolean
  readonly onText: (text: string) => void
}

/** The session is no longer this worker's, or over: whatever this run still has to say comes too late. */
export class RunLost extends Error {
  override readonly name = 'RunLost'
  /** A result that came too late to go into the session. */
  readonly late: LateResult | null

  constructor(message: string, late: LateResult | null = null) {
    super(message)
    this.late = late
  }
}

/** What a model or a tool gave back to a worker that no longer had the session. */
export interface LateResult {
  readonly outcome: string
  readonly answer: string
}

function lateResultOf(command: SessionCommand): LateResult | null {
  if (command.type === 'RecordAnswer')
    return { outcome: `answer ${command.call}`, answer: answerText(command.content) }
  return command.type === 'ReturnTool'
    ? { outcome: `tool result ${command.toolUse}`, answer: command.output }
    : null
}

/** Appends through the session's rules. A refusal means that somebody else moved the session: the run ends. */
export async function record(run: SessionRun, command: SessionCommand): Promise<Session> {
  const outcome = await run.project.streams.execute(targets.session(run.id), command, sessionMeta(run))
  if (outcome.kind === 'rejected') throw new RunLost(outcome.rejection.message, lateResultOf(command))
  return stillOwn(run, outcome.state, outcome.events.length === 0 ? lateResultOf(command) : null)
}

/**
 * What another worker has gone on with, or may go on with any moment, is not this run's to act on: what is on
 * record so far is the other's to finish.
 */
function stillOwn(run: SessionRun, session: Session, late: LateResult | null = null): Session {
  if (session.epoch > run.lease.epoch)
    throw new RunLost('Another worker has gone on with this session.', late)
  if (run.leaseIsOver()) throw new RunLost('The lease ran out while this worker stood still.')
  return session
}

export function sessionMeta(run: Pick<SessionRun, 'project' | 'workflow' | 'rehearsal'>): EventMeta {
  return {
    actor: { kind: 'worker', id: run.project.worker },
    correlation: run.workflow,
    ...(run.rehearsal ? { rehearsal: true as const } : {}),
  }
}

/** For what the agent itself does: its edits and its handoffs. */
export function agentMeta(
  run: Pick<SessionRun, 'project' | 'workflow' | 'rehearsal' | 'definition'>,
): EventMeta {
  return { ...sessionMeta(run), actor: { kind: 'agent', id: run.definition.name } }
}

export async function loadSession(run: SessionRun): Promise<Session> {
  return stillOwn(run, await run.project.streams.load(targets.session(run.id)))
}
