import { cut } from '../kernel/cut.ts'
import { limits } from '../kernel/limits.ts'
import type { MarkdownLine } from '../kernel/markdown-lines.ts'
import { DocumentName, kebab } from '../kernel/words.ts'
import type { SectionClaim } from './events.ts'

/** Files that are named in agent files and are no memory documents. */
const otherFiles = new Set(['claude', 'readme', 'agents', 'skill', 'changelog', 'contributing', 'license'])

const writes =
  /\b(?:add|append|claim|create|document|find|keep|log|look for|maintain|own|owned|owns|put|record|save|store|update|updates|write|written)\b/iu
const reads = /\b(?:analy[sz]e|check|consult|read|refer|review|see|study)\b/iu
const denies = /\b(?:avoid|don't|don’t|do not|except|leave|must not|never|other agents?['’]?s?|skip)\b/iu
const claimsMax = 50

interface Context {
  /** Document last named under the current heading. */
  document: string | null
  /** Whether the current heading, or the line before a list, speaks of the agent's own sections. */
  own: boolean
  /** Whether a list of owned headings is running, and of which document. */
  listOf: string | null
}

/**
 * The sections that an agent says it owns, those of insights.md first. Only prose counts: text in fences is a
 * template, except the one under "Your Section in Insights.md" and its like (see `section-template.ts`).
 * Headings in square brackets are placeholders; sections that others own, or that are only read, are no claims.
 */
export function readClaims(lines: readonly MarkdownLine[]): SectionClaim[] {
  const claims: SectionClaim[] = []
  const readOnly: SectionClaim[] = []
  let context: Context = { document: null, own: false, listOf: null }
  lines.forEach((line, at) => {
    if (line.kind === 'heading') {
      const title = line.title.slice(0, limits.headingCharsMax)
      const own = isOwn(title)
      context = { document: documentIn(title) ?? (own ? 'insights' : null), own, listOf: null }
      return
    }
    if (line.kind === 'fence' && line.opensAt === at && context.own) {
      const heading = firstHeading(lines, at)
      if (heading !== null) claims.push({ document: context.document ?? 'insights', heading })
    }
    if (line.kind !== 'text') return
    const found = claimsOf(line.text, context)
    claims.push(...found.made)
    readOnly.push(...found.readOnly)
    context = after(line.text, context)
  })
  const made = claims.filter((claim) => isHeading(claim.heading))
  const owns = made.some((claim) => claim.document === 'insights')
  const speaksOfOwn = lines.some(
    (line) => line.kind === 'text' && isOwn(line.text.slice(0, limits.noteCharsMax)),
  )
  const implied = owns || !speaksOfOwn ? [] : readOnly.filter((claim) => isHeading(claim.heading)).slice(0, 1)
  return ordered([...made, ...implied])
}

/** `insights.md first`, each heading once. */
function ordered(claims: readonly SectionClaim[]): SectionClaim[] {
  const unique = new Map<string, SectionClaim>()
  for (const claim of claims) {
    const key = `${claim.document}#${kebab(claim.heading)}`
    if (!unique.has(key)) unique.set(key, claim)
  }
  const all = [...unique.values()]
  const mine = all.filter((claim) => claim.document === 'insights')
  return [...mine, ...all.filter((claim) => claim.document !== 'insights')].slice(0, claimsMax)
}

/** `readOnly`: sections that are only read, in a file that may say elsewhere that they are its own. */
function claimsOf(text: string, context: Context): { made: SectionClaim[]; readOnly: SectionClaim[] } {
  const line = cut(text, limits.noteCharsMax)
  const listed = listedHeading(line, context)
  if (listed !== null) return { made: [listed], readOnly: [] }
  const made: SectionClaim[] = []
  const readOnly: SectionClaim[] = []
  if (addressesOther(line)) return { made, readOnly }
  for (const quoted of quotedHeadings(line)) {
    const before = line.slice(0, quoted.at)
    if (denies.test(before)) continue
    const document = documentOf(line, quoted, context)
    const claim = { document, heading: quoted.heading }
    const onlyReads = reads.test(before) && !/\b(?:add|update|create|write|own|maintain)\b/iu.test(before)
    if (context.own || (writes.test(before) && !onlyReads)) made.push(claim)
    else if (onlyReads && document === 'insights') readOnly.push(claim)
  }
  return { made, readOnly }
}

/** `- test-writer: Check …` tells somebody else what to do. */
function addressesOther(line: string): boolean {
  return /^\s*[-*+]\s+\**[\p{L}\p{N}_]+-[\p{L}\p{N}_-]+\**:/u.test(line)
}

