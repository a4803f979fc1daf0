import { cut } from '../kernel/cut.ts'
import { limits } from '../kernel/limits.ts'
import { agentKey } from '../kernel/words.ts'
import type { SummaryField } from './events.ts'

/** A piece of work that a session says somebody else has to do. */
export interface Need {
  readonly need: string
  /** The agent it names, spelled as in the roster; null when it names none or several. */
  readonly to: string | null
}

/** Says that nothing is needed, with or without a reason after it. */
const nothing =
  /^[-–—*.\s]*(?:none|nothing|nil|n\/?a|not applicable|keine?|aucune?|ninguna?)(?![\p{L}\p{N}-])(?!\s+of\b)/iu

/** "No" says so only alone, or of what is asked for here: "No error handling yet" is a need. */
const noNeed =
  /^no(?:[.,;!]|$|\s+(?:(?:further|additional|other|more|new|immediate|specific|current|open)\s+)*(?:collaborations?|hand-?offs?|needs?|work|help|input|actions?|dependenc\w+|follow-?ups?|one|agents?)\b)/iu

/**
 * The needs of a summary: the items of its collaboration fields, each once. "None" is none. An agent's name
 * counts when it stands in the item exactly, in any case; a single one makes the item addressed to it.
 */
export function needsOf(fields: readonly SummaryField[], roster: readonly string[]): Need[] {
  const items = fields
    .filter((field) => isCollaboration(field.label))
    .flatMap((field) => splitItems(field.text))
  const needs: Need[] = []
  for (const item of items) {
    const need = readNeed(item, roster)
    if (need !== null && !needs.some((known) => sameNeed(known, need))) needs.push(need)
  }
  return needs.slice(0, limits.handoffsPerSessionMax)
}

/** Whether two needs are one: the same receiver (or one left open), and the words of one are all in the other. */
export function sameNeed(a: Need, b: Need): boolean {
  if (a.to !== null && b.to !== null && agentKey(a.to) !== agentKey(b.to)) return false
  const [x, y] = [words(a), words(b)]
  const common = [...x].filter((word) => y.has(word)).length
  const smaller = Math.min(x.size, y.size)
  return smaller > 0 && common === smaller && smaller / Math.max(x.size, y.size) >= 0.5
}

function isCollaboration(label: string): boolean {
  return /collaboration|hand-?offs?\b/iu.test(label)
}

/**
 * One item a bullet, with the lines that continue it; without bullets one a line, or several between
 * semicolons. Bullets below an item that ends in a colon are what that item is about.
 */
function splitItems(text: string): string[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  if (!lines.some((line) => bullet.test(line))) return lines.flatMap((line) => line.split(/;\s+/u))
  const items: string[] = []
  let parent = Number.POSITIVE_INFINITY
  for (const line of lines) {
    const mark = bullet.exec(line)
    const indent = mark?.[1]?.length ?? 0
    const words = line.slice(mark?.[0].length ?? 0).trim()
    const continues = mark === null || indent > parent
    if (continues && items.length > 0) items[items.length - 1] += ` ${words}`
    else if (mark !== null || !words.endsWith(':')) items.push(words)
    if (!continues) parent = words.endsWith(':') ? indent : Number.POSITIVE_INFINITY
  }
  return items
}

const bullet = /^([ \t]*)(?:[-*+•]|\d{1,3}[.)])\s+/u

function readNeed(item: string, roster: readonly string[]): Need | null {
  const plain = item.replaceAll('**', '').replaceAll('`', '').trim()
  if (plain === '' || nothing.test(plain) || noNeed.test(plain) || /^\[[^\]]*\]$/u.test(plain)) return null
  const named = namesIn(plain, roster)
  const to = named.length === 1 ? named[0]! : null
  const need = to === null ? plain : withoutHead(plain, to)
  if (words({ need, to }).size === 0) return null
  return { need: cut(need, limits.needCharsMax).trim(), to }
}

function namesIn(text: string, roster: readonly string[]): string[] {
  const lower = text.toLowerCase()
  return roster.filter((name) => standsAlone(lower, name.toLowerCase()))
}

/** True when the name stands somewhere in the text as a word: `tester` does not in `api-tester`. */
function standsAlone(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + name.length)) {
    if (!inName.test(text[at - 1] ?? ' ') && !inName.test(text[at + name.length] ?? ' ')) return true
  }
  return false
}

const inName = /[\p{L}\p{N}_-]/u

/** `tester: check the upload` → `check the upload`; other places of the name are part of the sentence. */
function withoutHead(text: string, name: string): string {
  const bare = text.replace(/^@/u, '')
  const rest = bare.slice(name.length)
  if (!bare.toLowerCase().startsWith(name.toLowerCase()) || inName.test(rest[0] ?? ' ')) return text
  const need = rest.replace(/^\s*(?:->|[:–—→-]+|to\b|for\b|should\b|needs to\b|must\b)\s*/iu, '').trim()
  return need === '' ? text : need
}

/** What a need is about: its words without the receiver's name, and without short ones where there are others. */
function words(need: Need): Set<string> {
  const name = need.to === null ? [] : agentKey(need.to).split('-')
  const all =
    need.need
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  const own = all.filter((word) => !name.includes(word))
  const long = own.filter((word) => word.length > 2)
  return new Set(long.length > 0 ? long : own)
}
