import type { Clock } from '../kernel/clock.ts'
import type { Actor } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import type { EditDocument } from '../memory/decider.ts'
import { type Document, renderDocument } from '../memory/document.ts'
import { readText } from '../memory/read-text.ts'
import { beganFrom, isLaterRendering, nearest, type Standing } from './began-from.ts'
import { claimsOn } from './claims.ts'
import { contentId } from './digest.ts'
import type { DocumentHistory, PastState } from './document-history.ts'
import { type CommitEdit, commitBehind } from './git-edits.ts'
import type { KeptRendering, KeptRenderings, RenderedAt } from './kept-renderings.ts'
import type { LogView } from './log-view.ts'
import type { Outcome, Streams } from './streams.ts'
import * as targets from './targets.ts'
import { looksCutOff } from './unfinished-text.ts'

export interface DiskEditsOptions {
  readonly kept: KeptRenderings
  readonly streams: Streams
  readonly view: LogView
  readonly history: DocumentHistory
  readonly clock: Clock
  readonly onNotice: (notice: string) => void
}

/** A text that stands on disk and that this process did not put there. */
export interface FoundOnDisk {
  readonly document: string
  readonly path: string
  readonly text: string
  /** By the clock of the file system. */
  readonly savedAtMs: number
}

/** What cannot be attributed is nobody's: never a person's name. */
const nobody: Actor = { kind: 'unknown', id: 'disk' }

/** Of a document that no event gave. */
const noRevision = -2

/** Revision at which a save was taken in; null: it was no edit. */
export type Taken = number | null

type Saved = Standing & { readonly text: string }

/** A text as a document with the sections of one state that the log knows. */
interface ReadText {
  readonly document: string
  /** Revision of that state. */
  readonly over: number
  readonly text: string
  readonly as: Document
}

interface Recording {
  readonly text: string
  readonly base: Document
  /** Revision of the last rendering: the same text found over the same one is the same save. */
  readonly over: number
  /** The commit that brought it; null for a save. */
  readonly by: Pick<CommitEdit, 'commit' | 'actor'> | null
}

/** Takes what stands on disk into the log: as an edit of the rendering it began from, a commit's, or nobody's. */
export class DiskEdits {
  readonly #options: DiskEditsOptions
  /** Texts that were read as documents a moment ago, the newest last. */
  #read: readonly ReadText[] = []

  constructor(options: DiskEditsOptions) {
    this.#options = options
  }

  /** Afterwards the log's text may be rendered: what it does not hold of the text found is kept aside. */
  async take(found: FoundOnDisk): Promise<Taken> {
    const { streams, history, kept, onNotice } = this.#options
    const { document, text } = found
    const last = await kept.last(document)
    const current = await streams.load(targets.document(document))
    if (text === last?.text || text === renderDocument(current)) return null
    const recent = await history.recent(document)
    const over = await this.#lastState(document, last, recent)
    // Another process rendered it, or this one just before it crashed: the log knows these bytes already.
    if (isLaterRendering(recent, text, over)) return null
    if (looksCutOff(text, last?.text ?? renderDocument(current))) {
      const copy =
        text.trim() === '' ? '' : `; what stood there is kept in ${await kept.putAside(document, text)}`
      onNotice(`memory: ${document}.md was cut off on disk and is restored from the log${copy}`)
      return null
    }
    const near = over ?? nearest(recent, text) ?? current
    const saves = this.#savesOnDisk(recent, last?.before ?? [])
    // What was taken in and not rendered yet is no state of the log: the next save of its writer begins there.
    const saved = saves.findLast((save) => save.text === last?.text)?.state
    const rendered = saved ?? (last === null ? near : this.#asIfRead(near, last.text))
    return this.#takeEdit(found, { last, recent, rendered, saves, over: near.revision })
  }

  async #takeEdit(
    found: FoundOnDisk,
    known: {
      readonly last: KeptRendering | null
      readonly recent: readonly PastState[]
      readonly rendered: Document
      readonly saves: readonly Saved[]
      readonly over: number
    },
  ): Promise<Taken> {
    const { document, text } = found
    const { over } = known
    const renderings = known.last?.before ?? []
    const began = (saved: string) => beganFrom({ ...found, ...known, renderings, text: saved })
    const commit = await commitBehind({ ...found, renderedAtMs: known.last?.atMs ?? null })
    if (commit !== null) {
      const origin = began(commit.text)
      const base = origin.kind === 'edit' ? origin.base : known.rendered
      const first = { text: commit.text, base, over, by: commit }
      const outcome = await this.#record(document, first)
      if (commit.text === text) return outcome.state.revision
      const under = this.#asIfRead(outcome.state, commit.text)
      return (await this.#record(document, { text, base: under, over, by: null })).state.revision
    }
    const origin = began(text)
    if (origin.kind === 'edit') {
      const { state } = await this.#record(document, { text, base: origin.base, over, by: null })
      return state.revision
    }
    this.#options.onNotice(asItWas(document, origin.as))
    return null
  }

  /** The state that was last rendered, or the nearest one; null when nobody knows what was. */
  async #lastState(
    document: string,
    last: KeptRendering | null,
    recent: readonly PastState[],
  ): Promise<Document | null> {
    if (last === null) return null
    return (await this.#options.history.renderedAs(document, last.text)) ?? nearest(recent, last.text)
  }

  /** What people saved a moment ago and was on disk until it was rendered with what others wrote. */
  #savesOnDisk(recent: readonly PastState[], renderings: readonly RenderedAt[]): Saved[] {
    return renderings.flatMap(({ revision, saved }, index) => {
      const state = recent.findLast((past) => past.state.revision <= revision)?.state
      if (saved === undefined || state === undefined) return []
      const untilMs = renderings[index + 1]?.atMs ?? Number.POSITIVE_INFINITY
      return [{ text: saved, state: this.#asIfRead(state, saved), untilMs }]
    })
  }

  /** A text as a document: its sections are those of a state that the log knows. */
  #asIfRead(state: Document, text: string): Document {
    const { document, revision: over } = state
    const known = this.#read.find(
      (read) => read.document === document && read.over === over && read.text === text,
    )
    if (known !== undefined) return known.as
    const as =
      renderDocument(state) === text ? state : readOver(state, text, editId(document, { text, over }))
    this.#remember({ document, over, text, as })
    return as
  }

