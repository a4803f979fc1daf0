import { existsSync, readdirSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DaybookError } from '../../kernel/errors.ts'
import { type AgentFolder, readAgentFolder } from '../agent-folder.ts'
import { doctorAgents } from '../doctor-agents.ts'
import { readDocumentFile } from '../document-file.ts'
import { replaceFile } from '../replace-file.ts'
import { configFileName, type Settings, shippedAgents } from '../settings.ts'
import { withHooks, withServer } from './claude-files.ts'
import { type DocumentPast, documentPasts } from './git-history.ts'
import { withIgnored } from './ignored.ts'
import { recordInit } from './init-record.ts'
import { hookCommand, launcherPath, launcherText, mcpServer } from './launcher.ts'
import { type PlannedFile, plannedFile, within } from './planned-file.ts'

export interface InitPlan {
  readonly folder: string
  readonly agents: {
    readonly folder: string
    /** False when the project has none of its own, and the shipped cast would work. */
    readonly own: boolean
    readonly names: readonly string[]
    readonly unloadable: readonly { readonly file: string; readonly reason: string }[]
    /** Which section of which document is whose. */
    readonly owners: readonly {
      readonly document: string
      readonly heading: string
      readonly agent: string
    }[]
    /** Two agents that claim one heading, and names that are hard to tell apart. */
    readonly clashes: readonly string[]
    /** Makes broken front matter valid; nothing in agent files is changed by `init` itself. */
    readonly patch: string
    /** Other folders with agents: one can be named with --agents. */
    readonly others: readonly { readonly folder: string; readonly agents: number }[]
  }
  /** Memory documents that would be taken into the log, as they stand, with what git knows of them. */
  readonly documents: readonly PlannedDocument[]
  /** Where the documents are, or will be. */
  readonly memory: string
  readonly writes: readonly PlannedFile[]
}

export interface PlannedDocument {
  readonly document: string
  readonly path: string
  readonly bytes: number
  /** Commits that changed it; 0 outside a repository. */
  readonly commits: number
}

/** Where a project that worked without Daybook may keep its memory; the first that has an insights.md counts. */
const memoryFolders = ['.superagent/memory', '.claude/memory', 'memory']

/** Where a project may keep its agents; the first that has any counts. */
const agentFolders = ['.claude/agents', '.github/agents', 'agents']

/**
 * What setting up Daybook in a project folder would import and write. Reads only. Agent files and documents
 * that are there never change: documents are imported as they stand, and Daybook's own files stay out of git.
 */
export async function planInit(settings: Settings, folder: string): Promise<InitPlan> {
  const found = await agentsIn(settings, folder)
  const { agents, read } = found
  const memory = memoryOf(settings, folder)
  const claimed = read.agents.flatMap(({ definition }) => definition.claims.map(({ document }) => document))
  const names = new Set(['insights', ...claimed])
  const config = { ...(agents.own ? { agents: agents.folder } : {}), memory }
  return {
    folder,
    agents,
    documents: await documentsIn(memory, names),
    memory,
    writes: [
      configFile(folder, config),
      plannedFile(join(folder, '.gitignore'), (before) => ignoring(before, folder, settings.dir)),
      ...claudeFiles(folder, settings.dir, [...names].sort()),
    ],
  }
}

/** The git history of the documents that would be imported, oldest first. */
export function pastsOf({ documents }: InitPlan): Promise<DocumentPast[]> {
  return documentPasts(documents)
}

/**
 * Writes what the plan says, and what is needed to take it back. Files that changed since the plan was made are not
 * written over.
 */
export async function writeInit(plan: InitPlan, dir: string): Promise<void> {
  const made = missingFolders(
    [dir, plan.memory, ...plan.writes.map(({ path }) => dirname(path))],
    plan.folder,
  )
  await mkdir(dir, { recursive: true })
  await writeFile(join(dir, '.gitignore'), '*\n')
  await recordInit(dir, { files: plan.writes, folders: made })
  for (const { path, action, text } of plan.writes) {
    if (action === 'keep') continue
    await mkdir(dirname(path), { recursive: true })
    if (action === 'create') await writeFile(path, text, { flag: 'wx' }).catch(rejectTaken(path))
    else await replaceFile(path, text)
  }
  await mkdir(plan.memory, { recursive: true })
  await rm(launcherPath(dir), { force: true })
  await writeFile(launcherPath(dir), launcherText(), { mode: 0o755 })
}

