import { splitList } from '../kernel/pattern-items.ts'

/** One key of a front matter block with the lines it was read from. */
export interface FrontMatterEntry {
  readonly key: string
  readonly value: string | string[] | null
  /** Index of its first line in the block, and of the line after its last. */
  readonly from: number
  readonly to: number
}

export interface FrontMatterLines {
  readonly entries: FrontMatterEntry[]
  /** Keys that stood there again; the first counts. */
  readonly repeated: string[]
}

/** Keys that agent files of the known families use; only these end a description that has begun. */
const knownKeys = new Set(
  `name description tools model color colour disallowedTools allowed-tools permissionMode maxTurns skills
  mcpServers hooks memory background isolation effort initialPrompt category version author tags license handoffs
  agents argument-hint user-invocable disable-model-invocation target infer mode temperature`.split(/\s+/u),
)

/** Keys whose value is one short word: a line of prose that begins like them is prose. */
const wordKeys = new Set(['model', 'color', 'colour', 'mode', 'version', 'category', 'permissionMode'])

interface Open {
  key: string
  first: string
  rest: string[]
  from: number
}

/**
 * Reads a block that is not valid YAML line by line. A known key at the start of a line begins a value;
 * everything up to the next one belongs to it, whatever it holds. Other keys begin a value too, but not inside
 * a description. Never throws; linear in the block's length.
 */
export function frontMatterLines(block: string): FrontMatterLines {
  const entries: FrontMatterEntry[] = []
  const repeated: string[] = []
  const seen = new Set<string>()
  let open: Open | null = null
  const close = (to: number) => {
    if (open === null) return
    if (seen.has(open.key)) repeated.push(open.key)
    else entries.push({ key: open.key, value: valueFrom(open), from: open.from, to })
    seen.add(open.key)
  }
  const lines = block.split(/\r\n|\n|\r/u)
  lines.forEach((line, at) => {
    const start = keyLine(line)
    if (start !== null && begins(start, open?.key ?? null, seen)) {
      close(at)
      open = { key: start.key, first: start.value, rest: [], from: at }
    } else open?.rest.push(line)
  })
  close(lines.length)
  return { entries, repeated }
}

/** Reads `key: value`; null for any other line. */
export function keyLine(line: string): { key: string; value: string } | null {
  const match = /^(["']?)([\p{L}_][\p{L}\p{N}_-]{0,63})\1[ \t]*:(?=\s|$)/u.exec(line)
  return match === null ? null : { key: match[2]!, value: line.slice(match[0].length).trim() }
}

function begins(start: { key: string; value: string }, open: string | null, seen: Set<string>): boolean {
  if (open !== 'description') return true
  if (!knownKeys.has(start.key) || seen.has(start.key)) return false
  if (start.key === 'name') return start.value.length <= 100 && !/[.!?]$/u.test(start.value)
  return !wordKeys.has(start.key) || /^(?:[^\s]*|["'].*["'])(?:\s+#.*)?$/u.test(start.value)
}

function valueFrom({ first, rest }: Open): string | string[] | null {
  const filled = rest.filter((line) => line.trim() !== '')
  if (first === '' || first.startsWith('#')) {
    if (filled.length === 0) return null
    if (filled.every((line) => /^\s*-(?:\s|$)/u.test(line))) {
      return filled.map((line) => unquoted(line.trim().slice(1).trim()))
    }
    return dedented(rest).join('\n').trim()
  }
  if (/^[|>][+-]?\d?$/u.test(first)) {
    const text = dedented(rest)
    return (first.startsWith('|') ? text.join('\n') : folded(text)).trim()
  }
  if (first.startsWith('[') && filled.length === 0 && first.endsWith(']')) {
    return splitList(first.slice(1, -1)).map(unquoted)
  }
  if (filled.length === 0 && /^(?:~|null)$/iu.test(first)) return null
  return unquoted([first, ...dedented(rest)].join('\n').trim())
}

function dedented(lines: readonly string[]): string[] {
  let common = Number.POSITIVE_INFINITY
  for (const line of lines) {
    if (line.trim() !== '') common = Math.min(common, line.length - line.trimStart().length)
  }
  return lines.map((line) => line.slice(Number.isFinite(common) ? common : 0).trimEnd())
}

function folded(lines: readonly string[]): string {
  return lines
    .map((line) => (line === '' ? '\n' : `${line} `))
    .join('')
    .replaceAll(' \n', '\n')
}

function unquoted(value: string): string {
  const quote = value[0]
  if (value.length < 2 || (quote !== '"' && quote !== "'") || !value.endsWith(quote)) return value
  const inside = value.slice(1, -1)
  return quote === '"' ? inside.replaceAll('\\"', '"') : inside.replaceAll("''", "'")
}
