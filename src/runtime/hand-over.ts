import type { HandoffMode, Provided } from '../handoffs/events.ts'
import { type Handoff, isSettled } from '../handoffs/handoff.ts'
import type { Actor, EventMeta } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import { agentKey } from '../kernel/words.ts'
import { sameNeed } from '../sessions/needs.ts'
import { contentId } from './digest.ts'
import type { Project } from './project.ts'
import { type Missing, routeHandoff } from './route-handoff.ts'
import * as targets from './targets.ts'
import type { WorkflowWork } from './workflow-work.ts'

export interface HandoverRequest {
  readonly from: Actor
  readonly workflow: string
  /** The handoff that the sender works for; absent for a workflow's first one. */
  readonly parent?: string
  readonly session?: string
  readonly need: string
  readonly to: string | null
  readonly context: string
  readonly provides: Provided[]
  readonly mode: HandoffMode
  /** `blocks` when absent. */
  readonly missing?: Missing
  readonly meta: EventMeta
  /** Decides the id instead of the need: an idempotency key, or the workflow for its first handoff. */
  readonly key?: string
  /** ISO instant: open by then, it expires. */
  readonly deadline?: string
  /** From outside: the handoff has this id, whatever else is said. */
  readonly id?: string
}

export type HandoverReply =
  | {
      readonly status: 'handed_off'
      readonly handoff: string
      readonly to: string
      readonly reason: string
      /** As it was requested first: the same need said again changes nothing. */
      readonly mode: HandoffMode
    }
  | {
      readonly status: 'returned'
      readonly handoff: string
      readonly to: string
      readonly need: string
      readonly missing: readonly string[]
    }
  | { readonly status: 'nobody'; readonly handoff: string; readonly reason: string }
  | {
      readonly status: 'settled'
      readonly handoff: string
      readonly to: string
      readonly outcome: string
      readonly answer: string
    }
  | { readonly status: 'refused'; readonly code: string; readonly reason: string }

/**
 * Requests a handoff, routes it, and provides what the receiver asks for, as far as the request holds it.
 * A need that the same session handed over before is the same handoff: nothing is requested twice.
 */
export async function handOver(project: Project, request: HandoverRequest): Promise<HandoverReply> {
  await project.work.refresh()
  const work = project.work.workflow(request.workflow)
  if (work === null)
    return { status: 'refused', code: 'not_found', reason: `There is no workflow ${request.workflow}.` }
  const known = knownHandoff(work, request)
  if (known === null) {
    const refusal = await refuseBeyondLimits(project, work, request)
    if (refusal?.status === 'refused' && refusal.code === 'too_deep')
      await requestHandoff(project, work, {
        ...request,
        id: newId(request),
        tooDeep: wayTooDeep(work, request),
      })
    if (refusal !== null) return refusal
  }
  const id = known ?? newId(request)
  const requested = known === null ? await requestHandoff(project, work, { ...request, id }) : null
  if (requested !== null) return requested
  await routeHandoff(project, id, request.missing)
  await supply(project, id, request)
  return replyOf(id, await project.streams.load(targets.handoff(id)))
}

function knownHandoff(work: WorkflowWork, request: HandoverRequest): string | null {
  if (request.id !== undefined) return work.handoffs.has(request.id) ? request.id : null
  return request.session === undefined ? null : sameHandoff(work, request)
}

function newId(request: HandoverRequest): string {
  if (request.id !== undefined) return request.id
  if (request.key !== undefined) return contentId('handoff', request.workflow, request.key)
  return contentId('handoff', request.workflow, request.session ?? '', request.need, request.to ?? '')
}

function sameHandoff(work: WorkflowWork, request: HandoverRequest): string | null {
  for (const [id, handoff] of work.handoffs) {
    if (handoff.request === null || handoff.request.session !== request.session) continue
    // As it was routed, or as it was asked for: it may have gone to somebody else than was named.
    const { need, to: named } = handoff.request
    const asked = [named, handoff.named].filter((name) => name !== undefined)
    const receivers = [handoff.to ?? named ?? null, ...asked]
    if (receivers.some((to) => sameNeed({ need, to }, { need: request.need, to: request.to }))) return id
  }
  return null
}

