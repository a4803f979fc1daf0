import { cut } from './cut.ts'
import { limits } from './limits.ts'
import { agentKey } from './words.ts'

/** One item of "Works well with", before anybody looked up who it names. */
export interface PatternItem {
  /** As written. */
  readonly raw: string
  /** What may be an agent's name: the item without its note and without decoration. */
  readonly name: string
  /** What for: from parentheses, or after "for", a colon or a dash. */
  readonly note: string | null
  /** True for a list in square brackets whose content may be a description: it counts only if it names agents. */
  readonly doubtful: boolean
}

export interface ResolvedItem {
  readonly raw: string
  /** The agent it names exactly, in that agent's own spelling; null for groups, free text and dangling names. */
  readonly target: string | null
  readonly note: string | null
}

/** Looks a name up: the agent's own spelling of it, or null. Exact in any case, never fuzzy. */
export type AgentNamed = (name: string) => string | null

export function agentNamed(names: Iterable<string>): AgentNamed {
  const byKey = new Map<string, string>()
  for (const name of names) if (!byKey.has(agentKey(name))) byKey.set(agentKey(name), name)
  return (name) => byKey.get(agentKey(name)) ?? null
}

/** Splits a list of partners into items. Commas inside notes, quotes, brackets and code do not split. */
export function parseItems(list: string): PatternItem[] {
  const text = list.trim()
  if (isNone(text)) return []
  const bracketed = insideBrackets(text)
  if (bracketed === null) return mergeNotes(splitList(text)).flatMap(splitAnd).map(item)
  const items = mergeNotes(splitList(bracketed)).flatMap(splitAnd).map(item)
  if (items.length === 0) return []
  if (items.every((one) => looksLikeName(one.name))) return items
  return [{ raw: text, name: bracketed, note: null, doubtful: true }]
}

/**
 * Gives every item its target. A doubtful list is kept only when it names an agent; a name that was taken for
 * the tail of a note (`X for a, Y`) is split off when it is an agent's.
 */
export function resolveItems(items: readonly PatternItem[], named: AgentNamed): ResolvedItem[] {
  let resolved: ResolvedItem[] = []
  for (const one of items) {
    const found = partsOf(one, named).map((part) => resolveOne(part, named))
    if (one.doubtful && found.every((part) => part.target === null)) continue
    resolved = resolved.concat(found).slice(0, limits.partnersMax)
  }
  return resolved
}

function partsOf(one: PatternItem, named: AgentNamed): PatternItem[] {
  if (one.doubtful) return splitList(one.name).flatMap(splitAnd).map(item)
  const joined = one.raw.length > 300 ? [] : one.raw.split(/\s+(?:and|or|&|\+)\s+|\s*\/\s*/iu)
  if (joined.length > 1 && joined.every((part) => named(undecorated(part)) !== null)) return joined.map(item)
  if (!one.note?.includes(',') || item(one.raw).name !== one.name) return [one]
  const parts = splitTails(one.raw, named)
  return parts.length < 2 ? [one] : parts.map(item)
}

/** True for one word that could be an agent's name, with a hyphen to tell it from prose. */
export function looksLikeName(text: string): boolean {
  if (!/^[\p{L}\p{N}]+(?:[-._][\p{L}\p{N}]+)+$/u.test(text)) return false
  return !/^(?:other|another|some|your|the|this|any|specific|partner)-|(?:^|-)agents?(?:-?(?:name|names|id|\d+))?$|-names?$/iu.test(
    text,
  )
}

/** Splits at commas and semicolons that stand outside brackets, quotes and code. Linear. */
export function splitList(text: string): string[] {
  const closers = matching(text)
  const parts: string[] = []
  let start = 0
  for (let at = 0; at < text.length; at += 1) {
    const end = closers.get(at)
    if (end !== undefined) at = end
    else if (text[at] === ',' || text[at] === ';') {
      parts.push(text.slice(start, at))
      start = at + 1
    }
  }
  parts.push(text.slice(start))
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}

function resolveOne(one: PatternItem, named: AgentNamed): ResolvedItem {
  const bare = undecorated(one.raw)
  const whole = bare === one.name ? null : named(bare)
  if (whole !== null) return { raw: one.raw, target: whole, note: null }
  return { raw: one.raw, target: named(one.name), note: one.note }
}

/** `content-creator for posts, joker` -> two items when joker is an agent. */
function splitTails(raw: string, named: AgentNamed): string[] {
  const parts: string[] = []
  for (const part of splitList(raw)) {
    if (parts.length === 0 || named(item(part).name) !== null) parts.push(part)
    else parts[parts.length - 1] += `, ${part}`
  }
  return parts
}

function item(text: string): PatternItem {
  const raw = cut(text.replace(/^(?:and|or|&)\s+/iu, ''), limits.noteCharsMax)
  const { head, note } = headAndNote(raw.replace(/\.$/u, ''))
  return { raw, name: undecorated(head), note: note === '' ? null : note, doubtful: false }
}

