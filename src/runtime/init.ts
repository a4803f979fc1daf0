import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { isAbsolute, join, relative } from 'node:path'
import { DaybookError } from '../kernel/errors.ts'
import { readAgentFolder } from './agent-folder.ts'
import { readDocumentFile } from './document-file.ts'
import { replaceFile } from './replace-file.ts'
import { configFileName, type Settings, shippedAgents } from './settings.ts'

/** A file that setting up would write, whole. `keep`: it is as it should be. */
export interface PlannedFile {
  readonly path: string
  readonly action: 'create' | 'append' | 'keep'
  readonly text: string
}

export interface InitPlan {
  readonly folder: string
  readonly agents: {
    readonly folder: string
    /** False when the project has none of its own, and the shipped cast would work. */
    readonly own: boolean
    readonly names: readonly string[]
    readonly unloadable: readonly { readonly file: string; readonly reason: string }[]
  }
  /** Memory documents that would be taken into the log, as they stand. */
  readonly documents: readonly { readonly document: string; readonly path: string; readonly bytes: number }[]
  /** Where the documents are, or will be. */
  readonly memory: string
  readonly writes: readonly PlannedFile[]
}

/** Where a project that worked without Daybook may keep its memory; the first that has an insights.md counts. */
const memoryFolders = ['.superagent/memory', '.claude/memory', 'memory']

const agentFolders = ['.claude/agents']

/**
 * What setting up Daybook in a project folder would import and write. Reads only. Agent files and documents
 * that are there never change: documents are imported as they stand, and Daybook's own files stay out of git.
 */
export async function planInit(settings: Settings, folder: string): Promise<InitPlan> {
  const own = agentFolders.map((path) => join(folder, path)).find((path) => existsSync(path))
  const named = settings.agents === shippedAgents() ? own : settings.agents
  const agents = await readAgentFolder(named ?? settings.agents)
  const memory = memoryOf(settings, folder)
  const claimed = agents.agents.flatMap(({ definition }) => definition.claims.map(({ document }) => document))
  return {
    folder,
    agents: {
      folder: named ?? settings.agents,
      own: named !== undefined,
      names: agents.agents.map(({ definition }) => definition.name),
      unloadable: agents.skipped
        .filter(({ kind }) => kind === 'unloadable')
        .map(({ file, reason }) => ({ file, reason })),
    },
    documents: await documentsIn(memory, new Set(['insights', ...claimed])),
    memory,
    writes: [
      configFile(folder, { ...(named === undefined ? {} : { agents: named }), memory }),
      ignoreFile(folder, settings.dir),
    ],
  }
}

/** Writes what the plan says. Files that changed since the plan was made are not written over. */
export async function writeInit(plan: InitPlan): Promise<void> {
  for (const { path, action, text } of plan.writes) {
    if (action === 'keep') continue
    if (action === 'create') await writeFile(path, text, { flag: 'wx' }).catch(rejectTaken(path))
    else await replaceFile(path, text)
  }
  await mkdir(plan.memory, { recursive: true })
}

function rejectTaken(path: string): (cause: NodeJS.ErrnoException) => never {
  return (cause) => {
    if (cause.code !== 'EEXIST') throw cause
    throw new DaybookError('rejected', `${path} has appeared meanwhile. Look at it, then begin again.`, {
      cause,
    })
  }
}

function memoryOf({ memory, config }: Settings, folder: string): string {
  const standing = memoryFolders
    .map((path) => join(folder, path))
    .find((path) => existsSync(join(path, 'insights.md')))
  const byDefault = memory === join(folder, memoryFolders[0]!) && config.memory === undefined
  return byDefault ? (standing ?? memory) : memory
}

async function documentsIn(memory: string, claimed: ReadonlySet<string>): Promise<InitPlan['documents']> {
  if (!existsSync(memory)) return []
  const found = []
  for (const file of readdirSync(memory).sort()) {
    const document = file.replace(/\.md$/u, '')
    if (document === file || !claimed.has(document)) continue
    const path = join(memory, file)
    const read = await readDocumentFile(path)
    if (read !== null) found.push({ document, path, bytes: Buffer.byteLength(read.text) })
  }
  return found
}

/** Paths inside the project are written as relative ones, so that the file can be shared. */
function configFile(folder: string, config: Record<string, string>): PlannedFile {
  const path = join(folder, configFileName)
  if (existsSync(path)) return { path, action: 'keep', text: readFileSync(path, 'utf8') }
  const shared = Object.entries(config).map(([key, value]) => [key, within(folder, value) ?? value])
  return { path, action: 'create', text: `${JSON.stringify(Object.fromEntries(shared), null, 2)}\n` }
}

function ignoreFile(folder: string, dir: string): PlannedFile {
  const path = join(folder, '.gitignore')
  const before = existsSync(path) ? readFileSync(path, 'utf8') : null
  const name = within(folder, dir)
  const ignored = before?.split(/\r?\n/u).some((line) => line.trim().replace(/^\/|\/$/gu, '') === name)
  if (name === null || ignored === true) return { path, action: 'keep', text: before ?? '' }
  if (before === null) return { path, action: 'create', text: `${name}/\n` }
  const end = before.includes('\r\n') ? '\r\n' : '\n'
  const gap = before === '' || before.endsWith('\n') ? '' : end
  return { path, action: 'append', text: `${before}${gap}${name}/${end}` }
}

/** The path inside `folder`; null for one outside. */
function within(folder: string, path: string): string | null {
  const inside = relative(folder, path)
  return inside === '' || inside.startsWith('..') || isAbsolute(inside) ? null : inside
}
