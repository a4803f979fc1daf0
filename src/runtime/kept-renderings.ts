import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DaybookError } from '../kernel/errors.ts'
import { contentId } from './digest.ts'
import { codeOf, fileError } from './document-file.ts'
import { replaceFile } from './replace-file.ts'

/** A document as it was last put on disk. */
export interface KeptRendering {
  readonly text: string
  /** Milliseconds since 1970, by the clock of the file system. */
  readonly atMs: number
}

/** The last rendering of each document, which a save on disk began from, and texts that found no place elsewhere. */
export class KeptRenderings {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** null when nothing was rendered yet, or the folder was thrown away. */
  async last(document: string): Promise<KeptRendering | null> {
    const path = join(this.#folder, `${document}.md`)
    try {
      const [text, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)])
      return { text, atMs: mtimeMs }
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') return null
      throw new DaybookError('access_denied', `${path}: cannot be read.`, { cause })
    }
  }

  /** Whole or not at all. Not durable: lost, it is found again in the log. */
  async keep(document: string, text: string): Promise<void> {
    const path = join(this.#folder, `${document}.md`)
    const prepared = `${path}.${randomUUID()}.new`
    try {
      await mkdir(this.#folder, { recursive: true })
      await writeFile(prepared, text)
      await rename(prepared, path)
    } catch (cause) {
      throw fileError(path, cause)
    }
  }

  /** Keeps a text that the document does not show, durably; where, for people. The same text is kept once. */
  async putAside(document: string, text: string): Promise<string> {
    const path = join(this.#folder, `${document}.${contentId('aside', document, text)}.kept.md`)
    await mkdir(this.#folder, { recursive: true })
    await replaceFile(path, text)
    return path
  }
}
