import { kebab } from '../kernel/words.ts'
import type { Document, DocumentSection } from '../memory/document.ts'

export function sectionView(document: string, state: DocumentSection) {
  const { section, heading, owner, revision, by, at, event } = state
  return { document, section, heading, path: kebab(heading), owner, revision, by, at, event }
}

export function documentView({ document, revision, sections }: Document) {
  return { document, revision, sections: sections.map((section) => sectionView(document, section)) }
}
