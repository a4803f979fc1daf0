import { DaybookError } from '../../kernel/errors.ts'
import type { SessionCommand } from '../../sessions/commands.ts'
import type { ToolDefinition } from '../../sessions/events.ts'
import { assemblePrompt, promptVersion } from '../../sessions/prompt.ts'
import type { Session } from '../../sessions/session.ts'
import * as targets from '../targets.ts'
import { promptInput } from './prompt-input.ts'
import type { SessionRun } from './session-run.ts'

type Context = Extract<SessionCommand, { type: 'OpenConversation' }>['context']

/** What a session is told first: from the memory, the roster and the handoff as they are now. */
export async function assembleContext(
  run: SessionRun,
  session: Session,
): Promise<{ context: Context; opening: string }> {
  const { project, definition } = run
  await project.view.refresh()
  await project.work.refresh()
  const work = project.work.workflow(run.workflow)
  const handoff = await project.streams.load(targets.handoff(run.handoff))
  if (work === null || handoff.request === null) {
    throw new DaybookError('not_found', `Session ${run.id} belongs to no handoff of a known workflow.`)
  }
  const date = (session.startedAt ?? '').slice(0, 10)
  const prompt = assemblePrompt(
    promptInput({
      definition,
      handoff,
      view: project.view,
      work,
      date,
      offered: run.tools.map((tool) => tool.name),
    }),
  )
  const tools = run.tools.map(
    ({ name, description, inputSchema }): ToolDefinition => ({ name, description, inputSchema }),
  )
  const asOf = project.view.asOf
  const context = { asOf, sections: [...prompt.given], system: prompt.system, tools, promptVersion }
  return { context, opening: prompt.opening }
}
