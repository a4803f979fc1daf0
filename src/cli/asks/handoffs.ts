import type { handoffStatuses } from '../../handoffs/handoff.ts'
import { cancelOneHandoff, redriveHandoff } from '../../runtime/command-handoff.ts'
import type { Daybook } from '../../runtime/daybook.ts'
import type { HandoffDetails } from '../../runtime/handoff-details.ts'
import { supplyHandoff } from '../../runtime/supply-handoff.ts'
import { inWorkflow } from '../../runtime/whole-id.ts'
import { type HandoffView, listHandoffs, showHandoff } from '../../runtime/work-views.ts'
import type { Ask } from '../ask.ts'
import { everyPage, type RunningServer, said, segment } from '../running-server.ts'

export type OneHandoff = HandoffView & HandoffDetails

interface Wanted {
  readonly workflow?: string | undefined
  readonly status?: (typeof handoffStatuses)[number] | undefined
}

export const handoffsWanted: Ask<Wanted, readonly HandoffView[]> = {
  open: { mode: 'read' },
  here: handoffsHere,
  there: handoffsThere,
}

async function handoffsHere({ project }: Daybook, { workflow, status }: Wanted): Promise<HandoffView[]> {
  const isWanted = await inWorkflow(project, workflow)
  const all = await listHandoffs(project)
  return all.filter((one) => isWanted(one) && (status === undefined || one.status === status))
}

function handoffsThere({ client }: RunningServer, wanted: Wanted): Promise<HandoffView[]> {
  return everyPage(async (cursor) => {
    const { handoffs, next } = await said(client.v1.handoffs.$get({ query: { ...wanted, ...cursor } }))
    return { items: handoffs as readonly HandoffView[], next }
  })
}

export const oneHandoff: Ask<{ readonly id: string }, OneHandoff> = {
  open: { mode: 'read' },
  here: ({ project }, { id }) => showHandoff(project, id),
  there: handoffThere,
}

export async function handoffThere(
  { client }: RunningServer,
  { id }: { readonly id: string },
): Promise<OneHandoff> {
  const param = { id: segment(id) }
  return (await said(client.v1.handoffs[':id'].$get({ param }))) as unknown as OneHandoff
}

export const deadLetters: Ask<{ readonly workflow: string | undefined }, readonly OneHandoff[]> = {
  open: { mode: 'read' },
  async here(daybook, wanted) {
    const dead = await handoffsHere(daybook, { ...wanted, status: 'dead_lettered' })
    return Promise.all(dead.map(({ id }) => showHandoff(daybook.project, id)))
  },
  async there(server, wanted) {
    const dead = await handoffsThere(server, { ...wanted, status: 'dead_lettered' })
    return Promise.all(dead.map(({ id }) => handoffThere(server, { id })))
  },
}

interface Supply {
  readonly id: string
  readonly provides: { requirement: string; value: string }[]
  readonly context: string | undefined
  readonly force: boolean
  readonly note: string | undefined
}

export const suppliedHandoff: Ask<Supply, OneHandoff> = {
  open: { log: 'existing' },
  here: ({ project, person: by }, { id: handoff, provides, context, force, note }) => {
    const missing = force ? 'forced' : 'asked_for'
    return supplyHandoff(project, { handoff, by, provides, context, missing, note })
  },
  there: async ({ client }, { id, ...json }) =>
    (await said(
      client.v1.handoffs[':id'].supply.$post({ param: { id: segment(id) }, json }),
    )) as unknown as OneHandoff,
}

interface Redrive {
  readonly id: string
  readonly reason: string
  readonly to: string | undefined
}

export const redrivenHandoff: Ask<Redrive, OneHandoff> = {
  open: { log: 'existing' },
  here: ({ project, person: by }, { id: handoff, ...said }) =>
    redriveHandoff(project, { handoff, by, ...said }),
  there: async ({ client }, { id, ...json }) =>
    (await said(
      client.v1.handoffs[':id'].redrive.$post({ param: { id: segment(id) }, json }),
    )) as unknown as OneHandoff,
}

export const cancelledHandoff: Ask<{ readonly id: string; readonly reason: string }, OneHandoff> = {
  open: { log: 'existing' },
  here: ({ project, person: by }, { id: handoff, reason }) =>
    cancelOneHandoff(project, { handoff, by, reason }),
  there: async ({ client }, { id, reason }) =>
    (await said(
      client.v1.handoffs[':id'].cancel.$post({ param: { id: segment(id) }, json: { reason } }),
    )) as unknown as OneHandoff,
}
