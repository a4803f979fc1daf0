import type { AgentDefinition } from '../agents/events.ts'
import { parsePatterns } from '../kernel/collaboration-patterns.ts'
import { agentKey } from '../kernel/words.ts'
import { type OpeningFacts, readOpening } from './opening.ts'
import { rehearsedSection } from './rehearsed-section.ts'

/** A conversation as the rehearsal sees it: the same request that a model would be sent. */
export interface RehearsalRequest {
  readonly messages: readonly { readonly role: 'user' | 'assistant'; readonly content: unknown }[]
  readonly tools: readonly { readonly name: string }[]
}

export interface RehearsedAnswer {
  readonly content: { type: string; [field: string]: unknown }[]
  readonly stopReason: 'tool_use' | 'end_turn'
}

/** Partners that a rehearsal hands to: two from the first agent, one from each after it. */
const fanOutFirst = 2

/**
 * What a rehearsed agent does, decided by its file and the conversation alone: fill its section from its
 * template, hand off along its partners, provide what they ask for, and end with its summary's own labels.
 */
export function rehearse(definition: AgentDefinition, request: RehearsalRequest): RehearsedAnswer {
  const opening = readOpening(textOf(request.messages[0]?.content))
  const said = request.messages
    .filter((message) => message.role === 'assistant')
    .flatMap((message) => blocks(message.content))
  const may = (tool: string) =>
    request.tools.some(({ name }) => name === tool) && !said.some(({ name }) => name === tool)
  if (may('memory') && definition.claims.length > 0) return writeSections(definition, opening)
  const writes = said.filter(({ name }) => name === 'memory').length
  const stale = writes < writesMax ? staleSection(definition, request.messages.at(-1)?.content) : null
  if (stale !== null) return writeSections(definition, withSection(opening, stale))
  const provided = new Set(said.flatMap(needProvidedFor))
  const returned = returnedHandoffs(request.messages.at(-1)?.content).filter(
    ({ need }) => !provided.has(need),
  )
  if (returned.length > 0)
    return calls(
      'hand_off',
      returned.map((item) => supply(item, definition, opening)),
    )
  const needs = may('hand_off') ? needsOf(definition, opening) : []
  if (needs.length > 0)
    return calls(
      'hand_off',
      needs.map((need) => handOff(need, definition, opening)),
    )
  return { content: [{ type: 'text', text: summary(definition, opening) }], stopReason: 'end_turn' }
}

/** Others may write into the section again and again. */
const writesMax = 5

type SectionFact = OpeningFacts['sections'][number]

/** Its own section as an answer to a write says that it reads now, because others changed it meanwhile. */
function staleSection(definition: AgentDefinition, content: unknown): SectionFact | null {
  const [claim] = definition.claims
  for (const { type, content: said, is_error: isError } of blocks(content)) {
    if (claim === undefined || type !== 'tool_result' || isError !== true || typeof said !== 'string')
      continue
    const text = said.split(`"${claim.heading}" of ${claim.document}.md reads now:\n\n`)[1]
    if (text !== undefined) return { ...claim, owner: definition.name, text: `${text}\n` }
  }
  return null
}

function withSection(opening: OpeningFacts, section: SectionFact): OpeningFacts {
  const others = opening.sections.filter(
    ({ document, heading }) => document !== section.document || heading !== section.heading,
  )
  return { ...opening, sections: [...others, section] }
}

interface Block {
  readonly type: string
  readonly is_error?: boolean
  readonly name?: string
  readonly text?: string
  readonly content?: unknown
  readonly input?: unknown
}

function blocks(content: unknown): readonly Block[] {
  return Array.isArray(content) ? (content as Block[]) : []
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  return blocks(content)
    .map((block) => block.text ?? '')
    .join('\n')
}

function calls(name: string, inputs: readonly Record<string, unknown>[]): RehearsedAnswer {
  const content = inputs.map((input, index) => ({
    type: 'tool_use',
    id: `rehearsal_${name}_${index}`,
    name,
    input,
  }))
  return { content, stopReason: 'tool_use' }
}

function writeSections(definition: AgentDefinition, opening: OpeningFacts): RehearsedAnswer {
  const own = definition.claims.slice(0, 1)
  const inputs = own.map((claim) => ({
    command: 'write_section',
    document: claim.document,
    heading: claim.heading,
    text: rehearsedSection({ claim, definition, opening }),
  }))
  return calls('memory', inputs)
}

interface NotedPartner {
  readonly name: string
  readonly note: string | null
}

