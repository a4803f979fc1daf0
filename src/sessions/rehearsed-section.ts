import type { AgentDefinition, SectionClaim } from '../agents/events.ts'
import { agentKey } from '../kernel/words.ts'
import type { OpeningFacts } from './opening.ts'

export interface RehearsedSectionInput {
  readonly claim: SectionClaim
  readonly definition: AgentDefinition
  readonly opening: OpeningFacts
}

/**
 * The text a rehearsed agent writes: its template with every `[…]` filled from the task. A section that is
 * there already is kept, and the new run is added under its sub-headings, so that runs build on each other.
 */
export function rehearsedSection(input: RehearsedSectionInput): string {
  const { claim, definition, opening } = input
  const own = opening.sections.find(
    (section) => section.document === claim.document && agentKey(section.heading) === agentKey(claim.heading),
  )
  if (own !== undefined) return extend(own.text, input)
  const template = definition.template?.text ?? defaultTemplate(definition)
  const body = template.split('\n').map((line) => fill(line, input))
  const text = withDecision(body, input).join('\n').trimEnd()
  const headed = text.startsWith(`## ${claim.heading}`)
    ? text
    : `## ${claim.heading}\n\n${withoutHeading(text)}`
  return `${headed}\n`
}

/** A template that asks for nothing but partners still gets a line on what was done. */
function withDecision(lines: readonly string[], input: RehearsedSectionInput): string[] {
  if (lines.some((line) => line.includes(input.opening.goal))) return [...lines]
  const heading = lines.findIndex((line) => /^## /u.test(line))
  const decision = decisionLine(input)
  return heading < 0 ? [decision, '', ...lines] : lines.toSpliced(heading + 1, 0, '', decision)
}

function decisionLine({ definition, opening }: RehearsedSectionInput): string {
  return `- **Decision of ${definition.name}**: rehearsed for “${opening.goal}” - Rationale: it is what the role asks for - Performance: to be measured in a real run`
}

/** An agent without a template of its own still says what it did and with whom. */
function defaultTemplate(definition: AgentDefinition): string {
  const subheadings = definition.template?.subheadings ?? []
  const named = subheadings.length > 0 ? subheadings : ['Key Decisions', 'Collaboration Patterns']
  const parts = named.map((name) =>
    isCollaboration(name)
      ? `### ${name}\n- **Works well with**: [partners]\n- **Handoff requirements**: [what is needed]`
      : `### ${name}\n- **${name}**: [what was done] - Rationale: [why] - Performance: [what to expect]`,
  )
  return parts.join('\n\n')
}

function fill(line: string, input: RehearsedSectionInput): string {
  if (isDateLine(line)) return line.replace(/\[[^\]]*\]/gu, () => input.opening.date)
  const { definition } = input
  if (/\*\*Works well with\*\*:\s*\[/iu.test(line)) {
    return line.replace(/\[[^\]]*\]/u, () => partnerList(input))
  }
  if (/\*\*Handoff requirements\*\*:\s*\[/iu.test(line)) {
    return line.replace(/\[[^\]]*\]/u, () => definition.requirements.join(', ') || 'None')
  }
  const filled = line.replace(placeholder, (_, words: string) => words.trim())
  return filled === line ? line : `${filled} (rehearsed for “${input.opening.goal}”)`
}

/** Square brackets that are no link, no check box and no reference. */
const placeholder = /\[(?![ xX]\])([^[\]\n]+)\](?![([:])/gu

function partnerList({ definition, opening }: RehearsedSectionInput): string {
  const known = new Map(opening.team.map((name) => [agentKey(name), name]))
  const partners = definition.worksWith.flatMap((partner) => {
    const name = partner.target === null ? undefined : known.get(agentKey(partner.target))
    if (name === undefined) return []
    return [partner.note === null ? name : `${name} (${partner.note})`]
  })
  if (partners.length > 0) return partners.join(', ')
  const others = opening.way.at(-1)
  return others === undefined ? 'nobody yet' : `${others} (what it handed over)`
}

/**
 * Adds this run to a section that is there: one line under its first sub-heading that is no list of
 * partners, or at its top. Its date is left to the memory, which knows when the edit was made.
 */
function extend(text: string, input: RehearsedSectionInput): string {
  if (text.includes(`“${input.opening.goal}”`)) return text
  const lines = text.split('\n')
  const heading = lines.findIndex((candidate) => /^### /u.test(candidate) && !isCollaboration(candidate))
  const at = endOfBlock(lines, heading < 0 ? 0 : heading)
  return lines.toSpliced(at, 0, decisionLine(input)).join('\n')
}

function endOfBlock(lines: readonly string[], heading: number): number {
  let at = heading + 1
  while (at < lines.length && lines[at]?.trim() === '') at += 1
  while (at < lines.length && lines[at]?.trim() !== '' && !/^#{1,6} /u.test(lines[at] ?? '')) at += 1
  return at
}

function isDateLine(line: string): boolean {
  return /^\s*(?:[-*+]\s+)?[*_]*last updated[*_]*\s*[:：]/iu.test(line)
}

function isCollaboration(heading: string): boolean {
  return /collaboration patterns/iu.test(heading)
}

function withoutHeading(text: string): string {
  return text.replace(/^## .*\n+/u, '')
}
