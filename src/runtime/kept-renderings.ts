import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { DaybookError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import { contentId } from './digest.ts'
import { codeOf, fileError } from './document-file.ts'
import { replaceFile } from './replace-file.ts'
import { Secrets } from './secrets/secrets.ts'

/** A document as it was last put on disk. */
export interface KeptRendering {
  readonly text: string
  /** Milliseconds since 1970, by the clock of the file system. */
  readonly atMs: number
  /** The last renderings by revision, oldest first: which state stood on disk when. */
  readonly before: readonly RenderedAt[]
}

export interface RenderedAt {
  readonly revision: number
  readonly atMs: number
  /** Of a save that was taken in at this revision: it stood on disk, and is no state of the log. */
  readonly saved?: string | undefined
}

const Before = z.array(z.object({ revision: z.int(), atMs: z.number(), saved: z.string().optional() }))

/** The last rendering of each document, which a save on disk began from, and texts that found no place elsewhere. */
export class KeptRenderings {
  readonly #folder: string
  readonly #secrets: Secrets

  constructor(folder: string, secrets: Secrets = new Secrets()) {
    this.#folder = folder
    this.#secrets = secrets
  }

  /** null when nothing was rendered yet, or the folder was thrown away. */
  async last(document: string): Promise<KeptRendering | null> {
    const path = join(this.#folder, `${document}.md`)
    try {
      const [text, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)])
      return { text, atMs: mtimeMs, before: await this.#before(document) }
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') return null
      throw new DaybookError('access_denied', `${path}: cannot be read.`, { cause })
    }
  }

  /** Whole or not at all. Not durable: lost, it is found again in the log. */
  async keep(document: string, text: string): Promise<void> {
    await this.#replace(join(this.#folder, `${document}.md`), text)
  }

  /** Keeps what was rendered, or a save that was taken in, and that it stood on disk from now on. */
  async keepAt(document: string, text: string, at: Pick<RenderedAt, 'revision' | 'saved'>): Promise<void> {
    await this.keep(document, text)
    await this.note(document, {
      revision: at.revision,
      ...(at.saved === undefined ? {} : { saved: at.saved }),
    })
  }

  /** Keeps only that something stood on disk. */
  async note(document: string, at: Pick<RenderedAt, 'revision' | 'saved'>): Promise<void> {
    const nowMs = Date.now()
    const all = [...(await this.#before(document)), { ...at, atMs: nowMs }].slice(-limits.renderingsKeptMax)
    const recent = all.filter(({ saved, atMs }) => saved !== undefined && atMs > nowMs - limits.savedUnseenMs)
    const few = new Set(recent.slice(-limits.savesKeptMax))
    const kept = all.map((rendered) =>
      few.has(rendered) ? rendered : { revision: rendered.revision, atMs: rendered.atMs },
    )
    await this.#replace(this.#list(document), JSON.stringify(kept))
  }

  #list(document: string): string {
    return join(this.#folder, `${document}.rendered.json`)
  }

  async #before(document: string): Promise<readonly RenderedAt[]> {
    const text = await readFile(this.#list(document), 'utf8').catch(() => '[]')
    try {
      return Before.parse(JSON.parse(text))
    } catch {
      return []
    }
  }

  async #replace(path: string, text: string): Promise<void> {
    const prepared = `${path}.${randomUUID()}.new`
    try {
      await mkdir(this.#folder, { recursive: true })
      await writeFile(prepared, (await this.#secrets.text(text)).value)
      await rename(prepared, path)
    } catch (cause) {
      throw fileError(path, cause)
    }
  }

  /** Keeps a text that the document does not show, durably; where, for people. The same text is kept once. */
  async putAside(document: string, text: string): Promise<string> {
    const path = join(this.#folder, `${document}.${contentId('aside', document, text)}.kept.md`)
    await mkdir(this.#folder, { recursive: true })
    await replaceFile(path, (await this.#secrets.text(text)).value)
    return path
  }
}
