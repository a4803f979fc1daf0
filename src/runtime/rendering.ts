/** Where documents are written for people to read. */
export interface Rendering {
  /**
   * Brings a document's file up to the log. What somebody saved there since the last rendering is recorded
   * first, as an edit. May be called at any time, from several processes; the newest state wins.
   */
  render(document: string): Promise<void>
  /** At every start: takes in files that the log does not know, and cleans up after a crash. */
  sync(documents: readonly string[]): Promise<void>
}

/** For tests, and for logs whose memory nobody reads as files. */
export const noRendering: Rendering = { render: async () => undefined, sync: async () => undefined }
