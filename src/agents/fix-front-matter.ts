import { type FrontMatter, readFrontMatter } from './front-matter.ts'
import { type FrontMatterEntry, frontMatterLines } from './front-matter-lines.ts'
import { type PlainValue, plainText } from './plain-value.ts'

/**
 * The file with front matter that is valid YAML and says exactly what was recovered from the broken one: same
 * keys, same values, the body untouched to the byte. Lines that are fine stay as they are. Null when the file
 * needs no mending, or when no rewriting was found that reads back the same.
 */
export function fixFrontMatter(file: string): string | null {
  const read = readFrontMatter(file)
  if (read.kind === 'refused' || !read.frontMatter.recovered) return null
  const { frontMatter } = read
  const newline = /\r\n|\n|\r/u.exec(file)?.[0] ?? '\n'
  const { entries } = frontMatterLines(frontMatter.block)
  const kept = entries.filter((entry) => frontMatter.values.has(entry.key))
  const lines = frontMatter.block.split(/\r\n|\n|\r/u)
  for (const encode of [blockText, quotedText]) {
    const block = kept.flatMap((entry) => entryLines(entry, lines, encode)).join(newline)
    const before = file.slice(0, frontMatter.blockStart)
    const after = frontMatter.closed
      ? file.slice(frontMatter.blockStart + frontMatter.block.length)
      : `${newline}---${file.slice(frontMatter.blockStart + frontMatter.block.length)}`
    const fixed = before + block + after
    if (saysTheSame(fixed, frontMatter)) return fixed
  }
  return null
}

type Encode = (key: string, text: string) => string[]

function entryLines(entry: FrontMatterEntry, lines: readonly string[], encode: Encode): string[] {
  const own = lines.slice(entry.from, entry.to)
  while (own.at(-1)?.trim() === '') own.pop()
  const alone = readFrontMatter(`---\n${own.join('\n')}\n---\n`)
  if (alone.kind === 'read' && !alone.frontMatter.recovered) {
    const value = alone.frontMatter.values.get(entry.key)
    if (value !== undefined && same(value, entry.value)) return own
  }
  if (entry.value === null) return [`${entry.key}:`]
  if (typeof entry.value === 'string') return encode(entry.key, entry.value)
  if (entry.value.length === 0) return [`${entry.key}: []`]
  return [`${entry.key}:`, ...entry.value.map((item) => `  - ${JSON.stringify(item)}`)]
}

/** One line in single quotes, or more lines as they are: both leave backslashes alone. */
function blockText(key: string, text: string): string[] {
  if (!text.includes('\n')) return [`${key}: '${text.replaceAll("'", "''")}'`]
  return [`${key}: |2-`, ...text.split('\n').map((line) => (line === '' ? '' : `  ${line}`))]
}

/** JSON strings are YAML strings. */
function quotedText(key: string, text: string): string[] {
  return [`${key}: ${JSON.stringify(text)}`]
}

function saysTheSame(fixed: string, wanted: FrontMatter): boolean {
  const read = readFrontMatter(fixed)
  if (read.kind === 'refused' || read.frontMatter.recovered || read.frontMatter.body !== wanted.body)
    return false
  const found = read.frontMatter.values
  return (
    found.size === wanted.values.size &&
    [...wanted.values].every(([key, value]) => same(found.get(key), value))
  )
}

/** Numbers and words compare as text: the line parser knows only text. */
function same(one: PlainValue | undefined, other: PlainValue | undefined): boolean {
  if (one === undefined || other === undefined) return one === other
  if (one === null || other === null) return one === other
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, index) => same(item, other[index]))
  }
  return plainText(one) === plainText(other)
}
