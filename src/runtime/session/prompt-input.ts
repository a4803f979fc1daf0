import type { AgentDefinition } from '../../agents/events.ts'
import type { Handoff } from '../../handoffs/handoff.ts'
import { checklistOf } from '../../handoffs/requirements.ts'
import type { GivenFor, KnownSection, PromptInput } from '../../sessions/prompt.ts'
import { notesOnTools } from '../../tools/allowed-tools.ts'
import type { LogView } from '../log-view.ts'
import { rosterOf } from '../roster.ts'
import type { WorkflowWork } from '../workflow-work.ts'
import { decisionsThatMatter } from './decisions-that-matter.ts'

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
  const sections = knownSections(view)
  return {
    definition,
    need: request?.need ?? '',
    context: handoff.context,
    from: request?.from.kind === 'agent' ? request.from.id : 'a person',
    hop: request?.hop ?? 0,
    depthMax: work.workflow.limits?.depthMax ?? 0,
    chain: request?.chain ?? [],
    provides: givenFor(handoff),
    missing: handoff.missing,
    sections,
    decisions: decisionsThatMatter(sections, `${request?.need ?? ''}\n${handoff.context}`),
    roster: roster.map(({ name, description }) => ({ name, description })),
    date,
    toolNotes: offered === null ? [] : notesOnTools(definition.tools, offered),
  }
}

/** Where each requirement was met, and what was given beside them. */
function givenFor({ requirements, context, provides }: Handoff): GivenFor[] {
  const checklist = checklistOf(requirements, { context, provides })
  const met = checklist.flatMap(({ requirement, met, where }): GivenFor[] =>
    met === 'missing' ? [] : [{ requirement, value: where, where: met }],
  )
  const named = new Set(met.map(({ value }) => value))
  return [...met, ...provides.filter(({ value }) => !named.has(value))]
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
