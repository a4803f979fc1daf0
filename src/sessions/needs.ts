import { limits } from '../kernel/limits.ts'
import { agentKey } from '../kernel/words.ts'
import type { SummaryField } from './events.ts'

/** A piece of work that a session says somebody else has to do. */
export interface Need {
  readonly need: string
  /** The agent it names, spelled as in the roster; null when it names none or several. */
  readonly to: string | null
}

const nothing = /^(?:[-–—*.\s]*)(?:none|nothing|no|n\/?a|not applicable|nil|keine?|aucune?|ninguna?)\b/iu

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

/** One item a line or bullet; a line without bullets may hold several, separated by semicolons. */
function splitItems(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim())
  const bulleted = lines.some((line) => bullet.test(line))
  const items: string[] = []
  for (const line of lines) {
    if (line === '') continue
    if (!bulleted) items.push(...line.split(/;\s+/u))
    else if (bullet.test(line)) items.push(line.replace(bullet, ''))
    else if (items.length > 0) items[items.length - 1] += ` ${line}`
  }
  return items
}

const bullet = /^(?:[-*+•]|\d{1,3}[.)])\s+/u

function readNeed(item: string, roster: readonly string[]): Need | null {
  const plain = item.replaceAll('**', '').replaceAll('`', '').trim()
  if (plain === '' || nothing.test(plain) || /^\[[^\]]*\]$/u.test(plain)) return null
  const named = namesIn(plain, roster)
  const to = named.length === 1 ? named[0]! : null
  const need = to === null ? plain : withoutHead(plain, to)
  if (words({ need, to }).size === 0) return null
  return { need: need.slice(0, limits.needCharsMax), to }
}

function namesIn(text: string, roster: readonly string[]): string[] {
  const lower = text.toLowerCase()
  return roster.filter((name) => {
    const at = lower.indexOf(name.toLowerCase())
    if (at < 0) return false
    const before = lower[at - 1] ?? ' '
    const after = lower[at + name.length] ?? ' '
    return !/[\p{L}\p{N}_-]/u.test(before) && !/[\p{L}\p{N}_-]/u.test(after)
  })
}

/** `tester: check the upload` → `check the upload`; other places of the name are part of the sentence. */
function withoutHead(text: string, name: string): string {
  const head = text.slice(0, name.length + 1).replace(/^@/u, '')
  if (!head.toLowerCase().startsWith(name.toLowerCase())) return text
  const rest = text.replace(/^@/u, '').slice(name.length)
  const cut = rest.replace(/^\s*(?:[:–—-]+|to\b|should\b|needs to\b|must\b)\s*/iu, '').trim()
  return cut === '' ? text : cut
}

function words(need: Need): Set<string> {
  const name = need.to === null ? [] : agentKey(need.to).split('-')
  const all =
    need.need
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  return new Set(all.filter((word) => word.length > 2 && !name.includes(word)))
}
