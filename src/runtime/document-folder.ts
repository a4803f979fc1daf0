import { mkdir, readdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../kernel/clock.ts'
import { DaybookError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import { DocumentName } from '../kernel/words.ts'
import type { EditDocument, ImportDocument } from '../memory/decider.ts'
import { renderDocument } from '../memory/document.ts'
import { claimsOn } from './claims.ts'
import { editAsAgent, isTakenAway, isTakenWhole } from './command-edit.ts'
import { CommandHold } from './command-hold.ts'
import { contentId, digestText } from './digest.ts'
import { readDocumentFile, remove } from './document-file.ts'
import { stateBehind } from './document-history.ts'
import type { LogView } from './log-view.ts'
import { forgetKept, recoverDocument, renderToDisk } from './render-document.ts'
import type { CommandEdit, Rendering, WatchedCommand } from './rendering.ts'
import { replaceFile } from './replace-file.ts'
import type { Streams } from './streams.ts'
import * as targets from './targets.ts'

export interface DocumentFolderOptions {
  /** Where people read the documents. */
  readonly folder: string
  /** Where the last renderings are kept: what a person's edit began from. */
  readonly bases: string
  readonly streams: Streams
  readonly view: LogView
  readonly clock: Clock
  readonly onNotice: (notice: string) => void
}

/** What cannot be attributed is nobody's: never a person's name. */
const nobody = { kind: 'unknown', id: 'disk' } as const

const renderingsMax = 8

/** The folder with the rendered documents, kept equal to the log in both directions. */
export class DocumentFolder implements Rendering {
  readonly #options: DocumentFolderOptions
  readonly #queues = new Map<string, Promise<void>>()
  readonly #hold: CommandHold

  constructor(options: DocumentFolderOptions) {
    this.#options = options
    this.#hold = new CommandHold(options.bases, options.clock)
  }

  /** One at a time per document; what is asked for meanwhile is one more rendering, of the newest state. */
  render(document: string): Promise<void> {
    const before = this.#queues.get(document) ?? Promise.resolve()
    const next = before.catch(() => undefined).then(() => this.#unlessHeld(document))
    this.#queues.set(document, next)
    return next
  }

  async sync(documents: readonly string[]): Promise<void> {
    await mkdir(this.#options.folder, { recursive: true }).catch((cause: unknown) => {
      throw new DaybookError(
        'access_denied',
        `${this.#options.folder}: cannot be made. Name another folder with --memory.`,
        { cause },
      )
    })
    await this.#settleLeft()
    if (await this.#hold.isHeld()) return
    for (const document of new Set([...documents, ...(await this.#logged())])) await this.#syncOne(document)
  }

  async duringCommand<T>({ holder, signal, work, settle }: WatchedCommand<T>): Promise<T> {
    await this.#hold.take(holder, { signal, cleanUp: () => this.#settleLeft() })
    let settled = true
    try {
      await Promise.allSettled(this.#queues.values())
      for (const document of await this.#logged()) await this.#bringUp(document)
      settled = false
      try {
        return await work()
      } finally {
        const edits = await this.#editsByCommand()
        await this.#putBack(edits, await settle(edits))
        settled = true
      }
    } finally {
      if (settled) await this.#hold.release(holder)
      else await this.#hold.abandon(holder)
      if (settled) for (const document of await this.#logged()) await this.render(document)
    }
  }

  /** While a command runs, its holder looks after the files; it renders when the command is over. */
  async #unlessHeld(document: string): Promise<void> {
    await this.#settleLeft()
    if (!(await this.#hold.isHeld())) await this.#bringUp(document)
  }

  /** A command whose worker died: what it left on disk is its agent's, under the same rules. */
  async #settleLeft(): Promise<void> {
    const left = await this.#hold.left()
    if (left === null) return
    const edits = left.agent === '' ? [] : await this.#editsByCommand()
    const refused: string[] = []
    for (const edit of edits) {
      const outcome = isTakenAway(edit) ? null : await editAsAgent(this.#options, left, edit)
      if (outcome === null || !isTakenWhole(outcome)) refused.push(edit.document)
      const whose = `a command of ${left.agent} that was cut off had changed ${edit.document}.md`
      const taken = outcome?.kind === 'accepted' ? 'its own section is recorded' : 'nothing of it was taken'
      this.#options.onNotice(`memory: ${whose}; ${taken}`)
    }
    await this.#putBack(edits, refused)
    await this.#hold.release(left)
  }

  /** What stands on disk otherwise than it was last rendered. */
  async #editsByCommand(): Promise<CommandEdit[]> {
    const { folder, view } = this.#options
    const documents = new Set([...(await documentsFor(folder, view)), ...(await this.#logged())])
    const edits: CommandEdit[] = []
    for (const document of documents) {
      const before = await this.#base(document)
      const after = await this.#fitOrAside(document)
      if (after !== before) edits.push({ document, before, after })
    }
    return edits
  }

  /** What stands there; what is no document (a link, a folder, no text) is moved out of the way. */
  async #fitOrAside(document: string): Promise<string | null> {
    const path = this.#path(document)
    try {
      return (await readDocumentFile(path))?.text ?? null
    } catch (error) {
      const aside = `${path}.${contentId('unfit', document, String(this.#options.clock.now()))}.kept`
      await rename(path, aside)
      this.#options.onNotice(`memory: ${(error as Error).message}; it was moved to ${aside}`)
      return null
    }
  }

  /** The log's text again; of what was refused, a copy is kept beside the bases. */
  async #putBack(edits: readonly CommandEdit[], refused: readonly string[]): Promise<void> {
    for (const { document, after } of edits) {
      const state = await this.#options.streams.load(targets.document(document))
      if (after !== null && refused.includes(document)) {
        const copy = await this.#putAside(document, after)
        this.#options.onNotice(`memory: what a command left in ${document}.md is kept in ${copy}`)
      }
      if (after !== null) await this.#keepBase(document, after)
      if (state.revision < 0) await remove(this.#path(document))
      else await this.#bringUp(document)
    }
  }

  async #logged(): Promise<string[]> {
    await this.#options.view.refresh()
    return this.#options.view.documents().map((state) => state.document)
  }

  async #syncOne(document: string): Promise<void> {
    const path = this.#path(document)
    const state = await this.#options.streams.load(targets.document(document))
    for (const { text, kept } of await recoverDocument(path, await this.#base(document))) {
      await this.#adopt(document, text)
      await forgetKept(kept)
    }
    if (state.revision < 0) {
      const file = await readDocumentFile(path)
      if (file === null) return
      await this.#import(document, file.text)
    }
    await this.render(document)
  }

  async #import(document: string, text: string): Promise<void> {
    const { streams, view, clock, onNotice } = this.#options
    await view.refresh()
    const command: ImportDocument = {
      type: 'ImportDocument',
      document,
      text,
      claims: claimsOn(view, document),
      idBase: contentId('import', document, text, String(clock.now())),
      digest: digestText(text),
      source: this.#path(document),
    }
    const outcome = await streams.execute(targets.document(document), command, { actor: nobody })
    if (outcome.kind === 'rejected') throw new DaybookError('rejected', outcome.rejection.message)
    await this.#keepBase(document, text)
    onNotice(
      `memory: ${document}.md was there and is in the log now, ${outcome.state.sections.length} sections as they stand`,
    )
  }

  async #bringUp(document: string): Promise<void> {
    const { streams } = this.#options
    const base = await this.#base(document)
    let lastRendered = base
    for (let tries = 0; tries < renderingsMax; tries += 1) {
      const state = await streams.load(targets.document(document))
      if (state.revision < 0) return
      const text = renderDocument(state)
      const result = await renderToDisk({ path: this.#path(document), text, lastRendered })
      if (result.kind !== 'foreign_change') {
        if (result.kind === 'written' || base !== text) await this.#keepBase(document, text)
        return
      }
      await this.#adopt(document, result.text)
      if (result.kept !== null) await forgetKept(result.kept)
      else lastRendered = result.text
    }
    throw new DaybookError(
      'unavailable',
      `${this.#path(document)} changes faster than it can be rendered. Close whatever writes to it and try again.`,
    )
  }

  /** Records what stands on disk as an edit of the rendering it began from. */
  async #adopt(document: string, text: string): Promise<void> {
    const { streams, view, clock, onNotice } = this.#options
    const current = await streams.load(targets.document(document))
    // Another process rendered it a moment ago.
    if (text === renderDocument(current) || text === (await this.#base(document))) return
    const base = await stateBehind(streams, { document, rendered: await this.#base(document), text })
    // Another process rendered it: the log knows these bytes already.
    if (base !== null && renderDocument(base) === text) return
    if (await this.#looksCutOff(document, text)) return
    const command: EditDocument = {
      type: 'EditDocument',
      document,
      edit: { kind: 'document', text },
      ...(base === null ? {} : { base }),
      actor: nobody,
      claims: claimsOn(view, document),
      via: 'disk',
      at: new Date(clock.now()).toISOString(),
      idBase: contentId('disk', document, text, String(current.revision)),
    }
    const outcome = await streams.execute(targets.document(document), command, { actor: nobody })
    if (outcome.kind === 'rejected') {
      const copy = await this.#putAside(document, text)
      onNotice(
        `memory: an edit of ${document}.md on disk was not taken: ${outcome.rejection.message}. It is kept in ${copy}`,
      )
      return
    }
    const conflicts = outcome.events.filter((event) => event.type === 'EditConflicted').length
    if (conflicts > 0)
      onNotice(
        `memory: ${conflicts} sections of ${document}.md were changed on disk and in the log at once; both texts are in the log (daybook log --type EditConflicted)`,
      )
    else if (outcome.events.length > 0) onNotice(`memory: an edit of ${document}.md on disk is recorded`)
  }

  /** An empty file, or one that stops in the middle of what was rendered, is a crash and no edit. */
  async #looksCutOff(document: string, text: string): Promise<boolean> {
    const base = await this.#base(document)
    const partly =
      base !== null &&
      base !== '' &&
      text.length < base.length &&
      base.startsWith(text) &&
      !text.endsWith('\n')
    if (!partly && !(text.trim() === '' && base !== null && base.trim() !== '')) return false
    const copy = await this.#putAside(document, text)
    this.#options.onNotice(
      `memory: ${document}.md was cut off on disk and is restored from the log; what stood there is kept in ${copy}`,
    )
    return true
  }

  async #putAside(document: string, text: string): Promise<string> {
    const name = `${document}.${contentId('aside', document, text)}.kept.md`
    const path = join(this.#options.bases, name)
    await mkdir(this.#options.bases, { recursive: true })
    await replaceFile(path, text)
    return path
  }

  #path(document: string): string {
    return documentPath(this.#options.folder, document)
  }

  async #base(document: string): Promise<string | null> {
    return readFile(join(this.#options.bases, `${document}.md`), 'utf8').catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null
        throw new DaybookError(
          'access_denied',
          `${join(this.#options.bases, `${document}.md`)}: cannot be read.`,
          { cause: error },
        )
      },
    )
  }

  async #keepBase(document: string, text: string): Promise<void> {
    await mkdir(this.#options.bases, { recursive: true })
    await replaceFile(join(this.#options.bases, `${document}.md`), text)
  }
}

/** Where a document is rendered. */
export function documentPath(folder: string, document: string): string {
  return join(folder, `${document}.md`)
}

/** Documents on disk that Daybook looks after: insights, and whatever an agent claims a section of. */
export async function documentsFor(folder: string, view: LogView): Promise<string[]> {
  const claimed = new Set([
    'insights',
    ...view.agents().flatMap(({ definition }) => definition.claims.map((claim) => claim.document)),
  ])
  const files = await readdir(folder).catch(() => [] as string[])
  const names = files.filter((file) => file.endsWith('.md')).map((file) => file.slice(0, -'.md'.length))
  return names
    .filter((name) => claimed.has(name) && DocumentName.safeParse(name).success)
    .slice(0, limits.sectionsMax)
}
