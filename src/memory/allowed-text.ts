import { limits } from '../kernel/limits.ts'
import { lineAt } from './markdown-sections.ts'

/** Why a text cannot stand in a section. */
export interface TextProblem {
  readonly code: 'not_text' | 'forbidden_character' | 'too_large' | 'too_deep'
  readonly message: string
  /** Line of the text, from 1. */
  readonly line?: number
  /** Of the form `U+202E`. */
  readonly codePoint?: string
}

/**
 * What may not stand in anybody's text: it has no UTF-8, or costs a parser more than it can mean.
 * Measured: 5,000 list markers on one line take micromark 6 s.
 */
export function unstorable(text: string, bytesMax: number = limits.sectionBytesMax): TextProblem | null {
  const bytes = utf8Bytes(text)
  if (bytes > bytesMax) {
    const message = `it has ${bytes} bytes and at most ${bytesMax} are kept: shorten it, or move detail elsewhere`
    return { code: 'too_large', message }
  }
  if (!text.isWellFormed()) {
    const why = 'is half a character (a lone surrogate)'
    return { code: 'not_text', ...characterAt(text, loneSurrogate(text), why) }
  }
  const nul = text.indexOf('\0')
  if (nul >= 0) return { code: 'not_text', ...characterAt(text, nul, 'is no text') }
  const nested = deeplyNested.exec(text)
  if (nested === null) return null
  const line = lineAt(text, nested.index)
  return { code: 'too_deep', line, message: `line ${line} nests more than ${limits.nestingMax} blocks` }
}

/**
 * What an agent may not write beside that: characters that show people another text than machines read, or
 * that speak to a terminal. People's documents may hold them, they are only never let in by an agent.
 */
export function deceptive(text: string): TextProblem | null {
  const found = text.search(deceptiveCharacter)
  if (found < 0) return null
  return {
    code: 'forbidden_character',
    ...characterAt(text, found, characterKind(text.codePointAt(found) ?? 0)),
  }
}

const deeplyNested = new RegExp(
  String.raw`^(?:[ \t]*(?:>|[*+-][ \t]|\d{1,9}[.)][ \t])){${limits.nestingMax + 1}}`,
  'mu',
)

const deceptiveCharacter =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  /[\u0001-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069\u{E0000}-\u{E007F}]/u

function characterKind(codePoint: number): string {
  if (codePoint >= 0xe0000) return 'is an invisible tag character'
  if (codePoint >= 0x202a) return 'changes the direction of text that people read'
  if (codePoint >= 0x2028 || codePoint === 0x85) return 'ends a line for some readers only; write a line feed'
  return codePoint === 0x1b ? 'begins a terminal escape sequence' : 'is a control character'
}

function characterAt(text: string, offset: number, why: string): Omit<TextProblem, 'code'> {
  const line = lineAt(text, offset)
  const value = text.codePointAt(offset) ?? 0
  const codePoint = `U+${value.toString(16).toUpperCase().padStart(4, '0')}`
  return { line, codePoint, message: `${codePoint} on line ${line} ${why}` }
}

function loneSurrogate(text: string): number {
  const whole = text.toWellFormed()
  let index = 0
  while (text[index] === whole[index]) index += 1
  return index
}

/** Bytes of a text in UTF-8; a lone surrogate counts as the three of its replacement. */
export function utf8Bytes(text: string): number {
  let bytes = text.length
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) continue
    if (unit < 0x800) bytes += 1
    else if (unit >= 0xd800 && unit < 0xdc00 && isLow(text.charCodeAt(index + 1))) {
      bytes += 2
      index += 1
    } else bytes += 2
  }
  return bytes
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000
}
