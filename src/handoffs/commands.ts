import type { Actor } from '../kernel/event.ts'
import type { AgentName, Instant, SessionId, WorkerId } from '../kernel/words.ts'
import type { HandoffEvent, Provided, Station } from './events.ts'

type DataOf<Type extends HandoffEvent['type']> = Extract<HandoffEvent, { type: Type }>['data']

/**
 * Why another worker may take over: the lease ran out, which is checked against the command's clock, or its
 * holder is dead. Whose death was seen is said: meanwhile the lease may be somebody's who lives.
 */
export type Takeover = 'expired' | { readonly dead: WorkerId }

export type HandoffCommand =
  | ({
      readonly type: 'RequestHandoff'
      /** It would go deeper than its workflow may: requested and set aside in one step, for this reason. */
      readonly tooDeep?: string
    } & DataOf<'HandoffRequested'>)
  | {
      readonly type: 'RouteHandoff'
      readonly routing: DataOf<'HandoffRouted'>
      readonly missing: 'blocks' | 'noted'
    }
  | { readonly type: 'LeaveUnrouted'; readonly routing: DataOf<'HandoffUnrouted'> }
  | {
      readonly type: 'SupplyHandoff'
      readonly by: Actor
      readonly provides: Provided[]
      readonly context?: string
      /** What is still missing stays so; only a person may say that. */
      readonly forced?: true
      readonly note?: string
    }
  | {
      readonly type: 'AcceptHandoff'
      readonly worker: WorkerId
      readonly session: SessionId
      readonly now: Instant
      readonly leaseUntil: Instant
      readonly takeover: Takeover | null
      /** How the handoff stood when `session` was chosen; what has been accepted or redriven since needs another. */
      readonly seen?: { readonly epoch: number; readonly redrives: number }
      /** Set for an agent that lives elsewhere, with its name. */
      readonly external?: AgentName
    }
  | {
      readonly type: 'ReportProgress'
      readonly epoch: number
      readonly worker: WorkerId
      readonly note: string
      /** What was noted before `note` and not reported then, oldest first: each is an event of its own. */
      readonly earlier?: readonly string[]
      readonly leaseUntil?: Instant
      readonly steps?: number
      readonly released?: true
    }
  | {
      readonly type: 'CompleteHandoff'
      readonly worker: WorkerId
      readonly session: SessionId
      readonly epoch: number
      readonly answer: string
    }
  | {
      readonly type: 'FailHandoff'
      readonly worker: WorkerId
      readonly session?: SessionId
      readonly epoch?: number
      readonly code: string
      readonly reason: string
    }
  /** What a model or a tool gave back to a worker that had lost the lease by then. */
  | ({ readonly type: 'RecordLateResult' } & DataOf<'LateResultRecorded'>)
  | {
      readonly type: 'DeclineHandoff'
      readonly by: AgentName
      readonly reason: string
      /** Of the lease, when it was accepted. */
      readonly epoch?: number
    }
  | { readonly type: 'ExpireHandoff'; readonly reason: string }
  | { readonly type: 'CancelHandoff'; readonly by: Actor; readonly reason: string }
  | {
      readonly type: 'DeadLetterHandoff'
      readonly reason: string
      readonly code?: DataOf<'HandoffDeadLettered'>['code']
      readonly circle?: Station[]
    }
  | {
      readonly type: 'RedriveHandoff'
      readonly by: Actor
      readonly to?: AgentName
      readonly reason: string
      /** With it, one that somebody accepted can be redriven when the lease has run out. */
      readonly now?: Instant
    }

/** The one command, or those, of a type. */
export type HandoffCommandOf<Type extends HandoffCommand['type']> = Extract<HandoffCommand, { type: Type }>
