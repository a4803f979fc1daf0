import type { Rejection } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { Diagnostic } from './events.ts'
import { frontMatterLines, keyLine } from './front-matter-lines.ts'
import { parseYaml } from './front-matter-yaml.ts'
import type { PlainValue } from './plain-value.ts'

export interface FrontMatter {
  /** Whether the file begins with a block at all. */
  readonly present: boolean
  /** In the order of the file. */
  readonly values: ReadonlyMap<string, PlainValue>
  /** The text after the block; the whole file when there is none. */
  readonly body: string
  /** The text between the fences, exactly, without the last line ending. */
  readonly block: string
  /** Offset of `block` in the file's text. */
  readonly blockStart: number
  readonly closed: boolean
  /** True when the block was not valid YAML and was read line by line. */
  readonly recovered: boolean
  readonly diagnostics: Diagnostic[]
}

export type FrontMatterResult = { readonly kind: 'read'; readonly frontMatter: FrontMatter } | Refused
interface Refused {
  readonly kind: 'refused'
  /** Codes: front_matter_engine, front_matter_too_large, front_matter_too_deep, front_matter_aliases. */
  readonly rejection: Rejection
}

/**
 * Reads a file's front matter as data. Only YAML is ever parsed: other languages after the fence are refused
 * before any parser sees them. A block that is not valid YAML is read line by line (`recovered`). Never throws.
 */
export function readFrontMatter(file: string): FrontMatterResult {
  const split = splitFrontMatter(file)
  if (split.kind !== 'block') {
    return split.kind === 'refused' ? split : { kind: 'read', frontMatter: without(file) }
  }
  if (split.block.length > limits.frontMatterBytesMax) {
    return refused(
      'front_matter_too_large',
      `The front matter has ${split.block.length} characters; at most ${limits.frontMatterBytesMax} are read. Move text into the body.`,
    )
  }
  const { block, body, blockStart, closed } = split
  const base = { present: true, block, body, blockStart, closed }
  const yaml = closed ? parseYaml(block) : { kind: 'broken' as const, problem: unclosed }
  if (yaml.kind === 'refused') return refused(yaml.rejection.code, yaml.rejection.message)
  if (yaml.kind === 'read') {
    const { values, diagnostics } = withoutUnsafeKeys(yaml.values)
    return { kind: 'read', frontMatter: { ...base, values, recovered: false, diagnostics } }
  }
  const { entries, repeated } = frontMatterLines(block)
  const raw = new Map<string, PlainValue>(entries.map((entry) => [entry.key, entry.value]))
  const { values, diagnostics } = withoutUnsafeKeys(raw)
  const found = [...values.keys()].join(', ') || 'no known key'
  const recovery = {
    code: 'front_matter_recovered',
    message: `The front matter is not valid YAML (${yaml.problem}). It was read line by line and gave: ${found}. To mend the file, see the patch that "agents doctor DIR --fix" prints.`,
  }
  const duplicates = [...new Set(repeated)].slice(0, 10).map((key) => ({
    code: 'front_matter_duplicate_key',
    message: `The key "${key}" stands in the front matter more than once. The first one counts; remove the others.`,
  }))
  const unclosedFence = closed ? [] : [{ code: 'front_matter_unclosed', message: `Unclosed: ${unclosed}.` }]
  const all = [recovery, ...unclosedFence, ...duplicates, ...diagnostics]
  return { kind: 'read', frontMatter: { ...base, values, recovered: true, diagnostics: all } }
}

const unclosed =
  'the front matter begins with --- and never ends; put a line with only --- after its last key'

type Split =
  | { kind: 'none' }
  | { kind: 'block'; block: string; body: string; blockStart: number; closed: boolean }
  | Refused

/** Finds the block: from a first line `---` (after a byte order mark and blank lines) to the next line `---`. */
function splitFrontMatter(file: string): Split {
  const start = file.length - file.replace(/^\uFEFF/u, '').trimStart().length
  const opening = /^---(?!-)[ \t]*([^\r\n]*)(?:\r\n|\n|\r|$)/u.exec(file.slice(start, start + 1_000))
  if (opening === null) return { kind: 'none' }
  const language = opening[1]!.trim()
  if (language !== '' && !/^ya?ml$/iu.test(language)) return refusedLanguage(language)
  const blockStart = start + opening[0].length
  const closing = /^---[ \t]*$/mu
  const window = file.slice(blockStart, blockStart + limits.frontMatterBytesMax * 2)
  const end = closing.exec(window)
  if (end !== null) {
    const block = window.slice(0, end.index).replace(/\r\n$|\n$|\r$/u, '')
    const body = file.slice(blockStart + end.index + end[0].length).replace(/^(?:\r\n|\n|\r)/u, '')
    return { kind: 'block', block, body, blockStart, closed: true }
  }
  const lines = window.split(/(?<=\n)|(?<=\r)(?!\n)/u)
  if (keyLine(lines[0]?.trimEnd() ?? '') === null) return { kind: 'none' }
  const stop = lines.findIndex((line) => line.trim() === '' || line.startsWith('#'))
  const block = (stop < 0 ? lines : lines.slice(0, stop)).join('')
  return {
    kind: 'block',
    block: block.trimEnd(),
    body: file.slice(blockStart + block.length),
    blockStart,
    closed: false,
  }
}

function refusedLanguage(language: string): Split {
  if (!/^[\p{L}\p{N}_+.#-]{1,50}$/u.test(language)) return { kind: 'none' }
  return refused(
    'front_matter_engine',
    `The front matter says it is "${language}"; only YAML is read, and nothing in an agent file is ever run. Write the keys as YAML after a plain ---.`,
  )
}

/** Keys that reach into objects, or that pull other values in: no use in an agent file. */
function withoutUnsafeKeys(values: Map<string, PlainValue>) {
  const kept = new Map(values)
  const diagnostics: Diagnostic[] = []
  for (const key of ['__proto__', 'constructor', 'prototype', '<<']) {
    if (!kept.delete(key)) continue
    const message = `The front matter has the key "${key}", which an agent file has no use for; it was left out. Remove it.`
    diagnostics.push({ code: 'front_matter_key_refused', message })
  }
  return { values: kept, diagnostics }
}

function without(file: string): FrontMatter {
  const body = file.replace(/^\uFEFF/u, '')
  const nothing = { block: '', blockStart: 0, closed: true, recovered: false, diagnostics: [] }
  return { present: false, values: new Map(), body, ...nothing }
}

function refused(code: string, message: string): Refused {
  return { kind: 'refused', rejection: { code, message } }
}
