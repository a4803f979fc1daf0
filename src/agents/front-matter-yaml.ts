import matter from 'gray-matter'
import { parseDocument } from 'yaml'
import type { Rejection } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import { type PlainValue, plainValue } from './plain-value.ts'

interface YamlRefused {
  readonly kind: 'refused'
  /** Codes: front_matter_too_large, front_matter_too_deep, front_matter_aliases. */
  readonly rejection: Rejection
}

/** Runs of blanks that gray-matter looks at again from every line of the run. */
const blankRunCharsMax = 500
/** A YAML parser that meets thousands of misplaced brackets takes seconds to say so. */
const bracketsMax = 1_000

export type Yaml =
  | { kind: 'read'; values: Map<string, PlainValue> }
  | { kind: 'broken'; problem: string }
  | YamlRefused

/** Reads a block as YAML: only data, within limits, with maps as `Map`. `broken` says why it is no YAML. */
export function parseYaml(block: string): Yaml {
  if (nestsTooDeep(block)) return refused(unreadable.too_deep)
  const problem = whyNotTried(block)
  if (problem !== null) return { kind: 'broken', problem }
  try {
    const parsed = matter(`---\n${block}\n---\n`, { language: 'yaml', engines }).data as { root?: PlainValue }
    const root = parsed.root ?? new Map<string, PlainValue>()
    if (!(root instanceof Map)) return { kind: 'broken', problem: 'keys were expected, as in "name: writer"' }
    return { kind: 'read', values: root }
  } catch (error) {
    if (error instanceof UnreadableYaml && error.refusal !== null) return error.refusal
    const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
    return { kind: 'broken', problem: message.replace(/[:.]$/u, '').slice(0, 200).toWellFormed() }
  }
}

/** Blocks on which a parser would take seconds to say that they are broken. */
function whyNotTried(block: string): string | null {
  if (longestBlankRun(block) > blankRunCharsMax) return 'too many blanks in a row'
  if (/^---/mu.test(block)) return 'a line inside it begins with ---'
  return block.replace(/[^[\]{}]/gu, '').length > bracketsMax ? 'too many brackets' : null
}

class UnreadableYaml extends Error {
  override readonly name = 'UnreadableYaml'
  readonly refusal: YamlRefused | null
  constructor(message: string, refusal: YamlRefused | null) {
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
  const refusal = unreadable[value.kind]
  throw new UnreadableYaml(refusal.message, refused(refusal))
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

function refused(rejection: Rejection): YamlRefused {
  return { kind: 'refused', rejection }
}
