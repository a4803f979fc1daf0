import type { AgentDefinition } from '../../agents/events.ts'
import type { Handoff } from '../../handoffs/handoff.ts'
import type { KnownSection, PromptInput } from '../../sessions/prompt.ts'
import { notesOnTools } from '../../tools/allowed-tools.ts'
import type { LogView } from '../log-view.ts'
import { rosterOf } from '../roster.ts'
import type { WorkflowWork } from '../workflow-work.ts'

export interface PromptSources {
  readonly definition: AgentDefinition
  readonly handoff: Handoff
  /** Agents and documents as of the moment. */
  readonly view: LogView
  readonly work: WorkflowWork
  /** YYYY-MM-DD. */
  readonly date: string
  /** Names of the tools that the session offers; null where Daybook does not offer any. */
  readonly offered: readonly string[] | null
}

/** Everything a prompt is put together from, out of the log: when it is asked, and again when it is proved. */
export function promptInput({ definition, handoff, view, work, date, offered }: PromptSources): PromptInput {
  const { request } = handoff
  const roster = rosterOf(view, work.workflow.roster).map((agent) => agent.definition)
  return {
    definition,
    need: request?.need ?? '',
    context: handoff.context,
    from: request?.from.kind === 'agent' ? request.from.id : 'a person',
    hop: request?.hop ?? 0,
    depthMax: work.workflow.limits?.depthMax ?? 0,
    chain: request?.chain ?? [],
    provides: handoff.provides,
    missing: handoff.missing,
    sections: knownSections(view),
    roster: roster.map(({ name, description }) => ({ name, description })),
    date,
    toolNotes: offered === null ? [] : notesOnTools(definition.tools, offered),
  }
}

export function knownSections(view: LogView): KnownSection[] {
  return view.documents().flatMap((document) =>
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
