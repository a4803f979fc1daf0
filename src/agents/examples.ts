import { cut } from '../kernel/cut.ts'
import { labelKey, labelLine } from '../kernel/labels.ts'
import { limits } from '../kernel/limits.ts'
import type { AgentExample } from './events.ts'

type Part = keyof AgentExample

/** A description's text: a literal backslash-n, as many files hold it, is a newline. */
export function descriptionText(raw: string): string {
  return raw.replace(/(?<!\\)\\n/gu, '\n').trim()
}

/** Reads the `<example>` blocks of a description (newlines already made). Linear in its length. */
export function readExamples(description: string): AgentExample[] {
  const lower = lowerAscii(description)
  const examples: AgentExample[] = []
  let at = lower.indexOf('<example>')
  while (at >= 0 && examples.length < limits.examplesMax) {
    const start = at + '<example>'.length
    const next = lower.indexOf('<example>', start)
    const close = lower.indexOf('</example>', start)
    const ends = [next, close].filter((end) => end >= 0)
    const end = ends.length === 0 ? description.length : Math.min(...ends)
    const example = readExample(description.slice(start, end))
    if (example !== null) examples.push(example)
    at = next
  }
  return examples
}

/** Small letters at the same offsets: full lower-casing may change a text's length. */
function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/gu, (letter) => letter.toLowerCase())
}

function readExample(block: string): AgentExample | null {
  const { commentary, rest } = takeCommentary(block)
  const parts = new Map<Part, string[]>()
  let open: Part | null = null
  for (const line of rest.split(/\r\n|\n|\r/u)) {
    const label = labelLine(line)
    const part = label === null ? null : partOf(label.label)
    if (label !== null && part !== null) {
      open = part
      parts.set(part, [...(parts.get(part) ?? []), label.value])
    } else if (open !== null) parts.get(open)!.push(line)
  }
  const value = (part: Part) => trimmed(parts.get(part)?.join('\n') ?? '')
  const example = {
    context: value('context'),
    user: value('user'),
    assistant: value('assistant'),
    commentary: trimmed(commentary) ?? value('commentary'),
  }
  return Object.values(example).some((text) => text !== null) ? example : null
}

function takeCommentary(block: string): { commentary: string; rest: string } {
  const lower = lowerAscii(block)
  const start = lower.indexOf('<commentary>')
  if (start < 0) return { commentary: '', rest: block }
  const close = lower.indexOf('</commentary>', start)
  const end = close < 0 ? block.length : close
  const commentary = block.slice(start + '<commentary>'.length, end)
  return { commentary, rest: `${block.slice(0, start)}\n${block.slice(end + '</commentary>'.length)}` }
}

function partOf(label: string): Part | null {
  const key = labelKey(label)
  if (key === 'context' || key === 'user' || key === 'assistant' || key === 'commentary') return key
  return null
}

/** Without surrounding blanks, and without quotes that surround the whole. */
function trimmed(text: string): string | null {
  let value = text.trim()
  const quoted = value.length > 1 && value.startsWith('"') && value.endsWith('"')
  if (quoted && !value.slice(1, -1).includes('"')) value = value.slice(1, -1).trim()
  return value === '' ? null : cut(value, limits.noteCharsMax)
}
