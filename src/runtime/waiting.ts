import type { Handoff } from '../handoffs/handoff.ts'
import type { LimitName } from '../kernel/limit-events.ts'
import { now, type Project } from './project.ts'
import type { WorkflowWork } from './workflow-work.ts'

export interface Waiting {
  readonly what: string
  readonly id: string
  readonly workflow: string
  readonly reason: string
  readonly remedy: string
  /** Of what waits for an approval; absent otherwise. */
  readonly digest?: string
}

/** Everything that goes on only when a person does something, and what that is. */
export async function listWaiting(project: Project): Promise<Waiting[]> {
  const { work } = project
  await work.refresh()
  const over = new Set(['failed', 'cancelled'])
  const alive = [...work.workflows()].filter((one) => !over.has(one.workflow.status))
  return alive.flatMap((one) => [
    ...waitingWorkflow(one),
    ...waitingHandoffs(one, now(project)),
    ...waitingSessions(one),
  ])
}

function waitingWorkflow({ id, workflow }: WorkflowWork) {
  if (workflow.status !== 'paused') return []
  const remedy =
    workflow.reached === null ? `daybook workflows resume ${id}` : raising(id, workflow.reached.limit)
  return [{ what: 'workflow', id, workflow: id, reason: workflow.reason ?? 'It is paused.', remedy }]
}

function waitingHandoffs(one: WorkflowWork, now: string) {
  return [...one.handoffs].flatMap(([id, handoff]) => {
    const about = { what: 'handoff', id, workflow: one.id }
    if (handoff.status === 'returned') {
      return [
        {
          ...about,
          reason: `${handoff.to} needs: ${handoff.missing.join('; ')}`,
          remedy: `daybook handoffs supply ${id} --provide "REQUIREMENT=VALUE"`,
        },
      ]
    }
    if (handoff.status === 'unrouted' || handoff.status === 'dead_lettered') {
      return [
        {
          ...about,
          reason: handoff.reason ?? 'Nobody could take it.',
          remedy: `daybook handoffs redrive ${id} --to AGENT`,
        },
      ]
    }
    return waitsElsewhere(one, handoff, now) ? [{ ...about, ...whereItWaits(id, handoff) }] : []
  })
}

/** In the inbox of an agent that lives elsewhere: not taken yet, or by somebody who was not heard of since. */
function waitsElsewhere({ workflow }: WorkflowWork, { status, lease, to }: Handoff, now: string): boolean {
  if (status === 'accepted') return lease?.external === true && lease.leaseUntil <= now
  return (
    status === 'routed' && workflow.roster.some(({ agent, external }) => external === true && agent === to)
  )
}

function whereItWaits(id: string, { lease, to }: Handoff): { reason: string; remedy: string } {
  const reason =
    lease === null
      ? `It waits in the inbox of ${to}.`
      : `${lease.worker} was not heard of since ${lease.leaseUntil}; it waits in the inbox of ${to}.`
  return { reason, remedy: `daybook handoffs accept ${id}` }
}

function waitingSessions(one: WorkflowWork) {
  return [...one.sessions.values()].flatMap((session) => {
    if (session.status !== 'paused' || session.waitsFor === 'answer') return []
    const about = {
      what: 'session',
      id: session.id,
      workflow: one.id,
      reason: session.reason ?? 'It is paused.',
    }
    if (session.waitsFor === 'outcome')
      return [{ ...about, remedy: `daybook sessions decide ${session.id} --retry|--skip|--fail` }]
    if (session.waitsFor === 'approval' && session.approval != null) {
      const digest = shortDigest(session.approval.digest)
      const remedy = `daybook sessions approve|deny ${session.id} --digest ${digest}`
      return [{ ...about, remedy, digest: session.approval.digest }]
    }
    return [
      {
        ...about,
        remedy:
          session.waitsFor === 'limit'
            ? raising(one.id, session.limit ?? 'turns')
            : `daybook sessions resume ${session.id}`,
      },
    ]
  })
}

function raising(workflow: string, limit: LimitName): string {
  return `daybook workflows raise ${workflow} --${limit.replaceAll('_', '-')} N`
}

/** Enough of a digest to tell what was shown from anything else. */
export function shortDigest(digest: string): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + 12)
}
