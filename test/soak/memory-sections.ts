import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { Parser } from 'commonmark'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { type MemoryCommand, memoryDecider } from '../../src/memory/decider.ts'
import { type Document, findSection, renderDocument } from '../../src/memory/document.ts'
import { drawsAfter, generateDocument, generateText, mulberry32 } from '../memory/generated-texts.ts'
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
  readonly texts: number
  readonly written: number
  readonly refused: Readonly<Record<string, number>>
  /** Documents on which the parsers disagreed before anybody wrote. */
  readonly uncertain: number
  readonly escaped: number
  /** The first of them. */
  readonly escapes: readonly Escape[]
}

export interface Escape {
  readonly before: string
  readonly text: string
  readonly after: string
}

type Sums = { -readonly [Key in keyof SectionsReport]: SectionsReport[Key] }

const escapesReportedMax = 10

/** Tries so many texts, here and now. */
export function run({ seed, count, report, rule }: SectionsRun): SectionsReport {
  const random = mulberry32(seed)
  const refused: Record<string, number> = {}
  const escapes: Escape[] = []
  const sums = { ...nothing(seed), texts: count, refused, escapes }
  const write = rule ?? ((state, text) => writeByRule(state, text, refused))
  for (let index = 0; index < count; index += 1) {
    const before = generateDocument(random)
    const state = imported(before)
    if (seenOtherwise(state)) {
      sums.uncertain += 1
      continue
    }
    const text = generateText(random)
    const after = write(state, text)
    if (after === null) continue
    sums.written += 1
    if (!seenOtherwise(after)) continue
    sums.escaped += 1
    if (escapes.length < escapesReportedMax) escapes.push({ before, text, after: renderDocument(after) })
  }
  tell(sums, report)
  return sums
}

function nothing(seed: number): Sums {
  return { seed, texts: 0, written: 0, refused: {}, uncertain: 0, escaped: 0, escapes: [] }
}

function tell(sums: SectionsReport, report: (line: string) => void): void {
  const { seed, texts, written, refused, uncertain, escaped, escapes } = sums
  report(
    `memory-sections: seed ${seed}, ${texts} texts, ${written} written, ${JSON.stringify(refused)} refused, ${uncertain} uncertain before, ${escaped} escapes`,
  )
  for (const found of escapes) report(`escape: ${JSON.stringify(found)}`)
}

/** Texts of one part: parts are handed out to the processors, and do not depend on how many those are. */
const partTexts = 250
/** More numbers than a part draws: parts follow each other in one series, and none says what another said. */
const partDraws = 2 ** 16
const progressMs = 10_000

interface Work {
  readonly seed: number
  readonly count: number
  readonly next: SharedArrayBuffer
}

/** The same on every processor, saying how far it is. */
export async function runOnAll({ seed, count, report }: Omit<SectionsRun, 'rule'>): Promise<SectionsReport> {
  const sums = nothing(seed)
  const beganMs = performance.now()
  let toldMs = beganMs
  const add = (part: SectionsReport) => {
    addTo(sums, part)
    if (performance.now() - toldMs < progressMs) return
    toldMs = performance.now()
    const perSecond = Math.round((sums.texts * 1_000) / (toldMs - beganMs))
    report(`${sums.texts} of ${count} texts, ${perSecond} a second, ${sums.escaped} escapes so far`)
  }
  const work: Work = { seed, count, next: new SharedArrayBuffer(4) }
  const threads = Math.min(availableParallelism(), Math.ceil(count / partTexts))
  await Promise.all(Array.from({ length: threads }, () => working(work, add)))
  tell(sums, report)
  return sums
}

function working(workerData: Work, add: (part: SectionsReport) => void): Promise<void> {
  const worker = new Worker(new URL(import.meta.url), { workerData })
  worker.on('message', add)
  return new Promise((resolve, reject) => {
    worker.on('error', reject)
    worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a thread ended with ${code}`))))
  })
}

function addTo(sums: Sums, part: SectionsReport): void {
  sums.texts += part.texts
  sums.written += part.written
  sums.uncertain += part.uncertain
  sums.escaped += part.escaped
  const codes = new Set([...Object.keys(sums.refused), ...Object.keys(part.refused)])
  const both = [...codes].map((code) => [code, (sums.refused[code] ?? 0) + (part.refused[code] ?? 0)])
  sums.refused = Object.fromEntries(both)
  sums.escapes = [...sums.escapes, ...part.escapes].slice(0, escapesReportedMax)
}

/** What a thread does: one part after the other, until all are handed out. */
function workParts({ seed, count, next }: Work, done: (part: SectionsReport) => void): void {
  const parts = new Int32Array(next)
  for (;;) {
    const part = Atomics.add(parts, 0, 1)
    const texts = Math.min(partTexts, count - part * partTexts)
    if (texts <= 0) return
    done(run({ seed: drawsAfter(seed, part * partDraws), count: texts, report: () => undefined }))
  }
}

/** The rule as it stands. */
export function writeByRule(
  state: Document,
  text: string,
  refused: Record<string, number> = {},
): Document | null {
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

const textsWhole = 1_000_000

export const soak: Soak = {
  name: 'memory-sections',
  async run({ seed, scale, report }) {
    const count = share(textsWhole, { scale })
    const { written, uncertain, escaped, escapes } = await runOnAll({ seed, count, report })
    if (escaped > 0) throw new Error(`${escaped} escapes, the first: ${JSON.stringify(escapes[0])}`)
    return { texts: count, written, uncertain, escapes: escaped }
  },
}

if (!isMainThread && parentPort !== null && 'seed' in workerData)
  workParts(workerData as Work, (part) => parentPort?.postMessage(part))

if (isMainThread && import.meta.main) {
  const [count = String(textsWhole), seed = String(Date.now() % 2 ** 31)] = process.argv.slice(2)
  const { escaped } = await runOnAll({ seed: Number(seed), count: Number(count), report: console.log })
  process.exitCode = escaped === 0 ? 0 : 1
}
