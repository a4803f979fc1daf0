import { lstat, mkdir } from 'node:fs/promises'
import { counted } from '../kernel/counted.ts'
import { DaybookError } from '../kernel/errors.ts'
import type { Actor } from '../kernel/event.ts'
import type { ImportDocument } from '../memory/decider.ts'
import { renderDocument } from '../memory/document.ts'
import { StoreError } from '../store/port.ts'
import { claimsOn } from './claims.ts'
import { contentId, digestText } from './digest.ts'
import { DiskEdits, type DiskEditsOptions } from './disk-edits.ts'
import { fileError, isUnfit, readDocumentFile, readSettled } from './document-file.ts'
import { ownerHints } from './memory/section-owners.ts'
import { forgetKept, type RenderResult, recoverDocument, renderToDisk } from './render-document.ts'
import type { RenderLock } from './render-lock.ts'
import * as targets from './targets.ts'

export interface DocumentsOnDiskOptions extends DiskEditsOptions {
  readonly folder: string
  readonly lock: RenderLock
  readonly pathOf: (document: string) => string
}

const nobody: Actor = { kind: 'unknown', id: 'disk' }

/** Saves that are taken in before the rest waits for the next rendering: others wait for this one. */
const savesMax = 4

/**
 * The file of each document: takes in what stands there, and puts the log's text there. A file that is no
 * document (no text, too large, a folder, a link) is left alone and said once; the log goes on without it.
 */
export class DocumentsOnDisk {
  readonly #options: DocumentsOnDiskOptions
  readonly #edits: DiskEdits
  /** By document: what was said of a file that is no document. */
  readonly #unfit = new Map<string, string>()

  constructor(options: DocumentsOnDiskOptions) {
    this.#options = options
    this.#edits = new DiskEdits(options)
  }

  /** Renders the newest state, after whatever somebody saved is in the log. */
  async bringUp(document: string): Promise<void> {
    await this.#alone(document, () => this.#bringUp(document))
  }

  /** At a start: cleans up after a crash, and takes in a file that the log does not know. */
  async begin(document: string): Promise<void> {
    const { kept, streams, pathOf } = this.#options
    const path = pathOf(document)
    await this.#alone(document, async () => {
      const last = (await kept.last(document))?.text ?? null
      for (const left of await recoverDocument(path, last)) {
        await this.#edits.take({ document, path, text: left.text, savedAtMs: left.savedAtMs })
        await forgetKept(left.kept)
      }
      if ((await streams.load(targets.document(document))).revision >= 0) return
      const file = await readDocumentFile(path)
      if (file !== null) await this.#import(document, file.text)
    })
  }

  async #alone(document: string, work: () => Promise<void>): Promise<void> {
    try {
      await this.#options.lock.during(document, work)
      this.#unfit.delete(document)
    } catch (error) {
      if (error instanceof StoreError || !isUnfit(error)) throw error
      if (this.#unfit.get(document) === error.message) return
      this.#unfit.set(document, error.message)
      this.#options.onNotice(
        `memory: ${error.message}. It is left as it is; the log goes on, and is written there when that is mended`,
      )
    }
  }

  async #import(document: string, text: string): Promise<void> {
    const { streams, view, clock, kept, pathOf, onNotice } = this.#options
    await view.refresh()
    const command: ImportDocument = {
      type: 'ImportDocument',
      document,
      text,
      claims: claimsOn(view, document),
      idBase: contentId('import', document, text, String(clock.now())),
      digest: digestText(text),
      source: pathOf(document),
    }
    const outcome = await streams.execute(targets.document(document), command, { actor: nobody })
    if (outcome.kind === 'rejected') throw new DaybookError('rejected', outcome.rejection.message)
    await kept.keepAt(document, text, outcome.state)
    onNotice(
      `memory: ${document}.md was there and is in the log now, ${counted(outcome.state.sections.length, 'section')} as they stand`,
    )
    for (const hint of await ownerHints({ streams, view }, outcome.state)) onNotice(hint)
  }

  async #bringUp(document: string): Promise<void> {
    const { streams, kept, pathOf } = this.#options
    const path = pathOf(document)
    const base = (await kept.last(document))?.text ?? null
    const missing = base !== null && (await isGone(path, base))
    let lastRendered = base
    for (let tries = 0; tries < savesMax; tries += 1) {
      const state = await streams.load(targets.document(document))
      if (state.revision < 0) return
      const text = renderDocument(state)
      const result = await this.#put({ path, text, lastRendered })
      if (result.kind !== 'foreign_change') {
        if (result.kind === 'written' || base !== text) await kept.keepAt(document, text, state)
        if (missing && result.kind === 'written') this.#options.onNotice(restored(document))
        return
      }
      if (result.placed) await kept.keepAt(document, text, state)
      const taken = await this.#edits.take({ document, path, ...result })
      const save = { revision: taken ?? state.revision, saved: result.text }
      // What stands in the file is in the log now: a next save begins from there.
      if (result.placed) await kept.note(document, save)
      else if (taken !== null) await kept.keepAt(document, result.text, save)
      if (result.kept !== null) await forgetKept(result.kept)
      lastRendered = result.placed ? text : result.kept === null ? result.text : lastRendered
    }
    // What others recorded is safe in the log, and what stands on disk is taken in by the next look.
    this.#options.onNotice(
      `memory: ${path} changes faster than it can be rendered. It is rendered when it is quiet, by whoever looks next`,
    )
  }

  /** Makes the folder again when somebody took it away. */
  async #put(rendering: Parameters<typeof renderToDisk>[0]): Promise<RenderResult> {
    try {
      return await renderToDisk(rendering)
    } catch (error) {
      if (!(error instanceof DaybookError && error.code === 'not_found')) throw error
      await mkdir(this.#options.folder, { recursive: true }).catch((cause: unknown) => {
        throw fileError(this.#options.folder, cause)
      })
      return renderToDisk(rendering)
    }
  }
}

/** Whether a file is not there, and does not come back: some editors take it away before they write it. */
async function isGone(path: string, rendered: string): Promise<boolean> {
  const there = await lstat(path).then(
    () => true,
    () => false,
  )
  return !there && (await readSettled(path, rendered)) === null
}

function restored(document: string): string {
  return `memory: ${document}.md was deleted on disk and is restored from the log: a deleted file deletes nothing from the memory. Take sections out of the file, one by one, to remove them`
}
