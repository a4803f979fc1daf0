import matter from 'gray-matter'
import { parseDocument } from 'yaml'
import type { Rejection } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { Diagnostic } from './events.ts'
import { frontMatterLines, keyLine } from './front-matter-lines.ts'
import { type PlainValue, plainValue } from './plain-value.ts'

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

/** Runs of blanks that gray-matter looks at again from every line of the run. */
const blankRunCharsMax = 500
/** A YAML parser that meets thousands of misplaced brackets takes seconds to say so. */
const bracketsMax = 1_000

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
  if (yaml.kind === 'refused') return yaml
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

type Yaml = { kind: 'read'; values: Map<string, PlainValue> } | { kind: 'broken'; problem: string } | Refused

function parseYaml(block: string): Yaml {
  if (nestsTooDeep(block)) {
    return refused(unreadable.too_deep.code, unreadable.too_deep.message)
  }
  if (longestBlankRun(block) > blankRunCharsMax)
    return { kind: 'broken', problem: 'too many blanks in a row' }
  if (/^---/mu.test(block)) return { kind: 'broken', problem: 'a line inside it begins with ---' }
  const brackets = block.replace(/[^[\]{}]/gu, '').length
  if (brackets > bracketsMax) return { kind: 'broken', problem: 'too many brackets' }
  try {
    const parsed = matter(`---\n${block}\n---\n`, { language: 'yaml', engines }).data as { root?: PlainValue }
    const root = parsed.root
    if (root === undefined) return { kind: 'read', values: new Map() }
    if (!(root instanceof Map)) return { kind: 'broken', problem: 'keys were expected, as in "name: writer"' }
    return { kind: 'read', values: root as Map<string, PlainValue> }
  } catch (error) {
    if (error instanceof UnreadableYaml && error.refusal !== null) return error.refusal
    const problem = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
    return { kind: 'broken', problem: problem.replace(/[:.]$/u, '').slice(0, 200) }
  }
}

class UnreadableYaml extends Error {
  override readonly name = 'UnreadableYaml'
  readonly refusal: Refused | null
  constructor(message: string, refusal: Refused | null) {
    super(message)
    this.refusal = refusal
  }
}

/**
 * gray-matter runs code for `js`, `javascript` and `coffee`, and its cache hides errors when it is called
 * without options: so it is called here only, always with these engines.
 */
const refuseEngine = {
  parse: (): never => {
    throw new UnreadableYaml('only YAML is read', null)
  },
}
const engines = {
  yaml: { parse: (text: string) => ({ root: yamlValue(text) }) },
  ...Object.fromEntries(
    ['json', 'javascript', 'js', 'coffee', 'coffeescript', 'cson', 'toml'].map((name) => [
      name,
      refuseEngine,
    ]),
  ),
}

function yamlValue(text: string): PlainValue {
  const document = parseDocument(text, {
    uniqueKeys: false,
    merge: false,
    schema: 'core',
    logLevel: 'silent',
    prettyErrors: false,
  })
  const error = document.errors[0]
  if (error !== undefined) throw new UnreadableYaml(error.message, null)
  const value = plainValue(document)
  if (value.kind === 'read') return value.value
  if (value.kind === 'duplicate') throw new UnreadableYaml(`the key "${value.key}" stands there twice`, null)
  const { code, message } = unreadable[value.kind]
  throw new UnreadableYaml(message, refused(code, message))
}

const unreadable = {
  aliases: {
    code: 'front_matter_aliases',
    message: 'The front matter uses more YAML aliases than an agent file may. Write the values out.',
  },
  too_deep: {
    code: 'front_matter_too_deep',
    message: `The front matter nests deeper than ${limits.frontMatterDepthMax} levels. An agent file needs flat keys; remove the nesting.`,
  },
  too_many: {
    code: 'front_matter_too_large',
    message: 'The front matter holds more values than an agent file may. Move text into the body.',
  },
}

/** Brackets, inline lists and indentation, counted before a recursive parser meets them. */
function nestsTooDeep(block: string): boolean {
  let depth = 0
  for (const char of block) {
    if (char === '[' || char === '{') depth += 1
    else if ((char === ']' || char === '}') && depth > 0) depth -= 1
    if (depth > limits.frontMatterDepthMax * 4) return true
  }
  const levels: number[] = []
  for (const line of block.split(/\r\n|\n|\r/u)) {
    const marks = /^[ \t]*(?:[-?:][ \t]+)*/u.exec(line)![0]
    if (marks.replace(/[ \t]/gu, '').length > limits.frontMatterDepthMax) return true
    if (line.trim() === '') continue
    const indent = line.length - line.trimStart().length
    while (levels.length > 0 && levels.at(-1)! >= indent) levels.pop()
    levels.push(indent)
    if (levels.length > limits.frontMatterDepthMax * 4) return true
  }
  return false
}

function longestBlankRun(text: string): number {
  let longest = 0
  let run = 0
  for (const char of text) {
    run = char.trim() === '' ? run + 1 : 0
    longest = Math.max(longest, run)
  }
  return longest
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
