import { Parser } from 'commonmark'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { type MemoryCommand, memoryDecider } from '../../src/memory/decider.ts'
import { type Document, findSection, renderDocument } from '../../src/memory/document.ts'
import { agent, applied, imported, saves, writes } from '../memory/spec.ts'
import { type Soak, share } from './campaign.ts'

/**
 * Looks for escapes: texts that an agent may write after which either parser sees other sections than the
 * log owns. The parsers are asked here directly, about the whole document, not through the code under test.
 *
 *     node test/soak/memory-sections.ts [count] [seed]
 */
export interface SectionsRun {
  readonly seed: number
  readonly count: number
  readonly report: (line: string) => void
  /** The rule under test: the document after the write, or null when it is refused. */
  readonly rule?: WriteRule
}

export type WriteRule = (state: Document, text: string) => Document | null

export interface SectionsReport {
  readonly seed: number
  readonly written: number
  readonly refused: Readonly<Record<string, number>>
  /** Documents on which the parsers disagreed before anybody wrote. */
  readonly uncertain: number
  readonly escapes: readonly { readonly before: string; readonly text: string; readonly after: string }[]
}

const escapesReportedMax = 10

export function run({ seed, count, report, rule }: SectionsRun): SectionsReport {
  const random = mulberry32(seed)
  const refused: Record<string, number> = {}
  const escapes: { before: string; text: string; after: string }[] = []
  let written = 0
  let uncertain = 0
  const write = rule ?? ((state, text) => writeByRule(state, text, refused))
  for (let index = 0; index < count; index += 1) {
    const before = generateDocument(random)
    const state = imported(before)
    if (seenOtherwise(state)) {
      uncertain += 1
      continue
    }
    const text = generateText(random)
    const after = write(state, text)
    if (after === null) continue
    written += 1
    if (seenOtherwise(after) && escapes.length < escapesReportedMax)
      escapes.push({ before, text, after: renderDocument(after) })
  }
  report(
    `memory-sections: seed ${seed}, ${count} texts, ${written} written, ${JSON.stringify(refused)} refused, ${uncertain} uncertain before, ${escapes.length} escapes`,
  )
  for (const found of escapes) report(`escape: ${JSON.stringify(found)}`)
  return { seed, written, refused, uncertain, escapes }
}

function writeByRule(state: Document, text: string, refused: Record<string, number>): Document | null {
  const decision = memoryDecider.decide(wayIn(state, text), state)
  if (decision.kind === 'accepted') return applied(state, decision.events, agent('backend-architect'))
  const { code } = decision.rejection
  refused[code] = (refused[code] ?? 0) + 1
  return null
}

/** Every other text comes by the memory tool, the rest in a whole file that the agent saves. */
function wayIn(state: Document, text: string): MemoryCommand {
  if (text.length % 2 === 0) return writes('backend-architect', 'System Architecture', text)
  const standing = findSection(state, 'System Architecture')
  const heading = '## System Architecture\n\n'
  const whole = renderDocument(state)
  const after =
    standing === undefined
      ? `${whole}\n\n${heading}${text}`
      : whole.replace(standing.text, () => heading + text)
  return saves(agent('backend-architect'), after)
}

/** Whether either parser sees sections begin elsewhere than the document says. */
export function seenOtherwise(state: Document): boolean {
  const text = renderDocument(state)
  let offset = state.preamble.length
  const owned = state.sections.map((section) => {
    const start = offset + section.separator.length
    offset = start + section.text.length
    return start
  })
  const bom = text.startsWith('\uFEFF') ? 1 : 0
  const source = text.slice(bom)
  const starts = [0, ...source.matchAll(/\r\n|\r|\n/gu).map((end) => end.index + end[0].length)]
  const lines = owned.map((start) => starts.indexOf(start - bom) + 1).join()
  return lines !== mdastLines(text) || lines !== commonmarkLines(source)
}

function mdastLines(text: string): string {
  const headings = fromMarkdown(text).children.filter((node) => node.type === 'heading' && node.depth === 2)
  return headings.map((node) => node.position?.start.line).join()
}

