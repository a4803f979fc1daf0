import type { Document } from '../memory/document.ts'

/** Where documents are written for people to read. */
export interface Rendering {
  /** Brings the file up to this state of the document. A later state wins over an earlier one. */
  render(document: Document): Promise<void>
}

/** For tests, and for stores whose memory nobody reads as files. */
export const noRendering: Rendering = { render: async () => undefined }