function headAndNote(raw: string): { head: string; note: string | null } {
  const link = /^(?:\*\*|__)?\[([^[\]]{1,200})\]\([^()]{0,500}\)(?:\*\*|__)?/u.exec(raw)
  if (link !== null) return { head: link[1]!, note: afterHead(raw.slice(link[0].length)) }
  const open = raw.search(/[(（]/u)
  const name =
    /^(?:\*\*[^*]+\*\*|__[^_]+__|`[^`]+`|"[^"]+"|@?[^\s:–—→()（）]+)(?=\s*[:–—→]|\s+-\s|\s+for\s)/iu.exec(raw)
  const heading = name?.[0] ?? null
  if (heading !== null && (open < 0 || heading.length < open)) {
    return { head: heading, note: afterHead(raw.slice(heading.length)) }
  }
  if (open > 0) return { head: raw.slice(0, open), note: afterHead(raw.slice(open)) }
  const words = raw.search(/\sfor\s/iu)
  if (words > 0) return { head: raw.slice(0, words), note: raw.slice(words + 5).trim() }
  return { head: raw, note: null }
}

/** The note without what joins it to the name: `(a, b)` -> `a, b`; `- reviews` -> `reviews`. */
function afterHead(rest: string): string {
  const text = rest.trim()
  const open = text[0]
  if ((open === '(' || open === '（') && matching(text).get(0) === text.length - 1) {
    return text.slice(1, -1).trim()
  }
  return text.replace(/^(?:[:–—→(（]|->|-|for(?=\s))\s*/iu, '').trim()
}

/** A name without emphasis, code marks, quotes, `@` and links. */
function undecorated(text: string): string {
  let bare = text.trim()
  const link = /^\[([^[\]]{1,200})\]\([^()]{0,500}\)$/u.exec(bare)
  if (link !== null) bare = link[1]!
  const edges = '*_`"\'“”‘’@[]'
  let start = 0
  let end = bare.length
  while (start < end && edges.includes(bare[start]!)) start += 1
  while (end > start && edges.includes(bare[end - 1]!)) end -= 1
  return bare.slice(start, end).trim()
}

/** `a-b and c-d` are two; `research and development` is one. */
function splitAnd(text: string): string[] {
  const words = text.replace(/^(?:and|or|&)\s+/iu, '').split(/\s+/u)
  const joined = words.length === 3 && /^(?:and|or|&|\+)$/iu.test(words[1]!)
  if (!joined) return [text]
  const names = [words[0]!, words[2]!]
  return names.every((name) => looksLikeName(undecorated(name))) ? names : [text]
}

/**
 * A comma inside "X for a, b and c" ends no item: a part that cannot be an item of its own goes back to the
 * note before it.
 */
function mergeNotes(parts: readonly string[]): string[] {
  const merged: string[] = []
  let open = false
  for (const part of parts) {
    if (open && !isItem(part)) {
      merged[merged.length - 1] += `, ${part}`
      continue
    }
    merged.push(part)
    open = /\s(?:for|-|–|—)\s|:\s/u.test(part) && !part.endsWith(')')
  }
  return merged
}

function isItem(part: string): boolean {
  const { head, note } = headAndNote(part)
  if (looksLikeName(undecorated(head))) return true
  if (note !== null && !/\s/u.test(head.trim())) return true
  return /^(?:all|any|every|other)\b|\b(?:agents?|teams?|everyone|specialists?)$/iu.test(undecorated(head))
}

function insideBrackets(text: string): string | null {
  const bare = text.endsWith('.') ? text.slice(0, -1) : text
  if (!bare.startsWith('[') || bare.startsWith('[[')) return null
  return matching(bare).get(0) === bare.length - 1 ? bare.slice(1, -1).trim() : null
}

function isNone(text: string): boolean {
  return text === '' || /^(?:none|n\/a|nobody|no one|tbd|-|–|—)\.?$/iu.test(text)
}

/** Index of each opening bracket, quote or code mark -> index of the one that closes it. */
function matching(text: string): Map<number, number> {
  const pairs: Record<string, string> = { ')': '(', ']': '[', '}': '{', '）': '（' }
  const closers = new Map<number, number>()
  const open: { char: string; at: number }[] = []
  const last = new Map<string, number>()
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]!
    if (char === '"' || char === '`') {
      const start = last.get(char)
      if (start === undefined) last.set(char, at)
      else {
        closers.set(start, at)
        last.delete(char)
      }
    } else if ('([{（'.includes(char)) open.push({ char, at })
    else if (Object.hasOwn(pairs, char)) {
      const index = lastOpen(open, pairs[char]!)
      if (index < 0) continue
      closers.set(open[index]!.at, at)
      open.length = index
    }
  }
  return closers
}

/** Looks at the innermost few only, so that a flood of brackets costs no more than its length. */
function lastOpen(open: readonly { char: string }[], char: string): number {
  const innermost = Math.max(0, open.length - 16)
  for (let index = open.length - 1; index >= innermost; index -= 1) {
    if (open[index]!.char === char) return index
  }
  return -1
}
