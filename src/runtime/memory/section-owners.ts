import { agentEvents } from '../../agents/events.ts'
import { DaybookError, refusal } from '../../kernel/errors.ts'
import type { Actor } from '../../kernel/event.ts'
import { isEventOf } from '../../kernel/event-schema.ts'
import { agentKey } from '../../kernel/words.ts'
import type { AssignSection } from '../../memory/decider.ts'
import type { Document, DocumentSection } from '../../memory/document.ts'
import type { EditVia, Owner } from '../../memory/events.ts'
import { type LikelyOwner, likelyOwner } from '../../memory/likely-owner.ts'
import { type Claim, claimants, keeperOf } from '../../memory/ownership.ts'
import { claimsOn } from '../claims.ts'
import type { LogView } from '../log-view.ts'
import type { Project } from '../project.ts'
import * as targets from '../targets.ts'

/** A section with who owns it, and who probably should. */
export interface SectionOwner {
  readonly document: string
  readonly section: string
  readonly heading: string
  /** Null: people. */
  readonly owner: Owner
  /** Without an owner: the agent whose claim lets it write here all the same. */
  readonly keeper: Owner
  /** Agents that claim the heading now, the first registered first. */
  readonly claimedBy: readonly string[]
  readonly likely: LikelyOwner | null
}

/** Every section of every document, or of one, with its owner; the likely one where there is none. */
export async function sectionOwners(project: Project, document?: string): Promise<SectionOwner[]> {
  await project.view.refresh()
  const documents = project.view
    .documents()
    .filter((one) => document === undefined || one.document === document)
  const formerly = await formerClaims(project)
  return documents.flatMap((state) => ownersOf(state, project.view, formerly))
}

const hintsMax = 5

/** For whoever brings a document in: a line for each section that lost its owner, with what to do about it. */
export async function ownerHints(
  project: Pick<Project, 'streams' | 'view'>,
  state: Document,
): Promise<string[]> {
  const lost = ownersOf(state, project.view, await formerClaims(project)).flatMap(({ heading, likely }) =>
    likely === null ? [] : [{ heading, ...likely }],
  )
  const hints = lost.slice(0, hintsMax).map(({ heading, agent, because }) => {
    const assign = `daybook memory assign ${JSON.stringify(heading)} --document ${state.document} --to ${agent}`
    return `memory: "${heading}" of ${state.document}.md has no owner; probably ${agent}'s: ${because}. Give it with: ${assign}`
  })
  const more = lost.length - hints.length
  return more > 0 ? [...hints, `memory: ${more} more are listed by: daybook memory owners`] : hints
}

type FormerClaim = Claim & { readonly document: string }

function ownersOf(state: Document, view: LogView, formerly: readonly FormerClaim[]): SectionOwner[] {
  const { document, sections } = state
  const claims = claimsOn(view, document)
  const formerClaims = formerly.filter((claim) => claim.document === document)
  const agents = view.agents().map(({ definition }) => definition)
  return sections.map((section: DocumentSection) => {
    const { section: id, heading, owner } = section
    const keeper = keeperOf(state, section, claims)
    const likely = keeper === null ? likelyOwner(state, section, { document, agents, formerClaims }) : null
    return { document, section: id, heading, owner, keeper, claimedBy: claimants(heading, claims), likely }
  })
}

/** Every claim that any agent's file ever made. */
async function formerClaims({ streams, view }: Pick<Project, 'streams' | 'view'>): Promise<FormerClaim[]> {
  const claims: FormerClaim[] = []
  for (const stream of view.agentStreams().keys())
    for await (const event of streams.read(stream)) {
      if (!isEventOf(agentEvents, event) || event.type === 'AgentRetired') continue
      const { name, claims: own } = event.data.definition
      claims.push(...own.map(({ document, heading }) => ({ agent: name, document, heading })))
    }
  return claims
}

export interface Assignment {
  readonly document: string
  /** Id, heading, or heading in kebab case. */
  readonly section: string
  /** An agent's name, or `people`. */
  readonly to: string
  readonly by: Actor
  readonly via: EditVia
}

/**
 * Gives a section to an agent, or to people. Gives the event, or null when it is so already. Rejects with
 * `not_found` for a section or an agent that is not there.
 */
export async function assignSection(project: Project, assignment: Assignment): Promise<string | null> {
  const { document, section, to, by, via } = assignment
  await project.view.refresh()
  const owner = to === 'people' ? null : agentNamed(project.view, to)
  const command: AssignSection = { type: 'AssignSection', document, section, owner, actor: by, via }
  const outcome = await project.streams.execute(targets.document(document), command, { actor: by })
  if (outcome.kind === 'rejected') {
    const { code, message } = outcome.rejection
    throw new DaybookError(code === 'not_found' ? 'not_found' : 'rejected', message, {
      details: outcome.rejection,
    })
  }
  await project.rendering.render(document)
  return outcome.events[0]?.id ?? null
}

function agentNamed(view: LogView, name: string): string {
  const known = view.agent(name)
  if (known !== null) return known.definition.name
  const names = view.agents().map(({ definition }) => definition.name)
  const near = names.filter((one) => agentKey(one).includes(agentKey(name)))
  const hint = (near.length > 0 ? near : names).slice(0, 20).join(', ') || 'none'
  const message = `There is no agent "${name}". Agents: ${hint}; or "people".`
  throw refusal({ code: 'unknown_agent', message })
}