  #remember(read: ReadText): void {
    this.#read = [...this.#read, read].slice(-limits.textsReadMax)
  }

  async #record(document: string, recording: Recording): Promise<Outcome<Document>> {
    const { streams, view } = this.#options
    await view.refresh()
    const command = this.#command(document, recording)
    const outcome = await streams.execute(targets.document(document), command, { actor: command.actor })
    await this.#tell(document, recording, outcome)
    // Over the state that it began from, it differs in little: reading it over the newest one takes longer.
    const { text, base } = recording
    const as = readOver(base, text, command.idBase)
    this.#remember({ document, over: outcome.state.revision, text, as })
    return outcome
  }

  /** The same save edits once, whoever finds it and however often, also when a crash left it on disk. */
  #command(document: string, { text, base, over, by }: Recording): EditDocument {
    const { view, clock } = this.#options
    const id = editId(document, { text, over, by })
    return {
      type: 'EditDocument',
      document,
      edit: { kind: 'document', text },
      base,
      actor: by?.actor ?? nobody,
      claims: claimsOn(view, document),
      call: `disk-${id}`,
      via: by === null ? 'disk' : 'git',
      ...(by === null ? {} : { commit: by.commit }),
      at: new Date(clock.now()).toISOString(),
      idBase: id,
    }
  }

  async #tell(document: string, { text, by }: Recording, outcome: Outcome<Document>): Promise<void> {
    const { kept, onNotice } = this.#options
    const what =
      by === null ? `an edit of ${document}.md on disk` : `commit ${by.commit.slice(0, 12)} of ${document}.md`
    const refused = refusalsOf(outcome)
    const conflicts =
      outcome.kind === 'rejected' ? [] : outcome.events.filter(({ type }) => type === 'EditConflicted')
    if (refused.length > 0) {
      const copy = await kept.putAside(document, text)
      onNotice(`memory: of ${what} this was not taken: ${refused.join('; ')}. All of it is kept in ${copy}`)
    }
    if (conflicts.length > 0) {
      const copy = await kept.putAside(document, text)
      const headings = conflicts.map(({ data }) => headingOf(data as { section: string; heading: string }))
      onNotice(
        `memory: ${headings.join(', ')} of ${document}.md changed on disk and in the log at once. The file shows the log's text; the other one is kept in ${copy} and in the log (daybook log --type EditConflicted: ${conflicts.map(({ id }) => id).join(', ')})`,
      )
    }
    if (outcome.kind === 'accepted' && outcome.events.some(({ type }) => type === 'DocumentEdited'))
      onNotice(`memory: ${what} is recorded`)
  }
}

function editId(document: string, { text, over, by }: Pick<Recording, 'text' | 'over'> & Partial<Recording>) {
  return contentId('disk', document, text, String(over), by?.commit ?? '')
}

function readOver(state: Document, text: string, idBase: string): Document {
  return { ...readText(state, text, (index) => `${idBase}-${index}`), revision: noRevision }
}

function refusalsOf(outcome: Outcome<Document>): string[] {
  if (outcome.kind === 'rejected') return [outcome.rejection.message]
  const { refusals } = outcome.decision as { refusals?: readonly { message: string }[] }
  return (refusals ?? []).map(({ message }) => message)
}

function headingOf({ section, heading }: { section: string; heading: string }): string {
  return section === 'preamble' ? 'what stands before the first section' : `"${heading}"`
}

function asItWas(document: string, as: Document): string {
  const event = as.sections.find(({ revision }) => revision === as.revision)?.event
  const again =
    event === undefined ? '' : ` (daybook memory restore SECTION --at event:${event} brings a section back)`
  const when = as.revision < 0 ? '' : ` at revision ${as.revision}`
  return `memory: ${document}.md was saved as it stood${when}, before others changed it; nothing was edited, and the log's text stands again${again}`
}
