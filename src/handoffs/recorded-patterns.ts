import type { Partner } from '../agents/events.ts'
import { parsePatterns } from '../kernel/collaboration-patterns.ts'
import { limits } from '../kernel/limits.ts'
import { markdownLines } from '../kernel/markdown-lines.ts'
import { type AgentNamed, agentNamed, parseItems, resolveItems } from '../kernel/pattern-items.ts'
import { type AgentName, agentKey } from '../kernel/words.ts'

/** Whose section it is, and which agents there are. */
export interface SectionAuthor {
  readonly owner: AgentName
  readonly names: readonly AgentName[]
}

export interface RecordedSection {
  readonly partners: Partner[]
  readonly requirements: string[]
}

/** "… - Works well with: X for Y" in the middle of a line, up to the next label of the same line. */
const inlineLabel =
  /(?:^|\s[-–—|]\s+|[.;]\s+)[*_]{0,3}works (?:well|best|closely) with[*_]{0,3}\s*[:：]\s*[*_]{0,3}/iu
const nextLabel = /\s[-–—|]\s+[*_]{0,3}\p{L}[\p{L} ]{0,40}[*_]{0,3}[:：]/u

/**
 * What an agent recorded in a section about working with others. Items under "Collaboration Patterns" are all
 * kept, groups and free text with `target: null`. "Works well with" anywhere else in the section counts only
 * where it names an agent: in such places it often speaks of components. Names are matched exactly, in any
 * case; the owner is never its own partner. Fences and comments are examples and do not count. Pure.
 */
export function recordedPatterns(text: string, author: SectionAuthor): RecordedSection {
  const said = withoutComments(text)
  const named = agentNamed(author.names)
  const { worksWith, requirements } = parsePatterns(said)
  const partners = new Map<string, Partner>()
  for (const item of [...resolveItems(worksWith, named), ...inlineItems(said, named)]) {
    const own = item.target !== null && agentKey(item.target) === agentKey(author.owner)
    const partner = own ? { ...item, target: null } : item
    const key = JSON.stringify([partner.target ?? partner.raw, partner.note])
    if (!partners.has(key)) partners.set(key, partner)
  }
  return { partners: [...partners.values()].slice(0, limits.partnersMax), requirements }
}

function inlineItems(text: string, named: AgentNamed): Partner[] {
  return markdownLines(text)
    .filter((line) => line.kind === 'text')
    .flatMap((line) => {
      const label = inlineLabel.exec(line.text)
      if (label === null) return []
      const rest = line.text.slice(label.index + label[0].length)
      const end = nextLabel.exec(rest)?.index ?? rest.length
      return resolveItems(parseItems(rest.slice(0, end)), named)
    })
    .filter((item) => item.target !== null)
}

/** Line numbers stay: a comment leaves its line ends behind. */
function withoutComments(text: string): string {
  return text.replace(/<!--.*?(?:-->|$)/gsu, (comment) => comment.replace(/[^\n\r]+/gu, ''))
}
