import { limits } from './limits.ts'
import { type MarkdownLine, markdownLines } from './markdown-lines.ts'

/** A label with its text, as `**Key Decision**: SQLite, because it is there`. */
export interface LabelledText {
  readonly label: string
  readonly text: string
}

export interface Labelled {
  /** Declared labels that have a text, in the order of the text, spelled as declared. */
  readonly fields: LabelledText[]
  /** Declared labels that are absent, empty, or still hold their `[…]` placeholder. */
  readonly missing: string[]
  /** Labels that nobody declared, written the way the declared ones are. */
  readonly unknown: LabelledText[]
}

/** A line that begins with a label. */
export interface LabelLine {
  readonly label: string
  /** What follows the label on its line, trimmed. */
  readonly value: string
  readonly bold: boolean
  readonly bullet: boolean
  /** Columns before the bullet or the label; a tab counts as four. */
  readonly indent: number
  /** Whether a colon (or, after bold, a dash) follows the label. */
  readonly separated: boolean
}

interface Marked {
  readonly line: LabelLine
  readonly declared: string | undefined
  readonly at: number
}

/**
 * Finds the texts of `labels` in a session's last words. Labels are compared without regard to case and
 * blanks, never fuzzily. A text reaches to the next label, over lines, lists, colons and bold words; a bold
 * word with a colon inside a list belongs to the text, unless the declared labels stand in a list too.
 *
 * When there is a heading "Session Summary", only what stands under the last one counts. Work is linear in
 * the length of `text`.
 */
export function parseLabelled(text: string, labels: readonly string[]): Labelled {
  const declared = new Map(labels.map((label) => [labelKey(label), label]))
  const lines = summaryLines(markdownLines(text))
  let marked = markedLines(lines, declared, 'outside fences')
  if (!marked.some((mark) => mark.declared !== undefined)) marked = markedLines(lines, declared, 'everywhere')
  const found = new Map<string, string>()
  const unknown = new Map<string, LabelledText>()
  marked.forEach((mark, index) => {
    const value = textOf(lines, mark, marked[index + 1]?.at ?? lines.length)
    if (mark.declared !== undefined) addText(found, mark.declared, value)
    else if (value !== '' && unknown.size < limits.summaryFieldsMax) {
      const key = labelKey(mark.line.label)
      const before = unknown.get(key)
      const joined = before === undefined ? value : `${before.text}\n\n${value}`
      unknown.set(key, { label: before?.label ?? mark.line.label, text: joined })
    }
  })
  const fields = [...found].map(([label, value]) => ({ label, text: value }))
  const missing = [...new Set(declared.values())].filter((label) => !found.has(label))
  return { fields, missing, unknown: [...unknown.values()] }
}

/** The labels that a summary's template declares: bold, at the start of a line, each once, in order. */
export function declaredLabels(template: string): string[] {
  const labels = new Map<string, string>()
  for (const line of markdownLines(template)) {
    const label = labelLine(line.text)
    if (label === null || !label.bold || !label.separated || label.indent > 3) continue
    if (isPlaceholder(label.label)) continue
    if (!labels.has(labelKey(label.label))) labels.set(labelKey(label.label), label.label)
  }
  return [...labels.values()].slice(0, limits.summaryFieldsMax)
}

/** True for a text that is nothing but square brackets to be filled in: `[what was built]`, `[a] - [b]`. */
export function isPlaceholder(text: string): boolean {
  let depth = 0
  let brackets = 0
  for (const char of text) {
    if (char === '[') {
      depth += 1
      brackets += 1
    } else if (char === ']') depth -= 1
    else if (depth === 0 && /[\p{L}\p{N}(]/u.test(char)) return false
    if (depth < 0) return false
  }
  return brackets > 0 && depth === 0
}

/** Reads a line as label and value: `- **Label**: value`, `**Label:** value`, `Label: value`; else null. */
export function labelLine(text: string): LabelLine | null {
  const body = text.trimStart()
  const indent = columns(text.slice(0, text.length - body.length))
  const bullet = /^(?:[-*+]|\d{1,3}[.)])[ \t]+/u.exec(body)
  const rest = bullet === null ? body : body.slice(bullet[0].length)
  const parts = boldLabel(rest) ?? plainLabel(rest)
  if (parts === null) return null
  const label = parts.label.trim()
  if (label === '' || label.length > limits.headingCharsMax) return null
  return { ...parts, label, value: parts.value.trim(), bullet: bullet !== null, indent }
}

