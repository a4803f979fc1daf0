import { limits } from '../kernel/limits.ts'
import { agentKey } from '../kernel/words.ts'
import { defaultModel, resolveModel } from '../models/model-names.ts'
import { rehearsalModelName } from '../models/rehearsal.ts'
import type { RosterEntry, WorkflowLimits } from '../workflows/events.ts'
import type { Daybook } from './daybook.ts'
import { rosterOf } from './roster.ts'
import type { Settings } from './settings.ts'

export const defaultLimits: WorkflowLimits = {
  depthMax: limits.handoffHopsMax,
  handoffsMax: limits.handoffsPerWorkflowMax,
  turnsPerSessionMax: limits.turnsPerSessionMax,
  tokensMax: limits.tokensPerWorkflowMax,
  costUsdMax: limits.costPerWorkflowUsdMax,
  wallTimePerSessionMs: limits.wallTimePerSessionMs,
}

export interface HowItRuns {
  readonly roster: readonly RosterEntry[]
  readonly limits: WorkflowLimits
  readonly model: string
  readonly rehearsal: boolean
}

interface RunsIn {
  readonly settings: Pick<Settings, 'rehearsal' | 'config'>
  readonly roster: readonly RosterEntry[]
}

export interface Wishes {
  readonly limits?: Partial<WorkflowLimits>
  readonly model?: string | undefined
}

/**
 * How a workflow runs: what is wished for, else the configuration, else the defaults. The same for every way to
 * begin one. Throws `usage` for a model that is unknown, also where a stand-in answers in its place.
 */
export function howItRuns({ settings, roster }: RunsIn, wishes: Wishes = {}): HowItRuns {
  const { config, rehearsal } = settings
  checkModelName(settings, wishes.model ?? config.model)
  const configured = {
    ...config.limits,
    ...(config.costUsdMax === undefined ? {} : { costUsdMax: config.costUsdMax }),
    ...(config.depthMax === undefined ? {} : { depthMax: config.depthMax }),
  }
  return {
    roster: roster.map((entry) =>
      livesElsewhere(entry.agent, config) ? { ...entry, external: true } : entry,
    ),
    limits: { ...defaultLimits, ...configured, ...wishes.limits },
    model: wishes.model !== undefined && !rehearsal ? wishes.model : usualModel(settings),
    rehearsal,
  }
}

/** Whether an agent takes its work from its inbox. */
function livesElsewhere(agent: string, { external }: Settings['config']): boolean {
  if (external === undefined || external === 'all') return external === 'all'
  return external.some((name) => agentKey(name) === agentKey(agent))
}

/** Throws `usage` for a name that no model has; whether it can be called is seen when it is. */
export function checkModelName(
  { config, rehearsal }: Pick<Settings, 'rehearsal' | 'config'>,
  name: string | null | undefined,
): void {
  if (name == null || (rehearsal && name === rehearsalModelName)) return
  resolveModel(null, name, config.models)
}

/** The model for agents that name none. */
export function usualModel({ rehearsal, config }: Pick<Settings, 'rehearsal' | 'config'>): string {
  return rehearsal ? rehearsalModelName : (config.model ?? defaultModel)
}

/** Rejects with `usage` now when an agent's model is unknown or cannot be called, instead of in the middle of the work. */
export function checkModels(
  { project, modelFor }: Pick<Daybook, 'project' | 'modelFor'>,
  how: HowItRuns,
): void {
  const own = how.roster.filter(({ external }) => external !== true)
  for (const { definition } of rosterOf(project.view, own)) modelFor(definition, how)
}
