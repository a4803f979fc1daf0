import { randomUUID } from 'node:crypto'
import { rename } from 'node:fs/promises'
import { remove, syncFolder, writeDurably } from './document-file.ts'

/** Replaces a file of Daybook's own: durably, and whole or not at all. Others do not write to it. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const prepared = `${path}.${randomUUID()}.new`
  await writeDurably(prepared, text, 0o644)
  try {
    await rename(prepared, path)
  } catch (error) {
    await remove(prepared)
    throw error
  }
  await syncFolder(path)
}
