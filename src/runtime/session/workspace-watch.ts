import { lstat } from 'node:fs/promises'
import { cut } from '../../kernel/cut.ts'
import { limits } from '../../kernel/limits.ts'
import type { BashOptions } from '../../tools/bash-tool.ts'
import type { FileDesk } from '../../tools/file-desk.ts'
import { inside } from '../../tools/folder.ts'
import type { Finding, ToolRun } from '../../tools/port.ts'
import { walk } from '../../tools/walk.ts'
import { editAsAgent, isTakenAway, isTakenWhole } from '../command-edit.ts'
import type { Holder } from '../command-hold.ts'
import { digestText } from '../digest.ts'
import type { CommandEdit } from '../rendering.ts'
import { replyTo } from './memory-desk.ts'
import type { SessionRun } from './session-run.ts'

/** What a command changed, as it is told to the model and goes on record. */
interface Found {
  readonly findings: Finding[]
  readonly said: string[]
}

/**
 * Runs commands and finds out what they changed: documents by comparing them afterwards, under the rules for
 * the agent that ran the command; other files by what the workspace looked like before and after.
 */
export function watchCommands(run: Omit<SessionRun, 'tools'>, desk: FileDesk): BashOptions['watch'] {
  return async (call, work) => {
    const found: Found = { findings: [], said: [] }
    const holder: Holder = {
      worker: run.project.worker,
      agent: run.definition.name,
      session: run.id,
      workflow: run.workflow,
      call: call.key,
    }
    const look = () => snapshot(desk, call.signal)
    const watched = async () => {
      const before = await look()
      const end = await work()
      await compareFiles({ before, after: await look(), desk, found })
      return end
    }
    const settle = (edits: readonly CommandEdit[]) => settleDocuments({ run, holder, edits, found })
    const end = await run.project.rendering.duringCommand({
      holder,
      signal: call.signal,
      work: watched,
      settle,
    })
    return { end, ...found }
  }
}

interface Settling {
  readonly run: Omit<SessionRun, 'tools'>
  readonly holder: Holder
  readonly edits: readonly CommandEdit[]
  readonly found: Found
}

/** Own sections are taken, the others refused and told; gives the documents of which something was refused. */
async function settleDocuments({ run, holder, edits, found }: Settling): Promise<string[]> {
  const refused: string[] = []
  for (const edit of edits) {
    const { document, after } = edit
    if (isTakenAway(edit)) {
      refused.push(document)
      found.findings.push(removal(edit))
      found.said.push(`${document}.md is kept: a command may not take a document away.`)
      continue
    }
    const outcome = await editAsAgent(run.project, holder, edit)
    if (!isTakenWhole(outcome)) refused.push(document)
    const { message, findings } = replyTo(outcome, { document, written: after ?? '' })
    found.findings.push(...findings)
    found.said.push(`Changes of ${document}.md by the command: ${message}`)
  }
  return refused
}

function removal({ document, after }: CommandEdit): Finding {
  const written = after ?? ''
  const reason = `the command left no text in ${document}.md; the log's is written there again`
  return {
    type: 'EditRefused',
    data: { document, code: 'removed', reason, digest: digestText(written), length: written.length },
  }
}

/** Size, time and identity of every file, by path. */
type Snapshot = ReadonlyMap<string, string>

async function snapshot({ workspace }: FileDesk, signal: ToolRun['signal']): Promise<Snapshot> {
  const files = new Map<string, string>()
  await walk(workspace, { path: '.', signal }, async ({ kind, path, folder, name }) => {
    const stats =
      kind === 'file' ? await lstat(inside(folder, name), { bigint: true }).catch(() => null) : null
    if (stats !== null) files.set(path, `${stats.size}:${stats.mtimeNs}:${stats.ino}`)
    return 'go_on'
  })
  return files
}

interface Comparison {
  readonly before: Snapshot
  readonly after: Snapshot
  readonly desk: FileDesk
  readonly found: Found
}

async function compareFiles({ before, after, desk, found }: Comparison): Promise<void> {
  const changed = [...after].filter(([path, state]) => before.get(path) !== state).map(([path]) => path)
  const removed = [...before.keys()].filter((path) => !after.has(path))
  const all: string[] = []
  for (const path of [...changed, ...removed].sort()) if (await isFile(desk, path)) all.push(path)
  for (const path of all.slice(0, limits.filesRecordedMax)) {
    const now = await desk.workspace.look(path).catch(() => undefined)
    if (now === undefined) found.said.push(`${path} was changed and could not be read for the record.`)
    else found.findings.push(fileChanged(path, now))
  }
  const more = all.length - limits.filesRecordedMax
  if (more > 0) found.said.push(`${more} more files were changed than go on record one by one.`)
}

/** Documents, and what a rendering leaves beside them for a moment, are no files here. */
async function isFile(desk: FileDesk, path: string): Promise<boolean> {
  return !/(?:^|\/)\.[^/]+\.daybook-[^/]+$/u.test(path) && (await desk.documentAt(path)) === null
}

function fileChanged(path: string, now: { digest: string; bytes: number } | null): Finding {
  const data = {
    path: cut(path, limits.toolPathCharsMax),
    digest: now?.digest ?? null,
    bytes: now?.bytes ?? 0,
  }
  return { type: 'FileChanged', data }
}
