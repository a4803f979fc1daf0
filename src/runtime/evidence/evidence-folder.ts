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

const about = {
  workflow: WorkflowId,
  events: z.int().nonnegative().max(limits.evidenceEventsMax),
  /** Of `events.jsonl`. */
  digest: Digest,
}

/** What the folder holds. Folders of the first format, which nobody signed, are still read. */
export const Manifest = z.discriminatedUnion('format', [
  z.strictObject({
    format: z.literal('daybook-evidence-v2'),
    ...about,
    /** Of the seal in `seal.json`. */
    seal: Digest,
    /** That these are all events of the workflow under that seal, see `statement.ts`; null: nobody signed that. */
    signature: z.string().max(1_000).nullable(),
  }),
  z.strictObject({ format: z.literal('daybook-evidence-v1'), ...about }),
])
export type Manifest = z.infer<typeof Manifest>
