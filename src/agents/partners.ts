import { parsePatterns } from '../kernel/collaboration-patterns.ts'
import { cut } from '../kernel/cut.ts'
import { limits } from '../kernel/limits.ts'
import { type MarkdownLine, markdownLines } from '../kernel/markdown-lines.ts'
import { looksLikeName, type PatternItem } from '../kernel/pattern-items.ts'
import { handoffItems } from './declared-handoffs.ts'
import type { AgentDefinition } from './events.ts'

/** Everything that an agent's file says about whom it works with, before names are looked up. */
export interface DeclaredPatterns {
  readonly worksWith: PatternItem[]
  readonly requirements: string[]
}

/**
 * Reads the patterns of a file's body: "Works well with" in the open and, when `template` is the agent's own
 * section template, in it; then "Integration with other agents" lists. Text in other fences is for others.
 */
export function declaredPatterns(body: string, template: string | null): DeclaredPatterns {
  const open = parsePatterns(body)
  const inside = template === null ? { worksWith: [], requirements: [] } : parsePatterns(template)
  const integrations = integrationItems(markdownLines(body))
  const worksWith = [...open.worksWith, ...inside.worksWith, ...integrations]
  return {
    worksWith: worksWith.slice(0, limits.partnersMax),
    requirements: [...new Set([...open.requirements, ...inside.requirements])].slice(
      0,
      limits.requirementsMax,
    ),
  }
}

/**
 * Everything a definition says about partners, as unresolved items: read again from its prompt, its template
 * and the `handoffs` of its front matter.
 */
export function declaredItems(
  definition: Pick<AgentDefinition, 'prompt' | 'template' | 'extra'>,
): PatternItem[] {
  const { worksWith } = declaredPatterns(definition.prompt, definition.template?.text ?? null)
  return [...worksWith, ...handoffItems(definition)].slice(0, limits.partnersMax)
}

/** `- Collaborate with api-designer on contracts`, below "Integration with other agents:". */
function integrationItems(lines: readonly MarkdownLine[]): PatternItem[] {
  const items: PatternItem[] = []
  let inside = false
  for (const line of lines) {
    const title = line.kind === 'heading' ? line.title : line.text.trim()
    if (
      line.kind !== 'fenced' &&
      /^[*_]*integrat(?:ion|es?) with other agents[*_]*\s*[:：]?[*_]*$/iu.test(title)
    ) {
      inside = true
    } else if (inside) {
      const bullet = /^\s*(?:[-*+]|\d{1,3}[.)])\s+(?=\S)/u.exec(line.text)
      if (line.kind === 'text' && bullet !== null) {
        const said = line.text.slice(bullet[0].length)
        if (!comesInTurn(said)) items.push(integrationItem(said))
      } else if (line.text.trim() !== '') inside = false
    }
  }
  return items.slice(0, limits.partnersMax)
}

/** `**After api-designer**: …` tells when this agent's turn is, not whom it works with. */
function comesInTurn(text: string): boolean {
  return /^(?:\*\*|__)|^(?:after|before|when)\b/iu.test(text)
}

/** The first name with a hyphen is whom it is about; else what stands between "with" and "on". */
function integrationItem(text: string): PatternItem {
  const raw = cut(text.trim(), limits.noteCharsMax)
  const words = raw.split(/\s+/u)
  const bare = (word: string) => word.replace(/^[*_`"@]+|[*_`",:;.]+$/gu, '')
  const at = words.findIndex((word) => looksLikeName(bare(word)))
  if (at >= 0)
    return { raw, name: bare(words[at]!), note: noteOf(words.slice(at + 1).join(' ')), doubtful: false }
  const named =
    /^\S+\s+(?:with\s+)?(.{1,100}?)\s+(?:about|for|in|on|regarding|through|to|with)\s+(.*)$/iu.exec(raw)
  if (named === null) return { raw, name: raw, note: null, doubtful: false }
  return { raw, name: bare(named[1]!), note: noteOf(named[2]!), doubtful: false }
}

function noteOf(text: string): string | null {
  const note = text.replace(/^[\s:–—-]*(?:(?:about|by|for|in|on|regarding|through|to|with)\s+)?/iu, '').trim()
  return note === '' ? null : note
}
