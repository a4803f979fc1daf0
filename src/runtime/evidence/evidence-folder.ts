import { join } from 'node:path'
import { z } from 'zod'
import { limits } from '../../kernel/limits.ts'
import { Digest, WorkflowId } from '../../kernel/words.ts'

/** What a folder of evidence holds, and where. */
export function evidenceFiles(folder: string) {
  return {
    manifest: join(folder, 'manifest.json'),
    /** One event a line, as it was sealed. */
    events: join(folder, 'events.jsonl'),
    /** The proof of the event in the same line. */
    proofs: join(folder, 'proofs.jsonl'),
    seal: join(folder, 'seal.json'),
    key: join(folder, 'key.pem'),
    /** How a stranger checks it. */
    howTo: join(folder, 'HOW-TO-CHECK.md'),
    /** To read. */
    page: join(folder, 'index.html'),
  }
}

export const Manifest = z.strictObject({
  format: z.literal('daybook-evidence-v1'),
  workflow: WorkflowId,
  events: z.int().nonnegative().max(limits.evidenceEventsMax),
  /** Of `events.jsonl`. */
  digest: Digest,
})
export type Manifest = z.infer<typeof Manifest>
