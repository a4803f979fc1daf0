import { mkdir, readdir, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Clock } from '../kernel/clock.ts'
import { DaybookError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import { DocumentName } from '../kernel/words.ts'
import { Coalesced } from './coalesced.ts'
import { editAsAgent, isTakenAway, isTakenWhole } from './command-edit.ts'
import { CommandHold } from './command-hold.ts'
import { contentId } from './digest.ts'
import { readDocumentFile, remove } from './document-file.ts'
import type { DocumentHistory } from './document-history.ts'
import { DocumentsOnDisk } from './documents-on-disk.ts'
import { isHookOnItsWay } from './hook/on-its-way.ts'
import { KeptRenderings } from './kept-renderings.ts'
import type { LogView } from './log-view.ts'
import { RenderLock } from './render-lock.ts'
import type { CommandEdit, Following, Rendering, WatchedCommand } from './rendering.ts'
import type { Secrets } from './secrets/secrets.ts'
import type { Streams } from './streams.ts'
import * as targets from './targets.ts'

export interface DocumentFolderOptions {
  /** Where people read the documents. */
  readonly folder: string
  /** Where the last renderings are kept: what a person's edit began from. */
  readonly bases: string
  readonly streams: Streams
  readonly view: LogView
  readonly history: DocumentHistory
  readonly clock: Clock
  readonly onNotice: (notice: string) => void
  /** What is kept beside the documents holds no secrets. */
  readonly secrets?: Secrets | null
  /** `awaited`: a save that a hook of Claude Code is about to tell of is left to it. `told`: this is that hook. */
  readonly hooks?: 'awaited' | 'told'
}

/** The folder with the rendered documents, kept equal to the log in both directions. */
export class DocumentFolder implements Rendering {
  readonly #options: DocumentFolderOptions
  readonly #renderings = new Coalesced((document) => this.#unlessHeld(document))
  readonly #hold: CommandHold
  readonly #kept: KeptRenderings
  readonly #onDisk: DocumentsOnDisk

  constructor(options: DocumentFolderOptions) {
    this.#options = options
    this.#hold = new CommandHold(options.bases, options.clock)
    this.#kept = new KeptRenderings(options.bases, options.secrets ?? undefined)
    const lock = new RenderLock(options.bases, options.onNotice)
    const pathOf = (document: string) => this.#path(document)
    this.#onDisk = new DocumentsOnDisk({ ...options, kept: this.#kept, lock, pathOf })
  }

  render(document: string): Promise<void> {
    return this.#renderings.run(document)
  }

  async watch({ signal, onProblem }: Following): Promise<void> {
    const { folder, view, streams } = this.#options
    // Loaded only by who watches: most commands do not.
    const { watchDocuments } = await import('./watch-documents.ts')
    return watchDocuments({
      folder,
      signal,
      onProblem,
      documents: async () => [...new Set([...(await this.#logged()), ...(await documentsFor(folder, view))])],
      pathOf: (document) => this.#path(document),
      look: async (document) => {
        const known = (await streams.load(targets.document(document))).revision >= 0
        await (known ? this.render(document) : this.sync([document]))
      },
    })
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
    for (const document of new Set([...documents, ...(await this.#logged())])) {
      await this.#onDisk.begin(document)
      await this.render(document)
    }
  }

  async duringCommand<T>({ holder, signal, work, settle }: WatchedCommand<T>): Promise<T> {
    await this.#hold.take(holder, { signal, cleanUp: () => this.#settleLeft() })
    let settled = true
    try {
      await this.#renderings.settled()
      for (const document of await this.#logged()) await this.#onDisk.bringUp(document)
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
    if (await this.#hold.isHeld()) return
    const { bases, hooks } = this.#options
    if (hooks !== 'told' && isHookOnItsWay(dirname(bases), this.#path(document))) return
    await this.#onDisk.bringUp(document)
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
      const before = (await this.#kept.last(document))?.text ?? null
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
        const copy = await this.#kept.putAside(document, after)
        this.#options.onNotice(`memory: what a command left in ${document}.md is kept in ${copy}`)
      }
      if (after !== null) await this.#kept.keep(document, after)
      if (state.revision < 0) await remove(this.#path(document))
      else await this.#onDisk.bringUp(document)
    }
  }

  async #logged(): Promise<string[]> {
    await this.#options.view.refresh()
    return this.#options.view.documents().map((state) => state.document)
  }

  #path(document: string): string {
    return documentPath(this.#options.folder, document)
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
