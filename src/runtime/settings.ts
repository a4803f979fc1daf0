import { existsSync, readFileSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { DaybookError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import { toldIssue } from '../kernel/plain-issues.ts'
import { WorkflowLimits } from '../workflows/events.ts'

/** Calls that a person approves first: of a tool, of an agent, or of both together. */
export const ApprovalRule = z
  .strictObject({
    tool: z.string().min(1).max(200).optional(),
    agent: z.string().min(1).max(100).optional(),
    /** Asks in rehearsals, too; otherwise they play through and ask nobody. */
    rehearsals: z.literal(true).optional(),
  })
  .refine((rule) => rule.tool !== undefined || rule.agent !== undefined, 'name a tool, an agent or both')
export type ApprovalRule = z.infer<typeof ApprovalRule>

/** What `daybook.config.json` may say; command line and environment go before it. */
export const ConfigFile = z.strictObject({
  $schema: z.string().optional(),
  dir: z.string().optional(),
  store: z.string().optional(),
  agents: z.string().optional(),
  memory: z.string().optional(),
  projections: z.string().optional(),
  workspace: z.string().optional(),
  /** Where seals, keys and the tree are kept: outside the store, best on another disk. */
  seals: z.string().optional(),
  model: z.string().optional(),
  /** Aliases of models for agent files, before and beside those that Daybook knows. */
  models: z.record(z.string().min(1).max(100), z.string().min(1).max(200)).optional(),
  /** A price file, see `models/prices.ts`; DAYBOOK_PRICES goes before it. */
  prices: z.string().optional(),
  /** Asks a model about close calls of the router; off when absent. */
  secondOpinion: z.strictObject({ model: z.string().min(1).max(200) }).optional(),
  costUsdMax: z.number().positive().optional(),
  depthMax: z.int().positive().optional(),
  /** Any limit of a workflow, by its own name; `costUsdMax` and `depthMax` go before it. */
  limits: z.strictObject(WorkflowLimits.shape).partial().optional(),
  /** Agents that live elsewhere: their handoffs wait in their inboxes, and no worker of Daybook takes them. */
  external: z
    .union([z.literal('all'), z.array(z.string().min(1).max(100)).max(limits.agentFilesMax)])
    .optional(),
  concurrency: z.int().positive().max(64).optional(),
  /** Lets agents whose files allow it run commands in the workspace; `--allow-bash` says the same. */
  allowBash: z.boolean().optional(),
  /** Lets WebFetch reach addresses that are not public, such as this machine's own. */
  allowPrivateAddresses: z.boolean().optional(),
  approvals: z.array(ApprovalRule).max(limits.approvalRulesMax).optional(),
  /** Requests that `serve` takes from one key in a minute. */
  requestsPerMinute: z.int().min(1).max(10_000_000).optional(),
  /** Digests of texts that look like secrets and are none. */
  notSecrets: z.array(z.string().max(100)).max(limits.notSecretsMax).optional(),
})
export type ConfigFile = z.infer<typeof ConfigFile>

/** What a command line says about where things are. */
export interface PlaceOptions {
  readonly dir?: string | undefined
  readonly store?: string | undefined
  readonly agents?: string | undefined
  readonly memory?: string | undefined
  readonly projections?: string | undefined
  readonly workspace?: string | undefined
  /** Look where rehearsals are kept. */
  readonly rehearsal?: boolean | undefined
  readonly allowBash?: boolean | undefined
}

/** Where everything is, as absolute paths. */
export interface Settings {
  /** Daybook's own folder: the embedded log, views, renderings' bases. */
  readonly dir: string
  /** URL or path of the log. */
  readonly store: string
  readonly agents: string
  readonly memory: string
  readonly projections: string | null
  readonly workspace: string
  /** Where the log's seals are kept, outside the store. */
  readonly seals: string
  readonly rehearsal: boolean
  /** Whether agents may run commands. */
  readonly allowBash: boolean
  readonly configFile: string
  readonly config: ConfigFile
}

type Environment = Readonly<Record<string, string | undefined>>

export const configFileName = 'daybook.config.json'

/**
 * Puts command line, environment, configuration file and defaults together, in that order. A rehearsal has a
 * log and a memory of its own unless flag or environment name others: what was rehearsed never enters the real ones.
 */
export function resolveSettings(options: PlaceOptions, env: Environment, cwd: string): Settings {
  const config = readConfig(cwd)
  const rehearsal = options.rehearsal === true
  const named = (flag: string | undefined, variable: string) => nonEmpty(flag) ?? nonEmpty(env[variable])
  const dirNamed = named(options.dir, 'DAYBOOK_DIR')
  const realDir = dirNamed ?? config.dir ?? '.daybook'
  const dir = resolve(cwd, rehearsal && dirNamed === undefined ? join(realDir, 'rehearsal') : realDir)
  const storeNamed = named(options.store, 'DAYBOOK_STORE') ?? (rehearsal ? undefined : config.store)
  const memoryNamed = named(options.memory, 'DAYBOOK_MEMORY')
  const realMemory = config.memory ?? '.superagent/memory'
  const memory = memoryNamed ?? (rehearsal ? join(dir, 'memory') : realMemory)
  const projections = named(options.projections, 'DAYBOOK_PROJECTIONS') ?? config.projections
  return {
    dir,
    store: storeNamed === undefined ? `sqlite:${join(dir, 'log.db')}` : absoluteStore(storeNamed, cwd),
    agents: resolve(cwd, named(options.agents, 'DAYBOOK_AGENTS') ?? config.agents ?? defaultAgents(cwd)),
    memory: resolve(cwd, memory),
    projections: projections === undefined ? null : resolve(cwd, projections),
    workspace: resolve(cwd, named(options.workspace, 'DAYBOOK_WORKSPACE') ?? config.workspace ?? '.'),
    seals: resolve(cwd, sealsIn(env, { dir, rehearsal, named: config.seals })),
    rehearsal,
    allowBash: options.allowBash === true || config.allowBash === true,
    configFile: join(cwd, configFileName),
    config,
  }
}

/** A rehearsal's log has seals of its own. */
function sealsIn(
  env: Environment,
  { dir, rehearsal, named }: { dir: string; rehearsal: boolean; named: string | undefined },
): string {
  return nonEmpty(env.DAYBOOK_SEALS) ?? (rehearsal ? undefined : named) ?? join(dir, 'seals')
}

/** The root of this package, in the repository as well as when it is installed. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder)
  return folder
}

/** Of this package. */
export function packageVersion(): string {
  const text = readFileSync(join(packageRoot(), 'package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

/** The agents that Daybook ships. */
export function shippedAgents(): string {
  return join(packageRoot(), 'agents')
}

function defaultAgents(cwd: string): string {
  const claude = join(cwd, '.claude', 'agents')
  return existsSync(claude) ? claude : shippedAgents()
}

function absoluteStore(store: string, cwd: string): string {
  if (/^[a-z+]+:\/\//u.test(store) || store.startsWith('memory:')) return store
  const path = store.replace(/^sqlite:/u, '')
  return `sqlite:${isAbsolute(path) ? path : resolve(cwd, path)}`
}

function readConfig(cwd: string): ConfigFile {
  const path = join(cwd, configFileName)
  if (!existsSync(path)) return {}
  let json: unknown
  try {
    json = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new DaybookError('usage', `${path} is not JSON: ${(cause as Error).message}`, { cause })
  }
  const read = ConfigFile.safeParse(json)
  if (read.success) return read.data
  const problems = read.error.issues.map((issue) => toldIssue(issue, 'the file'))
  throw new DaybookError('usage', `${path}: ${problems.join('; ')}.`)
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value
}
