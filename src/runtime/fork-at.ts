import { DaybookError } from '../kernel/errors.ts'
import type { Position } from '../kernel/event.ts'
import type { ServedDaybook } from './daybook.ts'
import { forkWorkflow } from './fork-workflow.ts'
import { resolveWhen } from './when.ts'
import { showWorkflow } from './work-views.ts'
import { checkModelName } from './workflow-defaults.ts'

export interface ForkWish {
  /** The parent, by its id or the beginning of it. */
  readonly id: string
  /** WHEN, as people say it: the last moment that both have in common. */
  readonly at: string
  /** The model that the fork goes on with; the parent's when absent. */
  readonly model?: string | null | undefined
}

export interface ForkedWorkflow {
  readonly workflow: string
  readonly parent: string
  readonly at: Position
}

/** Forks a workflow as somebody asks for it. Rejects with `usage` for a moment or a model that there is not. */
export async function forkAt(
  { project, person, settings }: Pick<ServedDaybook, 'project' | 'person' | 'settings'>,
  { id, at: when, model }: ForkWish,
): Promise<ForkedWorkflow> {
  checkModelName(settings, model)
  const parent = (await showWorkflow(project, id)).id
  const at = await resolveWhen(project, when)
  if (at === null) throw new DaybookError('usage', `"${when}" is before the first event of the log.`)
  const overrides = model == null ? {} : { model }
  const workflow = await forkWorkflow(project, { parent, at, by: person, overrides })
  return { workflow, parent, at }
}