async function refuseBeyondLimits(
  project: Project,
  work: WorkflowWork,
  request: HandoverRequest,
): Promise<HandoverReply | null> {
  const max = work.workflow.limits
  const hop = hopOf(work, request)
  if (max === null) return null
  if (hop > max.depthMax && work.handoffs.size < max.handoffsMax) {
    await noteLimit(project, request, { limit: 'depth', max: max.depthMax, reached: hop })
    return {
      status: 'refused',
      code: 'too_deep',
      reason: `The chain is ${max.depthMax} handoffs long, which is its limit: finish the work here, or leave it as a note.`,
    }
  }
  if (work.handoffs.size >= max.handoffsMax) {
    await noteLimit(project, request, {
      limit: 'handoffs',
      max: max.handoffsMax,
      reached: work.handoffs.size,
    })
    return {
      status: 'refused',
      code: 'too_many',
      reason: `The workflow has ${work.handoffs.size} handoffs, which is its limit.`,
    }
  }
  const own = [...work.handoffs.values()].filter(
    (handoff) => handoff.request?.session === request.session,
  ).length
  if (request.session !== undefined && own >= limits.handoffsPerSessionMax) {
    return {
      status: 'refused',
      code: 'too_many',
      reason: `This session handed off ${own} times, which is the limit.`,
    }
  }
  return null
}

/** A need that is passed on and on does not vanish at the end of its way: a person sees where it went. */
function wayTooDeep(work: WorkflowWork, { parent, from }: HandoverRequest): string {
  const chain = parent === undefined ? [] : (work.handoffs.get(parent)?.request?.chain ?? [])
  const way = [...chain, from.id].join(' → ')
  const max = work.workflow.limits?.depthMax ?? 0
  return `It went ${max} handoffs deep, which is the limit: ${way}.`.slice(0, limits.reasonCharsMax)
}

async function noteLimit(
  project: Project,
  request: HandoverRequest,
  reached: { limit: 'depth' | 'handoffs'; max: number; reached: number },
): Promise<void> {
  if (request.session === undefined) return
  const meta = { ...request.meta, actor: { kind: 'worker' as const, id: project.worker } }
  await project.streams.execute(targets.session(request.session), { type: 'ReachLimit', ...reached }, meta)
}

function hopOf(work: WorkflowWork, request: HandoverRequest): number {
  const parent = request.parent === undefined ? undefined : work.handoffs.get(request.parent)
  return parent?.request == null ? 0 : parent.request.hop + 1
}

async function requestHandoff(
  project: Project,
  work: WorkflowWork,
  request: HandoverRequest & { id: string; tooDeep?: string },
): Promise<HandoverReply | null> {
  const parent = request.parent === undefined ? undefined : work.handoffs.get(request.parent)?.request
  const chain = parent == null ? [] : parent.chain
  const sender = request.from.kind === 'agent' ? request.from.id : null
  const known = sender === null || chain.some((name) => agentKey(name) === agentKey(sender))
  const outcome = await project.streams.execute(
    targets.handoff(request.id),
    {
      type: 'RequestHandoff',
      from: request.from,
      need: request.need,
      context: request.context,
      provides: request.provides,
      mode: request.mode,
      workflow: request.workflow,
      hop: hopOf(work, request),
      chain: known ? [...chain] : [...chain, sender],
      ...(request.to === null ? {} : { to: request.to }),
      ...(request.session === undefined ? {} : { session: request.session }),
      ...(request.parent === undefined ? {} : { parent: request.parent }),
      ...(request.deadline === undefined ? {} : { deadline: request.deadline }),
      ...(request.tooDeep === undefined ? {} : { tooDeep: request.tooDeep }),
    },
    request.meta,
  )
  if (outcome.kind === 'accepted') return null
  return { status: 'refused', code: outcome.rejection.code, reason: outcome.rejection.message }
}

async function supply(project: Project, id: string, request: HandoverRequest): Promise<void> {
  const handoff = await project.streams.load(targets.handoff(id))
  if (handoff.status !== 'returned' || request.provides.length === 0) return
  const command = { type: 'SupplyHandoff', by: request.from, provides: request.provides } as const
  await project.streams.execute(targets.handoff(id), command, request.meta)
}

function replyOf(id: string, handoff: Handoff): HandoverReply {
  const to = handoff.to ?? ''
  if (handoff.status === 'returned') {
    return {
      status: 'returned',
      handoff: id,
      to,
      need: handoff.request?.need ?? '',
      missing: handoff.missing,
    }
  }
  if (handoff.status === 'unrouted')
    return { status: 'nobody', handoff: id, reason: handoff.reason ?? 'Nobody fits.' }
  if (isSettled(handoff.status)) {
    return {
      status: 'settled',
      handoff: id,
      to,
      outcome: handoff.status,
      answer: handoff.answer ?? handoff.reason ?? '',
    }
  }
  const mode = handoff.request?.mode ?? 'delegate'
  return { status: 'handed_off', handoff: id, to, reason: handoff.reason ?? '', mode }
}
