import { existsSync } from 'node:fs'
import type { Clock } from '../kernel/clock.ts'
import { counted } from '../kernel/counted.ts'
import { DaybookError } from '../kernel/errors.ts'
import { agentKey } from '../kernel/words.ts'
import { claudeAccess, endpointName } from '../models/claude-access.ts'
import { doctorAgents } from './doctor-agents.ts'
import { type Check, failed } from './doctor-check.ts'
import { checkHooks } from './doctor-hooks.ts'
import { checkFreeSpace, checkStaleFiles, checkWriteAccess } from './doctor-places.ts'
import { checkStore } from './doctor-store.ts'
import { loadProjections } from './load-projections.ts'
import { configFileName, type PlaceOptions, resolveSettings, type Settings } from './settings.ts'

export interface Examined {
  readonly places: PlaceOptions
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly clock: Clock
  /** As `process.version` gives it. */
  readonly node: string
}

const nodeMajorMin = 24

/**
 * Looks at everything that Daybook needs and says what is wrong and how to mend it. Writes nothing, calls no
 * model, and shows no key. A configuration that cannot be read ends the examination there.
 */
export async function examine(examined: Examined): Promise<Check[]> {
  const first = checkNode(examined.node)
  const configured = readSettings(examined)
  if ('status' in configured) return [first, configured]
  const settings = configured
  return [
    first,
    checkConfig(settings, examined.cwd),
    await checkStore(settings, examined.clock),
    await checkAgents(settings),
    ...(settings.projections === null ? [] : [await checkProjections(settings.projections)]),
    checkKey(examined.env),
    ...checkHooks(settings, examined.cwd, examined.clock),
    ...checkWriteAccess(settings),
    ...checkFreeSpace(settings),
    checkStaleFiles(settings),
  ]
}

function checkNode(version: string): Check {
  const good = Number.parseInt(version.replace(/^v/u, ''), 10) >= nodeMajorMin
  return {
    check: 'node',
    status: good ? 'ok' : 'failed',
    found: version,
    remedy: good
      ? null
      : `Daybook needs Node ${nodeMajorMin} or newer; "npm run --silent daybook --" in the repository brings its own.`,
  }
}

function readSettings({ places, env, cwd }: Examined): Settings | Check {
  try {
    return resolveSettings(places, env, cwd)
  } catch (error) {
    if (!(error instanceof DaybookError)) throw error
    const remedy = `Mend ${configFileName}, or move it away.`
    return { check: 'config', status: 'failed', found: error.message, remedy }
  }
}

function checkConfig({ config }: Settings, cwd: string): Check {
  const keys = Object.keys(config)
  const there = existsSync(`${cwd}/${configFileName}`)
  const found = there
    ? `${configFileName} sets ${keys.join(', ') || 'nothing'}`
    : `no ${configFileName}: defaults, environment and flags`
  return { check: 'config', status: 'ok', found, remedy: null }
}

async function checkAgents({ agents, config }: Settings): Promise<Check> {
  try {
    const { report, unloadable } = await doctorAgents(agents)
    const found = `${counted(report.agents.length, 'agent')} in ${agents}`
    if (unloadable > 0) {
      const remedy = `"daybook agents doctor ${agents}" says what is wrong with each.`
      return { check: 'agents', status: 'failed', found: `${found}, ${unloadable} cannot be loaded`, remedy }
    }
    const names = report.agents.map(({ name }) => name)
    const nobody = strangers(config.external, names)
    if (nobody.length > 0) {
      const remedy = `"external" in ${configFileName} waits for nobody there: mend the name, or add the agent's file.`
      return {
        check: 'agents',
        status: 'note',
        found: `${found}, and none named ${nobody.join(', ')}`,
        remedy,
      }
    }
    if (report.agents.length > 0) return { check: 'agents', status: 'ok', found, remedy: null }
    const remedy =
      'Name a folder with agent files: --agents, DAYBOOK_AGENTS, or "agents" in the configuration.'
    return { check: 'agents', status: 'failed', found, remedy }
  } catch (error) {
    return failed('agents', error, 'Name a folder with agent files: --agents or DAYBOOK_AGENTS.')
  }
}

/** Names of agents that live elsewhere and that no file has. */
function strangers(external: Settings['config']['external'], names: readonly string[]): string[] {
  if (external === undefined || external === 'all') return []
  const known = new Set(names.map(agentKey))
  return external.filter((name) => !known.has(agentKey(name)))
}

async function checkProjections(folder: string): Promise<Check> {
  try {
    const { projections, diagnostics } = await loadProjections(folder)
    const found = `${counted(projections.length, 'projection')} of your own in ${folder}`
    if (diagnostics.length === 0) return { check: 'projections', status: 'ok', found, remedy: null }
    const problems = diagnostics.map(({ message }) => message).join('; ')
    return {
      check: 'projections',
      status: 'failed',
      found: `${found}: ${problems}`,
      remedy: 'Mend these files.',
    }
  } catch (error) {
    return failed('projections', error, 'Name a folder with projections, or none.')
  }
}

function checkKey(env: Examined['env']): Check {
  const access = claudeAccess(env)
  if (access === null) {
    const remedy = 'Set ANTHROPIC_API_KEY to run with Claude; --rehearse needs none.'
    return { check: 'key', status: 'note', found: 'no key: goals can be rehearsed, not run', remedy }
  }
  const kind =
    access.apiKey !== undefined ? 'a key' : access.authToken !== undefined ? 'a token' : 'a profile'
  return { check: 'key', status: 'ok', found: `${kind} for ${endpointName(access)} is set`, remedy: null }
}
