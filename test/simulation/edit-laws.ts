import { type NewEvent, streamCategory } from '../../src/kernel/event.ts'
import { type Document, evolveDocument } from '../../src/memory/document.ts'
import type { RecordedMemoryEvent } from '../../src/memory/events.ts'
import type { Break } from './laws.ts'
import { headings } from './team.ts'

/** What one agent may do to a document that many share. */
export class EditLaws {
  readonly #breaks: Break
  readonly #calls = new Set<string>()

  constructor(breaks: Break) {
    this.#breaks = breaks
  }

  check(stream: string, event: NewEvent, before: unknown): void {
    const { actor } = event.meta
    if (streamCategory(stream) !== 'memory' || event.type !== 'DocumentEdited' || actor.kind !== 'agent')
      return
    this.#checkCall(stream, event)
    this.#checkForeign(event, before as Document)
  }

  #checkCall(stream: string, { data }: NewEvent): void {
    const { session, call } = data as { session?: string; call?: string }
    if (session === undefined || call === undefined) {
      this.#breaks('edit_names_its_call_once', `an agent's edit of ${stream} names no call`)
      return
    }
    const key = `${stream} ${session} ${call}`
    if (this.#calls.has(key))
      this.#breaks('edit_names_its_call_once', `the call ${call} of session ${session} edits ${stream} again`)
    this.#calls.add(key)
  }

  #checkForeign(event: NewEvent, before: Document): void {
    const name = event.meta.actor.id
    const recorded = { ...event, stream: '', revision: before.revision + 1, position: '' }
    const after = evolveDocument(before, recorded as unknown as RecordedMemoryEvent)
    const foreign = (document: Document) =>
      document.sections
        .filter(({ section }) => !mayWrite(before, section, name))
        .map(({ section, heading, owner, text }) => [section, heading, owner, text])
    if (
      before.preamble !== after.preamble ||
      JSON.stringify(foreign(before)) !== JSON.stringify(foreign(after))
    )
      this.#breaks('foreign_section_is_unchanged', `an edit by ${name} changes what is not its own`)
  }
}

/** Its own section, one that is its own from now on, and people's section under the heading that it claims. */
function mayWrite(before: Document, section: string, name: string): boolean {
  const known = before.sections.find((candidate) => candidate.section === section)
  if (known === undefined || known.owner === name) return true
  return known.owner === null && known.heading === headings[name]
}