/** `- **Technical Debt**: …`, or `- Technical Debt with …`, below "Own and maintain these sections:". */
function listedHeading(line: string, context: Context): SectionClaim | null {
  if (context.listOf === null) return null
  const item = /^\s*(?:[-*+]|\d{1,3}[.)])\s+(?=\S)/u.exec(line)
  if (item === null) return null
  const rest = line.slice(item[0].length)
  const bold = /^\*\*([^*]{1,300})\*\*/u.exec(rest)
  const plain = /^\p{Lu}[^\s:]*(?:\s(?:&|\p{Lu}[^\s:]*)){1,8}(?=:|\s\p{Ll}|\s[–—-]\s|\s*$)/u.exec(rest)
  const heading = bold?.[1] ?? plain?.[0]
  if (heading === undefined || denies.test(rest.slice(heading.length))) return null
  return { document: context.listOf, heading: heading.replace(/:$/u, '').trim() }
}

/** `"## X"` in any quotes, and `"X" section` without the hashes. `end` is where the heading's words end. */
function quotedHeadings(line: string): Quoted[] {
  const found: Quoted[] = []
  for (const form of headingForms) {
    for (const match of line.matchAll(form)) {
      found.push({ heading: match[1]!.trim(), at: match.index, end: match.index + match[0].length })
    }
  }
  return found.sort((one, other) => one.at - other.at)
}

interface Quoted {
  readonly heading: string
  readonly at: number
  readonly end: number
}

const headingForms = [
  /"##[ \t]+([^"#][^"]{0,299}?)"/gu,
  /“##[ \t]+([^”#][^”]{0,299}?)”/gu,
  /`##[ \t]+([^`#][^`]{0,299}?)`/gu,
  /['‘]##[ \t]+([^'’#].{0,299}?)['’](?![\p{L}\p{N}])/gu,
  /(?<=\b(?:create|for|under|in)\s)##[ \t]+(.{1,300}?)(?=\s+(?:section|in)\b|$)/giu,
  /["“]([^"“”#]{1,300})["”](?=[ \t]+section\b)/giu,
]

/** The document that stands with a heading: "… of project.md" right after it, else the one named before it. */
function documentOf(line: string, quoted: Quoted, context: Context): string {
  const right = /^[ \t]*(?:section[ \t]+)?(?:of|in|inside|within|to)[ \t]+(?:the[ \t]+)?(\S{1,200})/iu.exec(
    line.slice(quoted.end),
  )
  const attached = right === null ? null : documentIn(right[1]!)
  return (
    attached ??
    documentIn(line.slice(0, quoted.at)) ??
    documentIn(line.slice(quoted.end)) ??
    context.document ??
    'insights'
  )
}

function after(text: string, context: Context): Context {
  const line = cut(text, limits.noteCharsMax)
  if (line.trim() === '') return context
  const document = documentIn(line)
  const opensList =
    /:\s*$/u.test(line) && /\b(?:own|maintain)\b.*\bsections\b/iu.test(line) && !denies.test(line)
  if (opensList) return { ...context, document, listOf: document ?? context.document ?? 'insights' }
  const item = /^\s*(?:[-*+]|\d{1,3}[.)])\s/u.test(line) || /^\s{2,}/u.test(line)
  return {
    document: document ?? context.document,
    own: context.own || (isOwn(line) && !denies.test(line)),
    listOf: item ? context.listOf : null,
  }
}

function isOwn(text: string): boolean {
  return /\byour\b.{0,40}\bsection\b/iu.test(text)
}

/** The document named last in a text, without `.md`; null when none is. */
function documentIn(text: string): string | null {
  let found: string | null = null
  for (const match of text.matchAll(/([A-Za-z0-9][A-Za-z0-9._-]{0,99})\.md\b/gu)) {
    const name = match[1]!.toLowerCase()
    if (!otherFiles.has(name) && DocumentName.safeParse(name).success) found = name
  }
  return found
}

/** The level-2 heading that a fenced template begins with. */
export function firstHeading(lines: readonly MarkdownLine[], opensAt: number): string | null {
  for (let at = opensAt + 1; at < lines.length && lines[at]!.opensAt === opensAt; at += 1) {
    const text = lines[at]!.text.trim()
    if (text === '' || text.startsWith('<!--')) continue
    return /^##[ \t]+\S/u.test(text) ? text.slice(2).trim() : null
  }
  return null
}

function isHeading(heading: string): boolean {
  if (heading === '' || heading.length > limits.headingCharsMax) return false
  return !/[[\]<>{}]/u.test(heading) && /[\p{L}\p{N}]/u.test(heading)
}
