import type { Holder } from './command-hold.ts'

/** What a command did to a document's file. */
export interface CommandEdit {
  readonly document: string
  /** The rendering that it found; null: there was none. */
  readonly before: string | null
  /** What it left; null: the file is gone. */
  readonly after: string | null
}

export interface WatchedCommand<T> {
  readonly holder: Holder
  readonly signal: AbortSignal
  readonly work: () => Promise<T>
  /** Records the edits, as whoever ran the command; gives the documents back of which something was refused. */
  readonly settle: (edits: readonly CommandEdit[]) => Promise<readonly string[]>
}

/** Something that goes on until it is told to end. */
export interface Following {
  readonly signal: AbortSignal
  /** Problems that it survives. */
  readonly onProblem: (problem: Error) => void
}

/** Where documents are written for people to read. */
export interface Rendering {
  /**
   * Brings a document's file up to the log. What somebody saved there since the last rendering is recorded
   * first, as an edit. May be called at any time, from several processes; the newest state wins.
   */
  render(document: string): Promise<void>
  /** At every start: takes in files that the log does not know, and cleans up after a crash. */
  sync(documents: readonly string[]): Promise<void>
  /** Takes in what people save on disk, as they save it, until `signal` aborts. */
  watch(following: Following): Promise<void>
  /**
   * Runs a command that may write to the files. Meanwhile nothing is rendered, and nothing on disk is taken for
   * somebody's edit; afterwards what it changed is given to `settle`, also when it failed, and then the log's
   * text is put back. One at a time: others wait.
   */
  duringCommand<T>(command: WatchedCommand<T>): Promise<T>
}

/** For tests, and for logs whose memory nobody reads as files. */
export const noRendering: Rendering = {
  render: async () => undefined,
  sync: async () => undefined,
  watch: async () => undefined,
  duringCommand: ({ work }) => work(),
}
