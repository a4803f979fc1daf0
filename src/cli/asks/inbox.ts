import { hostname } from 'node:os'
import { DaybookError } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import { agentNamed } from '../../runtime/callers.ts'
import { type Daybook, personHere } from '../../runtime/daybook.ts'
import { type Completed, completeWork } from '../../runtime/inbox/complete-work.ts'
import { type Inbox, listInbox } from '../../runtime/inbox/inbox.ts'
import { declineWork, reportProgress } from '../../runtime/inbox/report.ts'
import { type Taken, takeHandoff } from '../../runtime/inbox/take-handoff.ts'
import { waitForInbox } from '../../runtime/inbox/wait-for-inbox.ts'
import { showHandoff } from '../../runtime/work-views.ts'
import type { Ask } from '../ask.ts'
import { type RunningServer, said, segment } from '../running-server.ts'
import { handoffThere, type OneHandoff } from './handoffs.ts'

type Declined = Awaited<ReturnType<typeof declineWork>>
type Renewed = Awaited<ReturnType<typeof reportProgress>>

/** Taking, reporting on, giving back and ending a handoff in an agent's place. */

export const inboxOf: Ask<{ readonly agent: string; readonly wait: number | undefined }, Inbox> = {
  open: { mode: 'read' },
  async here({ project }, { agent, wait }) {
    await project.view.refresh()
    agentNamed(project.view, agent, 'not_found')
    if (wait === undefined) return listInbox(project, agent)
    const { signal } = new AbortController()
    return waitForInbox(project, agent, { timeoutMs: wait * 1_000, signal })
  },
  async there({ client }, { agent, wait }) {
    const seconds = wait === undefined ? undefined : String(Math.min(wait, limits.inboxWaitMsMax / 1_000))
    const asked = client.v1.agents[':name'].inbox.$get({
      param: { name: segment(agent) },
      query: seconds === undefined ? {} : { wait: seconds },
    })
    return { ...((await said(asked)) as unknown as Inbox), agent }
  },
}

interface Accept {
  readonly id: string
  readonly worker: string | undefined
  readonly leaseMs: number | undefined
}

export const acceptedHandoff: Ask<Accept, Taken> = {
  open: { log: 'existing' },
  async here(daybook, { id, worker, leaseMs }) {
    const { project, person: by } = daybook
    const { id: handoff, to } = await showHandoff(project, id)
    const taking = { handoff, agent: to ?? '', worker: worker ?? workerHere(daybook), by, leaseMs }
    return takeHandoff(project, taking)
  },
  async there(server, { id, worker = workerFromHere(), leaseMs }) {
    const { id: whole, to } = await handoffThere(server, { id })
    const json = { agent: to ?? 'nobody', worker, leaseMs, by: 'person' }
    const asked = server.client.v1.handoffs[':id'].accept.$post({ param: { id: segment(whole) }, json })
    const { worker: _, ...taken } = await said(asked)
    return taken as unknown as Taken
  },
}

interface Decline {
  readonly id: string
  readonly reason: string
  readonly epoch: number | undefined
}

export const declinedHandoff: Ask<Decline, Declined> = {
  open: { log: 'existing' },
  async here(daybook, { id, reason, epoch: named }) {
    const { project, person: by } = daybook
    const one = await showHandoff(project, id)
    const epoch = named ?? (one.lease === null ? undefined : epochHeld(one, workerHere(daybook)))
    return declineWork(project, { handoff: one.id, agent: one.to ?? '', reason, by, epoch })
  },
  async there(server, { id, reason, epoch: named }) {
    const one = await handoffThere(server, { id })
    const epoch = named ?? (one.lease === null ? undefined : epochHeld(one, workerFromHere()))
    const json = { agent: one.to ?? 'nobody', reason, by: 'person', epoch }
    const param = { id: segment(one.id) }
    return (await said(server.client.v1.handoffs[':id'].decline.$post({ param, json }))) as Declined
  },
}

interface Progress {
  readonly id: string
  readonly note: string
  readonly epoch: number | undefined
  readonly leaseMs: number | undefined
}

export const renewedHandoff: Ask<Progress, Renewed> = {
  open: { log: 'existing' },
  async here(daybook, { id, note, epoch: named, leaseMs }) {
    const { project, person: by } = daybook
    return reportProgress(project, { ...(await heldHere(daybook, { id, named })), note, by, leaseMs })
  },
  async there(server, { id, note, epoch: named, leaseMs }) {
    const { handoff, epoch } = await heldThere(server, { id, named })
    const json = { epoch, note, by: 'person', leaseMs }
    const param = { id: segment(handoff) }
    return said(server.client.v1.handoffs[':id'].progress.$post({ param, json }))
  },
}

interface Complete {
  readonly id: string
  readonly summary: string
  readonly epoch: number | undefined
  readonly labels: 'asked_for' | 'as_it_is'
}

export const completedHandoff: Ask<Complete, Completed> = {
  open: { log: 'existing' },
  async here(daybook, { id, summary, epoch: named, labels }) {
    const { project, person: by } = daybook
    return completeWork(project, { ...(await heldHere(daybook, { id, named })), summary, by, labels })
  },
  async there(server, { id, epoch: named, ...what }) {
    const { handoff, epoch } = await heldThere(server, { id, named })
    const json = { epoch, by: 'person', ...what }
    const param = { id: segment(handoff) }
    const asked = server.client.v1.handoffs[':id'].complete.$post({ param, json })
    return (await said(asked)) as unknown as Completed
  },
}

/** A person at this machine, as a holder of leases. */
function workerHere({ person }: Pick<Daybook, 'person'>): string {
  return `cli:${person.id}`.slice(0, 200)
}

/** Accounts have the same name on many machines; a server hears of all of them. */
function workerFromHere(): string {
  return `cli:${personHere().id}@${hostname()}`.slice(0, 200)
}

interface Lookup {
  readonly id: string
  /** The epoch that was named; otherwise it must be this person's. */
  readonly named: number | undefined
}

async function heldHere(
  daybook: Daybook,
  { id, named }: Lookup,
): Promise<{ handoff: string; epoch: number }> {
  const one = await showHandoff(daybook.project, id)
  return { handoff: one.id, epoch: named ?? epochHeld(one, workerHere(daybook)) }
}

async function heldThere(
  server: RunningServer,
  { id, named }: Lookup,
): Promise<{ handoff: string; epoch: number }> {
  const one = await handoffThere(server, { id })
  return { handoff: one.id, epoch: named ?? epochHeld(one, workerFromHere()) }
}

/** A person ends what a person took; what another holds has to be named by its epoch. */
function epochHeld({ id, lease, status }: OneHandoff, worker: string): number {
  if (lease?.worker === worker) return lease.epoch
  const held =
    lease === null
      ? `Handoff ${id} is ${status.replace('_', ' ')}: take it first with "daybook handoffs accept ${id}".`
      : `Handoff ${id} is held by ${lease.worker}: say --epoch ${lease.epoch} if that is you.`
  throw new DaybookError('rejected', held)
}
