import { sectionView } from '../../api/document-views.ts'
import { type Document, renderDocument } from '../../memory/document.ts'
import { documentAt, sectionAt } from '../../runtime/memory/document-at.ts'
import { restoreSection } from '../../runtime/memory/restore-section.ts'
import { assignSection, type SectionOwner, sectionOwners } from '../../runtime/memory/section-owners.ts'
import { previewUndo, type UndoPreview, undoSession } from '../../runtime/memory/undo-session.ts'
import type { Ask } from '../ask.ts'
import { said, segment } from '../running-server.ts'

interface Shown {
  readonly document: string
  readonly section: string | undefined
  readonly at: string | undefined
}

/** `text` is the exact text; of a section everything that is known of where it stands. */
export interface ShownMemory {
  readonly document: string
  readonly revision: number
  readonly text: string
}

export const shownMemory: Ask<Shown, ShownMemory> = {
  open: { mode: 'read' },
  async here({ project }, { document: name, section, at }) {
    if (section !== undefined) {
      const found = await sectionAt(project, { document: name, section, at })
      return { ...sectionView(name, found), text: found.text }
    }
    const found = await documentAt(project, name, at)
    return shown({ ...found, text: renderDocument(found) })
  },
  async there({ client }, { document, section, at }) {
    const init = { headers: { Accept: 'application/json' } }
    const query = { at }
    if (section === undefined) {
      const param = { document: segment(document) }
      return shown(await said(client.v1.memory[':document'].$get({ param, query }, init)))
    }
    const param = { document: segment(document), section: segment(section) }
    const asked = client.v1.memory[':document'].sections[':section'].$get({ param, query }, init)
    const { notes: _, ...found } = await said(asked)
    return found
  },
}

function shown({ document, revision, text }: ShownMemory): ShownMemory {
  return { document, revision, text }
}

export interface ListedDocument {
  readonly document: string
  readonly sections: readonly Pick<
    Document['sections'][number],
    'section' | 'heading' | 'owner' | 'by' | 'at'
  >[]
}

export const allDocuments: Ask<object, readonly ListedDocument[]> = {
  open: { mode: 'read' },
  async here({ project }) {
    await project.view.refresh()
    return project.view.documents().map(listed)
  },
  there: async ({ client }) => (await said(client.v1.memory.$get({ query: {} }))).documents.map(listed),
}

function listed({ document, sections }: ListedDocument): ListedDocument {
  return {
    document,
    sections: sections.map(({ section, heading, owner, by, at }) => ({ section, heading, owner, by, at })),
  }
}

export const allOwners: Ask<{ readonly document: string | undefined }, readonly SectionOwner[]> = {
  open: { mode: 'read' },
  async here({ project }, { document }) {
    if (document !== undefined) await documentAt(project, document)
    return sectionOwners(project, document)
  },
  async there({ client }, { document }) {
    const asked =
      document === undefined
        ? client.v1.owners.$get()
        : client.v1.memory[':document'].owners.$get({ param: { document: segment(document) } })
    return (await said(asked)).sections
  },
}

interface Assignment {
  readonly document: string
  readonly section: string
  readonly to: string
}

export const assignedSection: Ask<
  Assignment,
  {
    readonly document: string
    readonly section: string
    readonly owner: string | null
    readonly event: string | null
  }
> = {
  open: { log: 'existing', documents: 'sync' },
  async here({ project, person: by }, { document, section, to }) {
    const event = await assignSection(project, { document, section, to, by, via: 'cli' })
    const { owner } = await sectionAt(project, { document, section })
    return { document, section, owner, event }
  },
  there: ({ client }, { document, section, to }) => {
    const param = { document: segment(document), section: segment(section) }
    return said(client.v1.memory[':document'].sections[':section'].assign.$post({ param, json: { to } }))
  },
}

interface Restoring {
  readonly document: string
  readonly section: string
  readonly at: string
}

export const restoredSection: Ask<
  Restoring,
  { readonly document: string; readonly section: string; readonly event: string | null }
> = {
  open: { log: 'existing', documents: 'sync' },
  async here(daybook, { document, section, at }) {
    const event = await restoreSection(daybook, { document, section, at, by: daybook.person, via: 'cli' })
    return { document, section, event }
  },
  there: ({ client }, { document, section, at }) => {
    const param = { document: segment(document), section: segment(section) }
    return said(client.v1.memory[':document'].sections[':section'].restore.$post({ param, json: { at } }))
  },
}

interface Undoing {
  readonly session: string
  readonly repeats: boolean
  readonly yes: boolean
}

export const undoneSession: Ask<Undoing, UndoPreview & { readonly done: boolean }> = {
  open: { log: 'existing', documents: 'sync' },
  async here(daybook, { session, repeats, yes: done }) {
    const question = { session, lines: repeats ? 'repeats' : 'own' } as const
    const preview = done
      ? await undoSession(daybook, question, daybook.person)
      : await previewUndo(daybook, question)
    return { ...preview, done }
  },
  there: async ({ client }, { session, ...json }) =>
    (await said(
      client.v1.sessions[':id'].undo.$post({ param: { id: segment(session) }, json }),
    )) as unknown as UndoPreview & { readonly done: boolean },
}
