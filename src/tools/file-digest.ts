import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import type { Digest } from '../kernel/words.ts'

/** What a file holds, without holding it. */
export interface Fingerprint {
  readonly digest: Digest
  readonly bytes: number
}

export function fingerprint(content: Uint8Array): Fingerprint {
  return {
    digest: `sha256:${createHash('sha256').update(content).digest('hex')}`,
    bytes: content.byteLength,
  }
}

const chunkBytes = 256 * 1024

/** Reads an open file through; null when it has more than `bytesMax`. */
export async function fingerprintOf(file: FileHandle, bytesMax: number): Promise<Fingerprint | null> {
  const hash = createHash('sha256')
  const chunk = new Uint8Array(chunkBytes)
  for (let bytes = 0; ; ) {
    const { bytesRead } = await file.read(chunk, 0, chunkBytes, bytes)
    if (bytesRead === 0) return { digest: `sha256:${hash.digest('hex')}`, bytes }
    hash.update(chunk.subarray(0, bytesRead))
    bytes += bytesRead
    if (bytes > bytesMax) return null
  }
}