function rejectTaken(path: string): (cause: NodeJS.ErrnoException) => never {
  return (cause) => {
    if (cause.code !== 'EEXIST') throw cause
    throw new DaybookError('rejected', `${path} has appeared meanwhile. Look at it, then begin again.`, {
      cause,
    })
  }
}

/** Folders that are not there yet, the outermost first. */
function missingFolders(paths: readonly string[], root: string): string[] {
  const missing = new Set<string>()
  for (const path of paths)
    for (let at = path; !existsSync(at) && at !== root && at !== dirname(at); at = dirname(at))
      missing.add(at)
  return [...missing].sort((a, b) => a.length - b.length)
}

async function agentsIn(
  settings: Settings,
  folder: string,
): Promise<{ agents: InitPlan['agents']; read: AgentFolder }> {
  const named = settings.agents === shippedAgents() ? null : settings.agents
  const candidates = agentFolders.map((path) => join(folder, path)).filter((path) => existsSync(path))
  const standing = await Promise.all(
    candidates.map(async (path) => ({ folder: path, agents: (await readAgentFolder(path)).agents.length })),
  )
  const own = named ?? standing.find(({ agents }) => agents > 0)?.folder ?? candidates[0]
  const place = own ?? settings.agents
  const read = await readAgentFolder(place)
  const { patch } = await doctorAgents(place)
  const clashes = [...read.diagnostics, ...read.agents.flatMap(({ diagnostics }) => diagnostics)]
    .filter(({ code }) => code === 'duplicate_section_claim' || code === 'confusable_name')
    .map(({ message }) => message)
  const agents = {
    folder: place,
    own: own !== undefined,
    names: read.agents.map(({ definition }) => definition.name),
    unloadable: read.skipped
      .filter(({ kind }) => kind === 'unloadable')
      .map(({ file, reason }) => ({ file, reason })),
    owners: read.agents.flatMap(({ definition }) =>
      definition.claims.map(({ document, heading }) => ({ document, heading, agent: definition.name })),
    ),
    clashes: [...new Set(clashes)],
    patch,
    others: standing.filter((one) => one.folder !== place && one.agents > 0),
  }
  return { agents, read }
}

function memoryOf({ memory, config }: Settings, folder: string): string {
  const standing = memoryFolders
    .map((path) => join(folder, path))
    .find((path) => existsSync(join(path, 'insights.md')))
  const byDefault = memory === join(folder, memoryFolders[0]!) && config.memory === undefined
  return byDefault ? (standing ?? memory) : memory
}

async function documentsIn(memory: string, claimed: ReadonlySet<string>): Promise<PlannedDocument[]> {
  if (!existsSync(memory)) return []
  const found: Omit<PlannedDocument, 'commits'>[] = []
  for (const file of readdirSync(memory).sort()) {
    const document = file.replace(/\.md$/u, '')
    if (document === file || !claimed.has(document)) continue
    const path = join(memory, file)
    const read = await readDocumentFile(path)
    if (read !== null) found.push({ document, path, bytes: Buffer.byteLength(read.text) })
  }
  const pasts = await documentPasts(found)
  return found.map((one) => {
    const past = pasts.find(({ document }) => document === one.document)
    return { ...one, commits: past?.versions.length ?? 0 }
  })
}

/** Paths inside the project are written as relative ones, so that the file can be shared. */
function configFile(folder: string, config: Record<string, string>): PlannedFile {
  const shared = Object.entries(config).map(([key, value]) => [key, within(folder, value) ?? value])
  const text = `${JSON.stringify(Object.fromEntries(shared), null, 2)}\n`
  return plannedFile(join(folder, configFileName), (before) => before ?? text)
}

function ignoring(before: string | null, folder: string, dir: string): string {
  const name = within(folder, dir)
  return name === null ? (before ?? '') : withIgnored(before, name)
}

/** Only where Claude Code is used: elsewhere they would be somebody else's clutter. */
function claudeFiles(folder: string, dir: string, documents: readonly string[]): PlannedFile[] {
  if (!existsSync(join(folder, '.claude')) && !existsSync(join(folder, 'CLAUDE.md'))) return []
  const settings = join(folder, '.claude', 'settings.json')
  const mcp = join(folder, '.mcp.json')
  const command = hookCommand(folder, dir)
  return [
    plannedFile(settings, (before) => withHooks(settings, before, { command, documents })),
    plannedFile(mcp, (before) => withServer(mcp, before, mcpServer(folder, dir))),
  ]
}
