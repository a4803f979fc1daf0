import { createHash } from 'node:crypto'
import type { Digest } from '../kernel/words.ts'
import { toCanonical } from '../store/codec.ts'

/** SHA-256 of a text's UTF-8 bytes. */
export function digestText(text: string): Digest {
  return `sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}`
}

/** SHA-256 of a value's canonical JSON (RFC 8785): equal values, equal digests. */
export function digestJson(value: unknown): Digest {
  return digestText(toCanonical(value))
}

/** A short id from content: the same words give the same id in every process. 20 characters, 80 bits. */
export function contentId(...parts: readonly string[]): string {
  return digestJson(parts).slice('sha256:'.length, 'sha256:'.length + 20)
}
