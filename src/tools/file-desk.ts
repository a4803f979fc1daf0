import type { Digest } from '../kernel/words.ts'
import type { Effects } from './effects.ts'
import { fingerprint } from './file-digest.ts'
import type { MemoryDesk, MemoryReply } from './memory-tool.ts'
import { type Finding, failed, returned, type ToolResult, type ToolRun } from './port.ts'
import { answering, shown, ToolProblem } from './problem.ts'
import type { Workspace } from './workspace.ts'

/** Files and documents, as one session may use them. */
export interface FileDesk {
  readonly workspace: Workspace
  /** The document of the memory that a path means; null for an ordinary file. */
  documentAt(path: string): Promise<string | null>
  /** The memory, for one call. */
  memory(key: string): MemoryDesk
  readonly effects: Effects
}

/** One change of one file: a whole new text, or an edit of the one that stands there. */
export interface FileChange {
  readonly path: string
  readonly to: { readonly text: string } | { readonly edit: (before: string) => string }
  /** What the model is told when it is done. */
  readonly done: string
}

/** Reads what a path means: the bytes of a document are the log's, not the disk's. */
export async function readText(
  desk: FileDesk,
  path: string,
  key: string,
): Promise<{ text: string; findings: readonly Finding[] }> {
  const document = await desk.documentAt(path)
  if (document === null) return { text: (await desk.workspace.read(path)).text, findings: [] }
  const reading = await desk.memory(key).read(document)
  if (reading === null) throw noDocument(document)
  return reading
}

/**
 * Carries out a change. A document goes through the edit rules as the agent, and nothing but its own section
 * is saved; a file is noted, replaced, and recorded by digest.
 */
export async function changeFile(
  desk: FileDesk,
  change: FileChange,
  { key }: Pick<ToolRun, 'key'>,
): Promise<ToolResult> {
  return answering(async () => {
    const { path } = change
    const document = await desk.documentAt(path)
    if (document !== null) return changeDocument(desk, { document, change, key })
    const { workspace, effects } = desk
    const { relative } = await workspace.locate(path)
    const { text, expected } = await wanted(workspace, change)
    const after = fingerprint(new TextEncoder().encode(text))
    if (after.digest === expected)
      return returned(`${shown(path)} is as it was: there was nothing to change.`)
    await effects.begin({ key, path: relative, before: expected, after: after.digest })
    const written = await workspace.write(relative, { text, expected })
    return returned(`${change.done} (${written.bytes} bytes)`, [changed(written)])
  })
}

/** The text that is to stand there, and what stands there now; an edit reads it, a whole new text needs not. */
async function wanted(
  workspace: Workspace,
  { path, to }: FileChange,
): Promise<{ text: string; expected: Digest | null }> {
  if ('text' in to) return { text: to.text, expected: (await workspace.look(path))?.digest ?? null }
  const before = await workspace.read(path)
  return { text: to.edit(before.text), expected: before.digest }
}

async function changeDocument(
  desk: FileDesk,
  { document, change, key }: { document: string; change: FileChange; key: string },
): Promise<ToolResult> {
  const { to } = change
  const memory = desk.memory(key)
  if (await memory.editedBefore(document)) return returned(`Saved before in ${document}.md.`)
  if ('text' in to) return replyOf(await memory.writeDocument({ document, text: to.text }))
  const reading = await memory.read(document)
  if (reading === null) throw noDocument(document)
  return replyOf(await memory.writeDocument({ document, text: to.edit(reading.text) }))
}

function replyOf({ saved, message, findings }: MemoryReply): ToolResult {
  return saved ? returned(message, findings) : failed(message, findings)
}

/**
 * Looks whether a change that was begun under this key is there. Documents need no look: an edit carries its
 * key, and the same one edits once.
 */
export async function probeChange(desk: FileDesk, { key }: ToolRun): Promise<ToolResult | null> {
  const note = await desk.effects.begun(key)
  if (note === null) return null
  const { path } = note
  return answering(async () => {
    const now = await desk.workspace.look(path)
    if (now?.digest === note.after) {
      const what = `${shown(path)} was changed, before the work was interrupted (${now.bytes} bytes).`
      return returned(what, [changed({ path, ...now })])
    }
    if ((now?.digest ?? null) === note.before) return null
    return failed(
      `The work was interrupted, and ${shown(path)} was changed by somebody since: it is not known whether this call changed it before. Read it to see.`,
    )
  })
}

function noDocument(document: string): ToolProblem {
  return new ToolProblem(`There is no document ${document}.md yet. Write your section to begin it.`)
}

function changed({ path, digest, bytes }: { path: string; digest: Digest; bytes: number }): Finding {
  return { type: 'FileChanged', data: { path, digest, bytes } }
}
