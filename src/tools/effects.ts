import { mkdir, open, readFile, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { Digest } from '../kernel/words.ts'

const Note = z.object({
  key: z.string(),
  path: z.string(),
  /** Of the file before the change and after it; null: there is none. */
  before: Digest.nullable(),
  after: Digest,
})
export type EffectNote = z.infer<typeof Note>

/**
 * What a session is about to change, noted durably before it does: a second run of the same call looks whether
 * the file is as it was or as it was to become. A session changes one file at a time, so one note is enough.
 */
export interface Effects {
  begin(note: EffectNote): Promise<void>
  /** The note of this key; null when nothing was begun under it. */
  begun(key: string): Promise<EffectNote | null>
  forget(key: string): Promise<void>
}

export function effectsIn(folder: string, session: string): Effects {
  const path = join(folder, `${session}.json`)
  const begun = async (key: string) => {
    const note = Note.safeParse(parsed(await readFile(path, 'utf8').catch(() => '')))
    return note.success && note.data.key === key ? note.data : null
  }
  return {
    begun,
    async begin(note) {
      await mkdir(folder, { recursive: true })
      const file = await open(`${path}.new`, 'w', 0o600)
      try {
        await file.writeFile(JSON.stringify(note))
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(`${path}.new`, path)
    },
    async forget(key) {
      if ((await begun(key)) !== null) await unlink(path).catch(() => undefined)
    },
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
