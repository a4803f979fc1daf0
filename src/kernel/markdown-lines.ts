/** One line of a Markdown text with what it is to a reader who forgives a fence too many. */
export interface MarkdownLine {
  /** Without its line ending. */
  readonly text: string
  readonly kind: 'text' | 'heading' | 'fence' | 'fenced' | 'stray_fence'
  /** Of an ATX heading outside fences: 1 to 6; 0 for other lines. */
  readonly level: number
  /** Of a heading: its text without the hashes. */
  readonly title: string
  /** Of a fence's lines: the index of the line that opens it; -1 outside. */
  readonly opensAt: number
}

interface Fence {
  readonly at: number
  readonly mark: string
  readonly length: number
  /** Language and the like after the marks; a fence with any cannot close another. */
  readonly info: boolean
}

/** Fences looked at when deciding whether one stands inside another. */
const nestingLookahead = 64

/**
 * The lines of a text, with headings and fences found. Linear in the text's length.
 *
 * Many agent files have a closing fence that closes nothing; to CommonMark it opens a block that swallows the
 * rest of the file. Here a fence that is never closed is `stray_fence` and swallows nothing; a fence with a
 * language inside an open one counts as nested when its closing fence is there too.
 */
export function markdownLines(markdown: string): MarkdownLine[] {
  const texts = markdown.split(/\r\n|\n|\r/u)
  const fences = texts.flatMap((text, at) => fenceOf(text, at) ?? [])
  const closing = closingFences(fences)
  const lines: MarkdownLine[] = []
  for (let at = 0; at < texts.length; at += 1) {
    const end = closing.get(at)
    if (end === undefined) {
      lines.push(openLine(texts[at]!))
      continue
    }
    if (end === at) {
      lines.push({ text: texts[at]!, kind: 'stray_fence', level: 0, title: '', opensAt: -1 })
      continue
    }
    for (let inner = at; inner <= end; inner += 1) {
      const kind = inner === at || inner === end ? 'fence' : 'fenced'
      lines.push({ text: texts[inner]!, kind, level: 0, title: '', opensAt: at })
    }
    at = end
  }
  return lines
}

/** Line index of each opening fence -> line index that closes it; a stray fence points at itself. */
function closingFences(fences: readonly Fence[]): Map<number, number> {
  const closing = new Map<number, number>()
  const longest = longestFollowing(fences)
  for (let index = 0; index < fences.length; index += 1) {
    const opener = fences[index]!
    const left = longest[index + 1]
    const canClose = left !== undefined && left[opener.mark === '`' ? 'tick' : 'tilde'] >= opener.length
    const closer = canClose ? closerOf(fences, index) : index
    closing.set(opener.at, fences[closer]!.at)
    index = closer
  }
  return closing
}

/** For each fence: the longest fence at or after it that could close one, by mark. */
function longestFollowing(fences: readonly Fence[]): { tick: number; tilde: number }[] {
  const longest: { tick: number; tilde: number }[] = new Array(fences.length)
  let following = { tick: 0, tilde: 0 }
  for (let index = fences.length - 1; index >= 0; index -= 1) {
    const { mark, length, info } = fences[index]!
    if (!info) {
      following = {
        tick: mark === '`' ? Math.max(following.tick, length) : following.tick,
        tilde: mark === '~' ? Math.max(following.tilde, length) : following.tilde,
      }
    }
    longest[index] = following
  }
  return longest
}

/** Index of the fence that closes the one at `index`; `index` itself when it is a stray one. */
function closerOf(fences: readonly Fence[], index: number): number {
  const opener = fences[index]!
  let depth = 1
  let first = -1
  let infoBeforeFirst = false
  for (let next = index + 1; next < fences.length; next += 1) {
    const fence = fences[next]!
    if (fence.mark !== opener.mark || fence.length < opener.length) continue
    depth += fence.info ? 1 : -1
    if (depth === 0) return next
    if (fence.info && first < 0) infoBeforeFirst = true
    if (!fence.info && first < 0) first = next
    if (first >= 0 && next - index > nestingLookahead) break
  }
  return infoBeforeFirst && !opener.info ? index : first < 0 ? index : first
}

function fenceOf(text: string, at: number): Fence | null {
  const trimmed = text.trim()
  const mark = trimmed[0]
  if ((mark !== '`' && mark !== '~') || !trimmed.startsWith(mark.repeat(3))) return null
  let length = 3
  while (trimmed[length] === mark) length += 1
  const info = trimmed.slice(length)
  if (mark === '`' && info.includes('`')) return null
  return { at, mark, length, info: info !== '' }
}

function openLine(text: string): MarkdownLine {
  const match = /^ {0,3}(#{1,6})(?:[ \t]|$)/u.exec(text)
  if (match === null) return { text, kind: 'text', level: 0, title: '', opensAt: -1 }
  const title = withoutClosingHashes(text.slice(match[0].length).trim())
  return { text, kind: 'heading', level: match[1]!.length, title, opensAt: -1 }
}

/** `Title ##` -> `Title`; `C#` stays. */
function withoutClosingHashes(title: string): string {
  let end = title.length
  while (end > 0 && title[end - 1] === '#') end -= 1
  if (end === title.length) return title
  if (end === 0) return ''
  return title[end - 1] === ' ' || title[end - 1] === '\t' ? title.slice(0, end).trimEnd() : title
}