function commonmarkLines(source: string): string {
  const lines: number[] = []
  const root = new Parser().parse(source)
  for (let node = root.firstChild; node !== null; node = node.next)
    if (node.type === 'heading' && node.level === 2) lines.push(node.sourcepos[0][0])
  return lines.join()
}

/** Lines that open, close, hide or look like sections, in every spelling. */
const lines = [
  '## Other',
  '##Other',
  '##',
  '##\tOther',
  '   ## Other ##',
  '    ## Other',
  '\t## Other',
  '# Top',
  '### Sub',
  '## [a][b]',
  'Other\n---',
  'Other\n  --',
  'Other\n===',
  '---',
  '- - -',
  '***',
  '```',
  '````',
  '``` js',
  '~~~',
  '   ```',
  '    ```',
  '`a',
  '<!--',
  '-->',
  '<!-- a -->',
  '<!-->',
  '<!--->',
  '<div>',
  '</div>',
  '<script>',
  '</script>',
  '<pre',
  '</pre>',
  '<style>',
  '<textarea>',
  '<?php',
  '?>',
  '<!DOCTYPE',
  '<!a',
  '>',
  '<![CDATA[',
  ']]>',
  '<a href="',
  '"></a>',
  '<b>',
  '</b>',
  '- item',
  '-',
  '  - inner',
  '1. one',
  '10) ten',
  '*\tstar',
  '+ plus',
  '> quote',
  '> ## quoted',
  '> ```',
  '> <!--',
  '- ```',
  '- ## in a list',
  '- > ## both',
  '>- x',
  '  two',
  '    code',
  '\tcode',
  '[a]: /url',
  '[a]:',
  '[a]: /url "title',
  'title"',
  '[a',
  ']: /x',
  'text',
  'text  ',
  'text\\',
  '\\## Other',
  '&#35;# Other',
  '',
  '',
  '',
  ' ',
  '\t',
  '\u00a0## Other',
  '\u3000',
  '\uFEFF## Other',
  '\u200B## Other',
  '## System Architecture',
  '## Frontend Architecture',
  '| a | b |',
  '| - | - |',
  '[^1]: note',
  ':::',
  '---\nkey: value\n---',
  '$$',
  'Last updated: [Date]',
]

const endings = ['\n', '\n', '\n', '\n', '\n', '\r\n', '\r']

/** What stands there already: people's text in any shape, another agent's section, perhaps the own one. */
export function generateDocument(random: () => number): string {
  const parts = [random() < 0.3 ? '' : generateText(random)]
  if (random() < 0.5) parts.push(`## System Architecture\n\n${generateText(random)}`)
  if (random() < 0.6) parts.push(`${pick(random, headings)}\n${generateText(random)}`)
  const joined = parts.join(random() < 0.5 ? '\n\n' : '\n')
  return random() < 0.1 ? `\uFEFF${joined}` : joined
}

const headings = ['## Frontend Architecture', '  ## Frontend Architecture', 'Frontend Architecture\n---']

export function generateText(random: () => number): string {
  const count = Math.floor(random() * 8)
  const ending = pick(random, endings)
  const mixed = random() < 0.1
  let text = ''
  for (let index = 0; index < count; index += 1) {
    const indent = random() < 0.1 ? ' '.repeat(Math.floor(random() * 5)) : ''
    text += indent + pick(random, lines).replaceAll('\n', ending) + (mixed ? pick(random, endings) : ending)
  }
  return random() < 0.3 ? text.trimEnd() : text
}

function pick<T>(random: () => number, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T
}

/** A small generator of numbers from 0 to 1: the same seed gives the same texts on every machine. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const textsWhole = 1_000_000

export const soak: Soak = {
  name: 'memory-sections',
  async run({ seed, scale, report }) {
    const count = share(textsWhole, { scale })
    const { written, uncertain, escapes } = run({ seed, count, report })
    if (escapes.length > 0)
      throw new Error(`${escapes.length} escapes, the first: ${JSON.stringify(escapes[0])}`)
    return { texts: count, written, uncertain }
  },
}

if (import.meta.main) {
  const [count = String(textsWhole), seed = String(Date.now() % 2 ** 31)] = process.argv.slice(2)
  const { escapes } = run({ seed: Number(seed), count: Number(count), report: console.log })
  process.exitCode = escapes.length === 0 ? 0 : 1
}
