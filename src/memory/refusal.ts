import type { Owner } from './events.ts'

/** Why a change of a section was not taken. Everything beside `message` is for programs. */
export interface Refusal {
  readonly code:
    | 'not_owner'
    | 'not_claimed'
    | 'wrong_heading'
    | 'renamed'
    | 'duplicate_section'
    | 'moved'
    | 'opens_section'
    | 'open_block'
    | 'parsers_disagree'
    | 'not_text'
    | 'forbidden_character'
    | 'too_large'
    | 'too_deep'
    | 'too_many'
    | 'stale'
    | 'not_found'
  readonly document: string
  /** Null for a section that does not exist, and for the preamble. */
  readonly section: string | null
  readonly heading: string
  readonly owner: Owner
  readonly message: string
  /** Line of the refused text, from 1. */
  readonly line?: number
  readonly codePoint?: string
  /** With `stale`: what stands there now, and since which revision. */
  readonly current?: string
  readonly revision?: number
  /** The index signature of every rejection. */
  readonly [detail: string]: unknown
}

/** How an owner is called in a message. */
export function ownerName(owner: Owner): string {
  return owner ?? 'people'
}
