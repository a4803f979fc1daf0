import { type KeyObject, sign as signBytes, verify as verifyBytes } from 'node:crypto'
import type { Digest } from '../../kernel/words.ts'
import { toCanonical } from '../../store/codec.ts'

/**
 * What an exporter signs: in the log under this seal, the events of this workflow are these and no others. A seal
 * cannot say that, since it knows positions and no workflows.
 */
export interface Statement {
  readonly workflow: string
  readonly events: number
  /** Of `events.jsonl`. */
  readonly digest: Digest
  /** Of the seal. */
  readonly seal: Digest
}

/** Another one than a seal's, though both are signed with the same key: neither can stand for the other. */
const purpose = 'daybook-evidence-v2\n'

function bytesOf({ workflow, events, digest, seal }: Statement): Buffer {
  return Buffer.from(`${purpose}${toCanonical({ digest, events, seal, workflow })}`)
}

/** Base64. @param key Ed25519 (RFC 8032), the one that the seal is signed with. */
export function signStatement(key: KeyObject, statement: Statement): string {
  return signBytes(null, bytesOf(statement), key).toString('base64')
}

export function isStatementSignedBy(key: KeyObject, statement: Statement, signature: string): boolean {
  const bytes = Buffer.from(signature, 'base64')
  // One spelling only, so that no byte of the folder can be changed.
  return bytes.toString('base64') === signature && verifyBytes(null, bytesOf(statement), key, bytes)
}
