import { createHash, type KeyObject, sign as signBytes, verify as verifyBytes } from 'node:crypto'
import type { z } from 'zod'
import { auditEvents } from '../../kernel/audit-events.ts'
import type { Digest } from '../../kernel/words.ts'
import { toCanonical } from '../../store/codec.ts'
import { digestJson } from '../digest.ts'
import type { Hash } from './merkle.ts'

/** What a LogSealed event says: the log's first `size` events have this root, and the last is `through`. */
export const Seal = auditEvents.LogSealed
export type Seal = z.infer<typeof Seal>

/** Says what a signature is for, so that none of another kind can be put in its place. */
const purpose = 'daybook-seal-v1\n'

/** The bytes that are signed: the purpose, then the seal without its signature as canonical JSON (RFC 8785). */
export function statementOf({ keyId, previous, root, size, through }: Omit<Seal, 'signature'>): string {
  return `${purpose}${toCanonical({ keyId, previous, root, size, through })}`
}

/** @param key Ed25519 (RFC 8032). */
export function signSeal(key: KeyObject, unsigned: Omit<Seal, 'signature'>): Seal {
  const signature = signBytes(null, Buffer.from(statementOf(unsigned)), key).toString('base64')
  return { ...unsigned, signature }
}

export function isSignedBy(key: KeyObject, seal: Seal): boolean {
  const signature = Buffer.from(seal.signature, 'base64')
  if (signature.toString('base64') !== seal.signature) return false
  return verifyBytes(null, Buffer.from(statementOf(seal)), key, signature)
}

/** What the next seal names as its `previous`. */
export function digestOfSeal(seal: Seal): Digest {
  return digestJson(seal)
}

export function rootDigest(root: Hash): Digest {
  return `sha256:${Buffer.from(root, 'latin1').toString('hex')}`
}

/** From the key itself, so that no other key can go by the same name. */
export function keyIdOf(publicKey: KeyObject): string {
  const der = publicKey.export({ type: 'spki', format: 'der' })
  return `ed25519:${createHash('sha256').update(der).digest('hex').slice(0, 32)}`
}
