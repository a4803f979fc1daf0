import { kebab } from '../kernel/words.ts'
import { type Document, type DocumentSection, findSection } from '../memory/document.ts'
import type { LogView } from '../runtime/log-view.ts'
import { refusal } from './problem.ts'

export function sectionView(document: string, state: DocumentSection) {
  const { section, heading, owner, revision, by, at, event } = state
  return { document, section, heading, path: kebab(heading), owner, revision, by, at, event }
}

export function documentView({ document, revision, sections }: Document) {
  return { document, revision, sections: sections.map((section) => sectionView(document, section)) }
}

/** The document, or a refusal that names those that are there. */
export function documentNamed(view: LogView, name: string, at: string | undefined): Document {
  const document = view.document(name)
  if (document !== null) return document
  const known = view.documents().map((one) => one.document)
  const then = at === undefined ? '' : ` at ${at}`
  const message = `There is no document "${name}"${then}. Documents: ${known.join(', ') || 'none'}.`
  throw refusal({ code: 'not_found', message })
}

export function sectionNamed(document: Document, name: string): DocumentSection {
  const section = findSection(document, name)
  if (section !== undefined) return section
  const known = document.sections.map(({ heading }) => `"${heading}"`).join(', ') || 'none'
  const message = `${document.document}.md has no section "${name}". Its sections: ${known}.`
  throw refusal({ code: 'not_found', message })
}
