import type { Lease } from '../../handoffs/handoff.ts'
import type { SectionGiven } from '../../sessions/events.ts'
import { assemblePrompt, promptVersion } from '../../sessions/prompt.ts'
import type { Session } from '../../sessions/session.ts'
import type { Project } from '../project.ts'
import { promptInput } from '../session/prompt-input.ts'
import { sessionMeta } from '../session/session-run.ts'
import * as targets from '../targets.ts'
import { type Found, pinnedAgent } from './held.ts'

/** The model of a session whose model Daybook does not call. */
export const externalModel = 'external'

/** What an agent is told when it begins, where the usual brief does not fit. */
export type Briefing = (at: Found) => {
  readonly text: string
  readonly given: SectionGiven[]
  readonly version: string
}

/**
 * Begins, once, the session of an agent that lives elsewhere: no model call will be in it, and what the agent was
 * given is on record word for word. `brief` is that text, as it was given first.
 */
export async function openSession(
  project: Project,
  at: Found,
  { lease, briefing }: { readonly lease: Lease; readonly briefing?: Briefing | undefined },
): Promise<{ session: Session; brief: string }> {
  const { view, streams } = project
  await view.refresh()
  const { definition, event } = pinnedAgent(project, at)
  const meta = sessionMeta({ project, workflow: at.of.id, rehearsal: at.of.rehearsal })
  const target = targets.session(lease.session)
  const start = {
    type: 'StartSession',
    agent: definition.name,
    agentEvent: event,
    task: at.handoff.request?.need ?? '',
    handoff: at.id,
    memoryAsOf: view.asOf,
    model: externalModel,
    parameters: {},
    runner: 'external',
    limits: {},
    worker: lease.worker,
    epoch: lease.epoch,
  } as const
  const { state: started } = await streams.execute(target, start, meta)
  if (started.context !== null) return { session: started, brief: started.context.system }
  const brief = briefing ?? ((of) => usualBrief(project, of, started.startedAt ?? ''))
  const { text, given, version } = brief(at)
  const context = { asOf: view.asOf, sections: given, system: text, tools: [], promptVersion: version }
  const { state } = await streams.execute(target, { type: 'GiveContext', ...context }, meta)
  return { session: state, brief: state.context?.system ?? text }
}

function usualBrief(project: Project, at: Found, startedAt: string): ReturnType<Briefing> {
  const { view } = project
  const { definition } = pinnedAgent(project, at)
  const date = startedAt.slice(0, 10)
  const sources = { definition, handoff: at.handoff, view, work: at.of, date, offered: null }
  const { opening, given } = assemblePrompt(promptInput(sources))
  return { text: opening, given: [...given], version: promptVersion }
}
