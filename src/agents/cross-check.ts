import { cut } from '../kernel/cut.ts'
import { limits } from '../kernel/limits.ts'
import { nearest } from '../kernel/nearest.ts'
import { type AgentNamed, agentNamed, looksLikeName, resolveItems } from '../kernel/pattern-items.ts'
import { agentKey, kebab } from '../kernel/words.ts'
import type { AgentDefinition, Diagnostic, Partner } from './events.ts'
import { mixesScripts, skeleton } from './name.ts'
import { declaredItems } from './partners.ts'

/** A definition with what was found out about it in the company of the others. */
export interface CheckedDefinition {
  readonly definition: AgentDefinition
  readonly diagnostics: Diagnostic[]
}

/** Misspelled partners for which the nearest name is sought, over all definitions. */
const suggestionsMax = 100

/**
 * Gives every partner its target among the agents of `definitions`: the one of exactly that name, in any case;
 * never a similar one, never the agent itself. What names nobody keeps `target: null`, with a diagnostic when
 * it was meant as a name. Same definitions, same result, in the same order.
 */
export function resolvePartners(definitions: readonly AgentDefinition[]): CheckedDefinition[] {
  const names = definitions.map((definition) => definition.name)
  const named = agentNamed(names)
  const suggest = suggestions(names)
  return definitions.map((definition) => {
    const diagnostics: Diagnostic[] = []
    const worksWith: Partner[] = resolveItems(declaredItems(definition), named).map((partner) => {
      if (partner.target === null) {
        const dangling = danglingPartner(partner.raw, named, suggest)
        if (dangling !== null) diagnostics.push(dangling)
        return partner
      }
      if (agentKey(partner.target) !== agentKey(definition.name)) return partner
      const message = `"Works well with" names the agent itself ("${cut(partner.raw, 100)}"); that is never followed. Remove it.`
      diagnostics.push({ code: 'self_partner', message })
      return { ...partner, target: null }
    })
    return { definition: { ...definition, worksWith }, diagnostics }
  })
}

/**
 * What only shows when agents stand side by side: sections that two claim (the first in order keeps them), and
 * names that are easily taken for each other. One list for each definition.
 */
export function checkTogether(definitions: readonly AgentDefinition[]): Diagnostic[][] {
  const owners = new Map<string, string>()
  const looks = new Map<string, string>()
  return definitions.map(({ name, claims }) => {
    const found: Diagnostic[] = []
    for (const { document, heading } of claims) {
      const key = `${document}#${kebab(heading)}`
      const owner = owners.get(key)
      if (owner === undefined) owners.set(key, name)
      else {
        const message = `"## ${heading}" of ${document}.md is claimed by "${owner}" already, which keeps it. Let this agent claim a section of its own.`
        found.push({ code: 'duplicate_section_claim', message })
      }
    }
    const look = skeleton(name)
    const twin = looks.get(look)
    if (twin === undefined) looks.set(look, name)
    const points = [...name].filter((char) => char > '\u007f').map(codePoint)
    const spelled = points.length === 0 ? '' : ` Its letters outside ASCII: ${points.join(', ')}.`
    if (twin !== undefined) {
      const message = `The name "${name}" looks like "${twin}" and is another one.${spelled} Rename one of them.`
      found.push({ code: 'confusable_name', message })
    } else if (mixesScripts(name)) {
      const message = `The name "${name}" mixes alphabets that look alike.${spelled} Write it in one alphabet.`
      found.push({ code: 'confusable_name', message })
    }
    return found
  })
}

type Suggest = (name: string) => string | null

/** Remembers what it found: a misspelled name often stands in many files. */
function suggestions(names: readonly string[]): Suggest {
  const known = new Map<string, string | null>()
  return (name) => {
    const key = agentKey(name)
    const before = known.get(key)
    if (before !== undefined) return before
    if (known.size >= suggestionsMax) return null
    const found = nearest(key, names)
    known.set(key, found)
    return found
  }
}

function danglingPartner(raw: string, named: AgentNamed, suggest: Suggest): Diagnostic | null {
  const name = meantName(raw)
  if (name === null || named(name) !== null) return null
  const close = suggest(name)
  if (close === null && !looksLikeName(name)) return null
  const hint = close === null ? 'Correct the name, or add the agent.' : `Did you mean "${close}"?`
  const message = `"Works well with" names "${cut(name, 100)}"; no agent here has that name. ${hint}`
  return { code: 'dangling_partner', message: cut(message, limits.reasonCharsMax) }
}

/** The first word with a hyphen in a short item, or the whole item when it is one word. */
function meantName(raw: string): string | null {
  const words = raw.split(/[\s(:,]+/u, 8).map((word) => word.replace(/^[*_`"@[]+|[*_`"\].)]+$/gu, ''))
  if (words.length === 1) return words[0]!
  return looksLikeName(words[0]!) ? words[0]! : null
}

function codePoint(char: string): string {
  return `U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`
}
