import { refusal } from '../kernel/errors.ts'
import type { Precondition } from '../runtime/write-section.ts'

/** The ETag of a text that last changed at this revision of its document's stream. */
export function etagOf(revision: number): string {
  return `"r${revision}"`
}

/**
 * `If-Match` with the section's ETag (or `*`: whatever stands there), or `If-None-Match: *` for a section that is
 * not there yet; RFC 9110, 13.1. Several tags are not taken: a writer has seen one state.
 */
export function preconditionOf(match: string | undefined, noneMatch: string | undefined): Precondition {
  if (match === undefined && noneMatch === undefined) {
    const message =
      'Say which state you saw: If-Match with the ETag of your last read, or If-None-Match: * for a new section.'
    throw refusal({ code: 'precondition_required', message })
  }
  if (match !== undefined && noneMatch !== undefined)
    throw refusal({ code: 'bad_etag', message: 'Send If-Match or If-None-Match, not both.' })
  if (noneMatch !== undefined) {
    if (noneMatch.trim() === '*') return { kind: 'absent' }
    throw refusal({ code: 'bad_etag', message: 'If-None-Match can only be * here: the section is new.' })
  }
  const tag = (match ?? '').trim()
  if (tag === '*') return { kind: 'present' }
  const revision = /^(?:W\/)?"r(\d{1,10})"$/u.exec(tag)?.[1]
  if (revision === undefined) {
    const message = `If-Match ${tag} is no ETag of a section: expected "r" and a number in quotes, as GET gives it.`
    throw refusal({ code: 'bad_etag', message })
  }
  return { kind: 'revision', revision: Number(revision) }
}

/** Whether a reader has this state already. */
export function isKnown(noneMatch: string | undefined, etag: string): boolean {
  if (noneMatch === undefined) return false
  return noneMatch.split(',').some((tag) => tag.trim().replace(/^W\//u, '') === etag)
}
