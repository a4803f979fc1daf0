import { createHash } from 'node:crypto'
import { checkTogether, resolvePartners } from '../agents/cross-check.ts'
import { readAgentFile } from '../agents/definition.ts'
import type { AgentDefinition, Diagnostic } from '../agents/events.ts'
import { fileStem, whyNoAgent } from '../agents/no-agent.ts'
import { cut } from '../kernel/cut.ts'
import { limits } from '../kernel/limits.ts'
import { agentKey } from '../kernel/words.ts'
import { walkFolder } from './walk-folder.ts'

/** One agent of a folder, ready to be registered. */
export interface FolderAgent {
  /** Path inside the folder, with `/`. */
  readonly source: string
  /** The file's text, exactly, byte order mark included. */
  readonly file: string
  /** `sha256:` of the file's bytes. */
  readonly digest: string
  readonly definition: AgentDefinition
  readonly diagnostics: Diagnostic[]
}

export interface SkippedFile {
  /** Path inside the folder, with `/`. */
  readonly file: string
  readonly reason: string
  /** `other`: the file is no agent. `unloadable`: it is, or should be, one, and cannot be loaded. */
  readonly kind: 'other' | 'unloadable'
}

export interface AgentFolder {
  /** In the order of their paths (by UTF-16 unit), so the same folder gives the same result anywhere. */
  readonly agents: FolderAgent[]
  readonly skipped: SkippedFile[]
  /** What concerns the folder as a whole. */
  readonly diagnostics: Diagnostic[]
  /** False when a limit cut the folder off: what is missing may still be there. */
  readonly complete: boolean
}

interface ReadFile {
  readonly source: string
  readonly file: string
  readonly digest: string
  readonly definition: AgentDefinition
  readonly diagnostics: Diagnostic[]
}

/**
 * Reads every agent file below `folder`. Never follows a link out of it, never runs anything, never writes.
 * A file that cannot be read or loaded is skipped with the reason; two files of one name: the first path wins.
 * Rejects with a `DaybookError` (`not_found`, `access_denied`, `usage`) when the folder itself cannot be read.
 */
export async function readAgentFolder(folder: string): Promise<AgentFolder> {
  const walked = await walkFolder(folder)
  const skipped: SkippedFile[] = [...walked.skipped]
  const read: ReadFile[] = []
  for (const { path, bytes } of walked.files) {
    const result = readOne(path, bytes)
    if ('reason' in result) skipped.push(result)
    else read.push(result)
  }
  const unique = firstOfEachName(read, skipped)
  const resolved = resolvePartners(unique.map((one) => one.definition))
  const together = checkTogether(unique.map((one) => one.definition))
  const agents = unique.flatMap((one, index) => {
    const { definition, diagnostics } = resolved[index]!
    const all = [...one.diagnostics, ...diagnostics, ...together[index]!].map(bounded).slice(0, 200)
    const agent = { ...one, definition, diagnostics: all }
    if (encodedBytes(agent) <= limits.eventBytesMax - envelopeBytes) return [agent]
    skipped.push(tooLarge(agent.source))
    return []
  })
  return {
    agents,
    skipped: skipped.sort((one, other) => compare(one.file, other.file)),
    diagnostics: walked.diagnostics,
    complete: walked.complete,
  }
}

/** Room for an event's meta, type and id beside its data. */
const envelopeBytes = 8 * 1024

function readOne(source: string, bytes: Uint8Array): ReadFile | SkippedFile {
  const unloadable = (reason: string): SkippedFile => ({ file: source, reason, kind: 'unloadable' })
  let file: string
  try {
    file = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return unloadable('it is not UTF-8 text; save it as UTF-8')
  }
  if (file.includes('\0')) return unloadable('it has a NUL character, which no text has; remove it')
  const why = whyNoAgent(source, file)
  if (why !== null) return { file: source, reason: why, kind: 'other' }
  const result = readAgentFile(file, fileStem(source))
  if (result.kind === 'refused') return unloadable(`${result.rejection.code}: ${result.rejection.message}`)
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  return { source, file, digest, definition: result.definition, diagnostics: result.diagnostics }
}

/** Names are the same after NFKC and in any case. The winner is told, the others are skipped. */
function firstOfEachName(read: readonly ReadFile[], skipped: SkippedFile[]): ReadFile[] {
  const winners = new Map<string, ReadFile>()
  for (const one of read) {
    const { name } = one.definition
    const key = agentKey(name)
    const winner = winners.get(key)
    if (winner === undefined) {
      winners.set(key, one)
      continue
    }
    const reason = `its name "${name}" is taken by ${winner.source}, which comes first; give one of the two another name`
    skipped.push({ file: one.source, reason, kind: 'unloadable' })
    winner.diagnostics.push({
      code: 'duplicate_name',
      message: `${one.source} has the name "${name}" too and was skipped: the first path wins. Rename one of the two.`,
    })
  }
  return [...winners.values()]
}

function tooLarge(file: string): SkippedFile {
  const reason = `with what was read from it, it does not fit into one event of ${limits.eventBytesMax} bytes; shorten it`
  return { file, reason, kind: 'unloadable' }
}

function encodedBytes(agent: FolderAgent): number {
  return Buffer.byteLength(JSON.stringify(agent))
}

function bounded({ code, message }: Diagnostic): Diagnostic {
  return { code, message: cut(message, limits.reasonCharsMax) }
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
