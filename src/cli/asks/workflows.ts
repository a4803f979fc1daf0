import { DaybookError } from '../../kernel/errors.ts'
import type { LimitName } from '../../kernel/limit-events.ts'
import { commandWorkflow } from '../../runtime/command-workflow.ts'
import type { Daybook } from '../../runtime/daybook.ts'
import { type ForkedWorkflow, type ForkWish, forkAt } from '../../runtime/fork-at.ts'
import { listWorkflows, showWorkflow, type WorkflowView } from '../../runtime/work-views.ts'
import type { WorkflowCommand } from '../../workflows/decider.ts'
import type { Ask } from '../ask.ts'
import { everyPage, type RunningServer, said, segment } from '../running-server.ts'

export type WorkflowDetails = Awaited<ReturnType<typeof showWorkflow>>

export const allWorkflows: Ask<object, readonly WorkflowView[]> = {
  open: { mode: 'read' },
  here: ({ project }) => listWorkflows(project),
  there: ({ client }) =>
    everyPage(async (cursor) => {
      const { workflows, next } = await said(client.v1.workflows.$get({ query: cursor }))
      return { items: workflows as readonly WorkflowView[], next }
    }),
}

export const oneWorkflow: Ask<{ readonly id: string }, WorkflowDetails> = {
  open: { mode: 'read' },
  here: ({ project }, { id }) => showWorkflow(project, id),
  there: workflowThere,
}

export async function workflowThere(
  { client }: RunningServer,
  { id }: { readonly id: string },
): Promise<WorkflowDetails> {
  const param = { id: segment(id) }
  return (await said(client.v1.workflows[':id'].$get({ param }))) as unknown as WorkflowDetails
}

interface Course {
  readonly id: string
  readonly course: 'pause' | 'resume' | 'cancel'
  readonly reason: string
}

const courses = { pause: 'PauseWorkflow', resume: 'ResumeWorkflow', cancel: 'CancelWorkflow' } as const

export const workflowCourse: Ask<Course, WorkflowDetails> = {
  open: { log: 'existing' },
  here: (daybook, { id, course, reason }) =>
    carriedOut(daybook, id, [{ type: courses[course], by: daybook.person, reason }]),
  there: async ({ client }, { id, course, reason }) =>
    (await said(
      client.v1.workflows[':id'][course].$post({ param: { id: segment(id) }, json: { reason } }),
    )) as unknown as WorkflowDetails,
}

interface Raise {
  readonly id: string
  /** At least one. */
  readonly limits: readonly { readonly limit: LimitName; readonly max: number }[]
}

export const raisedLimits: Ask<Raise, WorkflowDetails> = {
  open: { log: 'existing' },
  here: (daybook, { id, limits }) =>
    carriedOut(
      daybook,
      id,
      limits.map((one) => ({ type: 'RaiseLimit', ...one, by: daybook.person })),
    ),
  async there(server, { id, limits }) {
    const param = { id: segment(id) }
    for (const json of limits) await said(server.client.v1.workflows[':id'].raise.$post({ param, json }))
    return workflowThere(server, { id })
  },
}

export const forkedWorkflow: Ask<ForkWish, Omit<ForkedWorkflow, 'at'> & { readonly at: string }> = {
  open: {},
  here: forkAt,
  there: ({ client }, { id, at, model }) =>
    said(client.v1.workflows[':id'].fork.$post({ param: { id: segment(id) }, json: { at, model } })),
}

async function carriedOut(
  { project, person }: Daybook,
  id: string,
  commands: readonly WorkflowCommand[],
): Promise<WorkflowDetails> {
  const whole = (await showWorkflow(project, id)).id
  for (const command of commands) {
    const rejection = await commandWorkflow(project, { workflow: whole, command, by: person })
    if (rejection !== null) throw new DaybookError('rejected', rejection.message)
  }
  return showWorkflow(project, whole)
}