/** Partners that are in the team and not on the way here: what the own section records, then what the file says. */
function partnersOf(definition: AgentDefinition, opening: OpeningFacts): NotedPartner[] {
  if (opening.hop >= opening.depthMax) return []
  const recorded = opening.sections
    .filter((section) => section.owner === definition.name)
    .flatMap((section) => parsePatterns(section.text).worksWith)
    .map((item) => ({ name: item.name, note: item.note }))
  const declared = definition.worksWith.map((partner) => ({ name: partner.target ?? '', note: partner.note }))
  const known = new Map(opening.team.map((name) => [agentKey(name), name]))
  const passed = new Set([...opening.way, definition.name].map(agentKey))
  const chosen = new Map<string, NotedPartner>()
  for (const { name, note } of [...recorded, ...declared]) {
    const key = agentKey(name)
    const spelled = known.get(key)
    if (spelled === undefined || passed.has(key) || chosen.has(key)) continue
    chosen.set(key, { name: spelled, note })
  }
  return [...chosen.values()].slice(0, opening.hop === 0 ? fanOutFirst : 1)
}

/** What a rehearsed agent passes on; `to` is null where the router shall choose. */
interface RehearsedNeed {
  readonly need: string
  readonly to: string | null
}

/** One need for each partner; an agent that knows no partner asks for somebody who tests and documents. */
function needsOf(definition: AgentDefinition, opening: OpeningFacts): RehearsedNeed[] {
  if (opening.hop >= opening.depthMax) return []
  const partners = partnersOf(definition, opening)
  if (partners.length > 0)
    return partners.map((partner) => ({ need: needFor(partner, opening), to: partner.name }))
  const section = sectionName(definition)
  const test = { need: `Test what is recorded in ${section} for: ${opening.goal}`, to: null }
  const document = { need: `Document what is recorded in ${section} for: ${opening.goal}`, to: null }
  return opening.hop === 0 ? [test, document] : []
}

function needFor(partner: NotedPartner, opening: OpeningFacts): string {
  const what = partner.note === null ? 'Do your part' : `Take care of ${partner.note}`
  return `${what} for: ${opening.goal}`
}

function handOff(
  { need, to }: RehearsedNeed,
  definition: AgentDefinition,
  opening: OpeningFacts,
): Record<string, unknown> {
  return {
    need,
    ...(to === null ? {} : { to }),
    context: `${definition.name} rehearsed its part of “${opening.goal}” and recorded it in ${sectionName(definition)}.`,
    mode: 'delegate',
  }
}

interface Returned {
  readonly need: string
  readonly to: string
  readonly missing: readonly string[]
}

function returnedHandoffs(content: unknown): Returned[] {
  return blocks(content).flatMap((block) => {
    if (block.type !== 'tool_result' || typeof block.content !== 'string') return []
    try {
      const result = JSON.parse(block.content) as Partial<Returned> & { status?: string }
      const { need, to, missing } = result
      return result.status === 'returned' && need && to && missing ? [{ need, to, missing }] : []
    } catch {
      return []
    }
  })
}

/** The need of a call that answered a list of requirements: what is sent back then is sent back for good. */
function needProvidedFor(block: Block): string[] {
  const { need, provides } = (block.input ?? {}) as { need?: string; provides?: unknown }
  return provides === undefined || need === undefined ? [] : [need]
}

function supply(item: Returned, definition: AgentDefinition, opening: OpeningFacts): Record<string, unknown> {
  const provides = item.missing.map((requirement) => ({
    requirement,
    value: `Rehearsed by ${definition.name} for “${opening.goal}”; see ${sectionName(definition)}.`,
  }))
  return { need: item.need, to: item.to, provides, mode: 'delegate' }
}

function summary(definition: AgentDefinition, opening: OpeningFacts): string {
  const needs = needsOf(definition, opening)
  const labels =
    definition.summaryFields.length > 0 ? definition.summaryFields : ['Work Done', 'Collaboration Needs']
  const lines = labels.map((label) => `**${label}**: ${summaryValue(label, { definition, opening, needs })}`)
  return `## Session Summary\n\n${lines.join('\n')}`
}

interface SummaryFacts {
  readonly definition: AgentDefinition
  readonly opening: OpeningFacts
  readonly needs: readonly RehearsedNeed[]
}

function summaryValue(label: string, { definition, opening, needs }: SummaryFacts): string {
  const goal = `“${opening.goal}”`
  if (/collaboration|hand-?off/iu.test(label)) {
    const items = needs.map(({ need, to }) => (to === null ? need : `${to}: ${need}`))
    return items.length === 0 ? 'None' : items.join('; ')
  }
  if (/decision|choice|strategy/iu.test(label)) {
    return `Rehearsed ${label.toLowerCase()} for ${goal} - Rationale: it follows the role of ${definition.name} - Performance: to be measured in a real run`
  }
  if (/monitor|validat/iu.test(label)) return `Check ${goal} against its acceptance cases in a real run`
  if (/integration|dependenc/iu.test(label)) {
    return opening.way.length > 0 ? `Builds on ${opening.way.join(', ')}` : `First in the chain for ${goal}`
  }
  return `Rehearsed: ${label.toLowerCase()} of ${definition.name} for ${goal}`
}

function sectionName(definition: AgentDefinition): string {
  const claim = definition.claims[0]
  return claim === undefined ? 'its summary' : `"${claim.heading}" of ${claim.document}.md`
}
