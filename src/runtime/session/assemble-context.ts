import { DaybookError } from '../../kernel/errors.ts'
import type { SessionCommand } from '../../sessions/decider.ts'
import type { ToolDefinition } from '../../sessions/events.ts'
import { assemblePrompt, type KnownSection, promptVersion } from '../../sessions/prompt.ts'
import type { Session } from '../../sessions/session.ts'
import { rosterOf } from '../roster.ts'
import * as targets from '../targets.ts'
import type { SessionRun } from './session-run.ts'

type Context = Extract<SessionCommand, { type: 'OpenConversation' }>['context']

/** What a session is told first: from the memory, the roster and the handoff as they are now. */
export async function assembleContext(
  run: SessionRun,
  session: Session,
): Promise<{ context: Context; opening: string }> {
  const { project } = run
  await project.view.refresh()
  await project.work.refresh()
  const work = project.work.workflow(run.workflow)
  const handoff = await project.streams.load(targets.handoff(run.handoff))
  const { request } = handoff
  if (work === null || request === null) {
    throw new DaybookError('not_found', `Session ${run.id} belongs to no handoff of a known workflow.`)
  }
  const roster = rosterOf(project.view, work.workflow.roster).map(({ definition }) => definition)
  const prompt = assemblePrompt({
    definition: run.definition,
    need: request.need,
    context: handoff.context,
    from: request.from.kind === 'agent' ? request.from.id : 'a person',
    hop: request.hop,
    depthMax: work.workflow.limits?.depthMax ?? 0,
    chain: request.chain,
    provides: handoff.provides,
    missing: handoff.missing,
    sections: knownSections(run),
    roster: roster.map(({ name, description }) => ({ name, description })),
    date: (session.startedAt ?? '').slice(0, 10),
  })
  const tools = run.tools.map(
    ({ name, description, inputSchema }): ToolDefinition => ({ name, description, inputSchema }),
  )
  const context = { sections: [...prompt.given], system: prompt.system, tools, promptVersion }
  return { context, opening: prompt.opening }
}

function knownSections(run: SessionRun): KnownSection[] {
  return run.project.view.documents().flatMap((document) =>
    document.sections.map(({ section, heading, owner, text, event }) => ({
      document: document.document,
      section,
      heading,
      owner,
      text,
      event,
    })),
  )
}
