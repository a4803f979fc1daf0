import { diffLineLists } from './line-diff.ts'

interface Entry {
  readonly sign: ' ' | '-' | '+'
  readonly line: string
}

const signs = { same: ' ', removed: '-', added: '+' } as const
const contextLines = 3

/** What `diff -u` writes, for `patch`; empty when nothing differs. Lines end with LF here, as they do for both. */
export function unifiedDiff(names: readonly [string, string], before: string, after: string): string {
  if (before === after) return ''
  const entries = diffLineLists(splitAtLf(before), splitAtLf(after)).flatMap(({ kind, lines }) =>
    lines.map((line): Entry => ({ sign: signs[kind], line })),
  )
  const hunks = spans(entries).map(([from, to]) => hunk(entries, from, to))
  return `--- ${names[0]}\n+++ ${names[1]}\n${hunks.join('')}`
}

function splitAtLf(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)/u)
}

/** Where something changes, with the lines around it; spans that touch are one. */
function spans(entries: readonly Entry[]): [number, number][] {
  const found: [number, number][] = []
  for (const [index, { sign }] of entries.entries()) {
    if (sign === ' ') continue
    const from = Math.max(0, index - contextLines)
    const to = Math.min(entries.length, index + 1 + contextLines)
    const last = found.at(-1)
    if (last !== undefined && from <= last[1]) last[1] = to
    else found.push([from, to])
  }
  return found
}

function hunk(entries: readonly Entry[], from: number, to: number): string {
  const shown = entries.slice(from, to)
  const head = `@@ -${range(entries, '+', [from, to])} +${range(entries, '-', [from, to])} @@\n`
  const body = shown.map(({ sign, line }) =>
    line.endsWith('\n') ? sign + line : `${sign}${line}\n\\ No newline at end of file\n`,
  )
  return head + body.join('')
}

/** First line and number of lines in the one of the texts that does not have lines with this sign. */
function range(entries: readonly Entry[], without: '+' | '-', [from, to]: readonly [number, number]): string {
  const count = (part: readonly Entry[]) => part.filter(({ sign }) => sign !== without).length
  const lines = count(entries.slice(from, to))
  const before = count(entries.slice(0, from))
  return `${lines === 0 ? before : before + 1},${lines}`
}
