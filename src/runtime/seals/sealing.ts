import { join } from 'node:path'

/** Where seals are kept, outside the store. */
export interface Sealing {
  /** Hashes, made from the log again when they are lost. */
  readonly tree: string
  /** Seals, one a line. */
  readonly book: string
}

export function sealingIn(folder: string): Sealing {
  return { tree: join(folder, 'tree.bin'), book: join(folder, 'seals.jsonl') }
}
