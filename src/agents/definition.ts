import { cut } from '../kernel/cut.ts'
import type { Rejection } from '../kernel/errors.ts'
import { type MarkdownLine, markdownLines } from '../kernel/markdown-lines.ts'
import { agentKey } from '../kernel/words.ts'
import { declaredHandoffs } from './declared-handoffs.ts'
import type { AgentDefinition, Diagnostic, SectionTemplate } from './events.ts'
import { descriptionText, readExamples } from './examples.ts'
import { type FrontMatter, readFrontMatter } from './front-matter.ts'
import { checkName } from './name.ts'
import { declaredItems, declaredPatterns } from './partners.ts'
import { type PlainValue, plainText } from './plain-value.ts'
import { readClaims } from './section-claims.ts'
import { readSummaryFields, readTemplate } from './section-template.ts'
import { readTools } from './tool-names.ts'

export type AgentFileResult =
  | { readonly kind: 'read'; readonly definition: AgentDefinition; readonly diagnostics: Diagnostic[] }
  | { readonly kind: 'refused'; readonly rejection: Rejection }

/** Front matter keys that have a place of their own in a definition. */
const ownKeys = new Set(['name', 'description', 'tools', 'model', 'color', 'colour'])

/**
 * Reads one agent file. `stem` is the file's name without `.md`; it is the agent's name when the file gives
 * none. Partners have no targets yet: see `resolvePartners`. Never throws; the same text always gives the same.
 */
export function readAgentFile(text: string, stem: string): AgentFileResult {
  const read = readFrontMatter(text)
  if (read.kind === 'refused') return read
  const { frontMatter } = read
  const named = nameOf(frontMatter, stem)
  const refusal = checkName(named.name)
  if (refusal !== null) return { kind: 'refused', rejection: refusal }
  const lines = markdownLines(frontMatter.body)
  const claims = readClaims(lines)
  const section = claims[0]?.document === 'insights' ? claims[0] : null
  const template = readTemplate(lines, section)
  const { tools, diagnostics: toolDiagnostics } = readTools(keyed(frontMatter, 'tools'))
  const description = descriptionOf(frontMatter, lines)
  const prompt = frontMatter.body.trim()
  const extra = extraOf(frontMatter)
  const definition: AgentDefinition = {
    name: named.name,
    description,
    tools,
    model: wordOf(keyed(frontMatter, 'model'), 200),
    color: wordOf(keyed(frontMatter, 'color') ?? keyed(frontMatter, 'colour'), 100),
    examples: readExamples(description),
    prompt,
    claims,
    template,
    ...patternsOf(prompt, template, extra),
    summaryFields: readSummaryFields(lines, section),
    recovered: frontMatter.recovered,
    extra,
  }
  const own = [
    ...named.diagnostics,
    ...declaredHandoffs(definition).diagnostics,
    ...diagnose(definition, lines),
  ]
  return { kind: 'read', definition, diagnostics: [...frontMatter.diagnostics, ...toolDiagnostics, ...own] }
}

/** Without targets. Lists in square brackets that may be descriptions wait for the known names. */
function patternsOf(prompt: string, template: SectionTemplate | null, extra: Record<string, string>) {
  const { requirements } = declaredPatterns(prompt, template?.text ?? null)
  const items = declaredItems({ prompt, template, extra }).filter((item) => !item.doubtful)
  return { worksWith: items.map(({ raw, note }) => ({ raw, target: null, note })), requirements }
}

function nameOf(frontMatter: FrontMatter, stem: string): { name: string; diagnostics: Diagnostic[] } {
  const given = keyed(frontMatter, 'name')
  const name = given === undefined || given === null ? '' : plainText(given).normalize('NFC').trim()
  if (name === '') {
    if (!frontMatter.present) return { name: stem, diagnostics: [] }
    const message = `The front matter has no name; the file's name gives "${stem}". Add "name: ${stem}".`
    return { name: stem, diagnostics: [{ code: 'name_missing', message }] }
  }
  if (agentKey(name) === agentKey(stem)) return { name, diagnostics: [] }
  const message = `The file is called "${cut(stem, 100)}" and its name is "${cut(name, 100)}"; the name counts. Rename one of them if that is an oversight.`
  return { name, diagnostics: [{ code: 'name_differs_from_file', message }] }
}

function descriptionOf(frontMatter: FrontMatter, lines: readonly MarkdownLine[]): string {
  const given = keyed(frontMatter, 'description')
  if (given !== undefined && given !== null) return descriptionText(plainText(given))
  const heading = lines.findIndex((line) => line.kind === 'heading' && /^description:?$/iu.test(line.title))
  if (heading >= 0) {
    const after = lines.slice(heading + 1)
    const end = after.findIndex((line) => line.kind === 'heading')
    const below = (end < 0 ? after : after.slice(0, end)).map((line) => line.text)
    const text = below.join('\n').trim()
    if (text !== '') return text
  }
  return lines.find((line) => line.kind === 'heading' && line.title !== '')?.title ?? ''
}

function diagnose(definition: AgentDefinition, lines: readonly MarkdownLine[]): Diagnostic[] {
  const found: Diagnostic[] = []
  const say = (code: string, message: string) => found.push({ code, message })
  if (definition.description === '') {
    say(
      'description_missing',
      'There is no description; routing finds an agent by it. Add "description: when to use it".',
    )
  }
  const stray = lines.findIndex((line) => line.kind === 'stray_fence')
  if (stray >= 0) {
    const message = `A code fence ("${cut(lines[stray]!.text.trim(), 40)}") in line ${stray + 1} of the body has no partner; it was ignored. Remove it, or close the block it opens.`
    say('stray_fence', message)
  }
  if (definition.claims[0]?.document !== 'insights') {
    say(
      'no_section',
      'The file claims no section of insights.md, so the agent can write none. If it should keep one, say so: Look for "## Its Heading" in insights.md.',
    )
  }
  return found
}

/** A key in any case: `Name:` is `name:` when the file has no `name:`. */
function keyed(frontMatter: FrontMatter, key: string): PlainValue | undefined {
  const exact = frontMatter.values.get(key)
  if (exact !== undefined) return exact
  for (const [other, value] of frontMatter.values) if (other.toLowerCase() === key) return value
  return undefined
}

function wordOf(value: PlainValue | undefined, charsMax: number): string | null {
  if (value === undefined || value === null) return null
  const word = plainText(value).trim()
  return word === '' ? null : cut(word, charsMax)
}

function extraOf(frontMatter: FrontMatter): Record<string, string> {
  const extra = [...frontMatter.values]
    .filter(([key]) => !ownKeys.has(key.toLowerCase()))
    .map(([key, value]) => [cut(key, 200), plainText(value)])
  return Object.fromEntries(extra) as Record<string, string>
}