/** The same label in another spelling. */
export function labelKey(label: string): string {
  return label.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim()
}

type Parts = Pick<LabelLine, 'label' | 'value' | 'bold' | 'separated'>

function boldLabel(text: string): Parts | null {
  const mark = text.startsWith('**') ? '**' : text.startsWith('__') ? '__' : null
  if (mark === null) return null
  const end = text.indexOf(mark, 2)
  if (end < 0) return null
  const inside = text.slice(2, end).trim()
  const after = text.slice(end + 2).trimStart()
  if (/[:：]$/u.test(inside)) {
    return { label: inside.slice(0, -1), value: after, bold: true, separated: true }
  }
  const separator = /^(?:[:：]|[-–—](?=\s))/u.exec(after)
  const value = separator === null ? after : after.slice(separator[0].length)
  return { label: inside, value, bold: true, separated: separator !== null }
}

function plainLabel(text: string): Parts | null {
  const end = text.slice(0, limits.headingCharsMax + 1).search(/[:：]/u)
  if (end < 1) return null
  return { label: text.slice(0, end), value: text.slice(end + 1), bold: false, separated: true }
}

function summaryLines(lines: MarkdownLine[]): MarkdownLine[] {
  const start = lines.findLastIndex(
    (line) =>
      line.kind === 'heading' && labelKey(line.title).replace(/[:*]/gu, '').endsWith('session summary'),
  )
  if (start < 0) return lines
  const level = lines[start]!.level
  const after = lines.slice(start + 1)
  const end = after.findIndex((line) => line.kind === 'heading' && line.level <= level)
  return end < 0 ? after : after.slice(0, end)
}

function markedLines(
  lines: readonly MarkdownLine[],
  declared: ReadonlyMap<string, string>,
  where: 'outside fences' | 'everywhere',
): Marked[] {
  const candidates: Marked[] = []
  lines.forEach((line, at) => {
    if (line.kind !== 'text' && line.kind !== 'heading' && where === 'outside fences') return
    const label = line.kind === 'heading' ? headingLabel(line) : labelLine(line.text)
    if (label === null) return
    candidates.push({ line: label, declared: declared.get(labelKey(label.label)), at })
  })
  const style = candidates.find((mark) => mark.declared !== undefined)?.line
  return candidates.filter(({ line, declared: known }) => {
    if (known !== undefined) return line.separated || line.value === ''
    return (
      line.bold &&
      line.separated &&
      line.bullet === (style?.bullet ?? false) &&
      line.indent === (style?.indent ?? 0) &&
      labelKey(line.label) !== 'session summary'
    )
  })
}

/** `### Key Decision` with its text below it. */
function headingLabel(line: MarkdownLine): LabelLine {
  const label = line.title
    .replaceAll('**', '')
    .trim()
    .replace(/[:：]$/u, '')
  return { label, value: '', bold: false, bullet: false, indent: 0, separated: true }
}

function textOf(lines: readonly MarkdownLine[], mark: Marked, end: number): string {
  const below = lines.slice(mark.at + 1, end)
  let fences = below.filter((line) => line.kind === 'fence').length
  for (let last = below.at(-1); last !== undefined; last = below.at(-1)) {
    const closesAround = last.kind === 'fence' && fences % 2 === 1
    if (!closesAround && !isFiller(last)) break
    if (closesAround) fences -= 1
    below.pop()
  }
  const value = [mark.line.value, ...below.map((line) => line.text)].join('\n').trim()
  return isPlaceholder(value) ? '' : value
}

/** What may stand between two labels without being said by either. */
function isFiller(line: MarkdownLine): boolean {
  const text = line.text.trim()
  return text === '' || text === '---' || text === '***' || line.kind === 'stray_fence'
}

function addText(found: Map<string, string>, label: string, value: string): void {
  if (value === '') return
  const before = found.get(label)
  if (before === undefined) found.set(label, value)
  else if (before !== value) found.set(label, `${before}\n\n${value}`)
}

function columns(blanks: string): number {
  let count = 0
  for (const char of blanks) count += char === '\t' ? 4 : 1
  return count
}
