import { z } from 'zod'
import { DaybookError } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import type { HashTree } from './hash-tree.ts'
import { hashBytes, leafHash, rootOfPath } from './merkle.ts'
import { rootDigest, type Seal } from './seal.ts'

/** 32 bytes in Base64, in the one spelling that they have. */
const Hash = z.string().refine((text) => {
  const bytes = Buffer.from(text, 'base64')
  return bytes.length === hashBytes && bytes.toString('base64') === text
}, 'is no SHA-256 hash in Base64')

/** That an event is the one at this place of a sealed log: RFC 6962, section 2.1.1. */
export const InclusionProof = z.strictObject({
  /** The event's place among all events of the log, from 0. */
  index: z.int().nonnegative(),
  /** Of the sealed tree. */
  size: z.int().positive(),
  /** From the leaf's sibling upwards. */
  path: z.array(Hash).max(limits.proofHashesMax),
})
export type InclusionProof = z.infer<typeof InclusionProof>

export function proofFrom(tree: HashTree, index: number, size: number): InclusionProof {
  return {
    index,
    size,
    path: tree.pathOf(index, size).map((hash) => Buffer.from(hash, 'latin1').toString('base64')),
  }
}

/** Throws `too_large` or `invalid` for a text that is no proof. */
export function parseProof(text: string): InclusionProof {
  if (text.length > limits.proofBytesMax)
    throw new DaybookError('too_large', `A proof has at most ${limits.proofBytesMax} characters.`)
  try {
    return InclusionProof.parse(JSON.parse(text))
  } catch (cause) {
    throw new DaybookError('invalid', 'This is no proof: expected {index, size, path}.', { cause })
  }
}

/** Whether the event, as `leafText` gives it, is in the log that the seal covers. The seal's signature is not looked at. */
export function provesInclusion(
  text: string,
  { index, size, path }: InclusionProof,
  seal: Pick<Seal, 'size' | 'root'>,
): boolean {
  if (size !== seal.size) return false
  const hashes = path.map((hash) => Buffer.from(hash, 'base64').toString('latin1'))
  const root = rootOfPath(leafHash(text), { index, size, path: hashes })
  return root !== null && rootDigest(root) === seal.root
}
