import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { DaybookError } from '../kernel/errors.ts'
import { type Daybook, type OpenOptions, openDaybook } from '../runtime/daybook.ts'
import { withoutSecretWords } from '../runtime/secrets/find-secrets.ts'
import { type PlaceOptions, resolveSettings, type Settings } from '../runtime/settings.ts'
import { type Output, output } from './output.ts'
import { ownName } from './own-name.ts'
import { shellWord } from './shell-word.ts'

export interface CommonOptions extends PlaceOptions {
  readonly json?: boolean
  /** A server that answers instead of a log of this machine. */
  readonly url?: string
}

/** What every command begins with: where things are, and how to speak. */
export interface CommandContext {
  readonly settings: Settings
  readonly output: Output
  readonly options: CommonOptions
  /** The server that is asked instead; null: a log of this machine. */
  readonly url: ServerPlace | null
}

export interface ServerPlace {
  readonly address: string
  readonly named: 'by_flag' | 'by_environment'
}

export interface OpenForCommand extends OpenOptions {
  /**
   * `existing`: the command works on what is there, and says what to do when nothing is. `make`: a log is begun
   * where there is none. Reading never begins one.
   */
  readonly log?: 'make' | 'existing'
}

export function contextOf(command: Command): CommandContext {
  const options = command.optsWithGlobals<CommonOptions & { rehearse?: boolean }>()
  const places = { ...options, rehearsal: options.rehearsal === true || options.rehearse === true }
  const settings = resolveSettings(places, process.env, process.cwd())
  return { settings, output: output(options), options, url: serverPlace(options) }
}

/** Flags that say where things of this machine are. */
const placeFlags = ['dir', 'store', 'agents', 'memory', 'projections', 'workspace', 'rehearsal'] as const

/** The server that a command line names, or the environment where the command line names no log. */
export function serverPlace(options: CommonOptions): ServerPlace | null {
  const local = placeFlags.find((flag) => options[flag] !== undefined)
  if (options.url !== undefined) {
    if (local === undefined) return { address: options.url, named: 'by_flag' }
    throw new DaybookError(
      'usage',
      `--url asks a server, and --${local} is about this machine: leave one out.`,
    )
  }
  const { DAYBOOK_URL: address = '' } = process.env
  return address === '' || local !== undefined ? null : { address, named: 'by_environment' }
}

/** Opens the log for the time of `use`, and closes it whatever happens. */
export async function withDaybook<T>(
  { settings, output }: Pick<CommandContext, 'settings' | 'output'>,
  { log = 'make', ...open }: OpenForCommand,
  use: (daybook: Daybook) => Promise<T>,
): Promise<T> {
  if (log === 'existing' || open.mode === 'read') requireLog(settings)
  const daybook = await openDaybook(settings, { onNotice: output.say, ...open })
  try {
    return await use(daybook)
  } finally {
    await daybook.close()
  }
}

/** For questions that need agents but no history: where there is no log, one in memory, and none is left behind. */
export function withoutNewLog(context: CommandContext): CommandContext {
  if (hasLog(context.settings)) return context
  return { ...context, settings: { ...context.settings, store: 'memory:' } }
}

/**
 * A command as a person would type it next, about the same place: flags that named it are named again. What the
 * environment or the configuration says is said there still.
 */
export function commandLine(
  { settings, options, url }: Pick<CommandContext, 'settings' | 'options' | 'url'>,
  command: string,
): string {
  const flags =
    url === null ? flagsOf(options, settings) : url.named === 'by_flag' ? [`--url ${url.address}`] : []
  return [ownName(), ...flags, command].join(' ')
}

function flagsOf(options: CommonOptions, { rehearsal }: Settings): string[] {
  const named = placeFlags.flatMap((flag) => {
    const value = options[flag]
    return typeof value === 'string' ? [`--${flag} ${placeWord(value)}`] : []
  })
  return rehearsal ? [...named, '--rehearsal'] : named
}

/** A password in an address is not said again. */
function placeWord(place: string): string {
  return withoutSecretWords(place) === place ? shellWord(place) : 'URL'
}

/** False only for an embedded log whose file is not there. */
export function hasLog({ store }: Settings): boolean {
  const file = logFile(store)
  return file === null || existsSync(file)
}

/** The file of an embedded log; null for a store elsewhere. */
export function logFile(store: string): string | null {
  return store.startsWith('sqlite:') ? store.slice('sqlite:'.length) : null
}

/** Says what to do where there is no log yet. */
export function requireLog(settings: Settings): void {
  if (hasLog(settings)) return
  const others = [
    ['--rehearsal', join(settings.dir, 'rehearsal', 'log.db')],
    [`--dir ${join(settings.dir, 'sample')}`, join(settings.dir, 'sample', 'log.db')],
  ] as const
  const elsewhere = others
    .filter(([, file]) => existsSync(file))
    .map(([flag, file]) => ` There is one in ${file}: add ${flag}.`)
  throw new DaybookError(
    'not_found',
    `${logFile(settings.store)}: there is no log yet. "daybook run GOAL${settings.rehearsal ? ' --rehearse' : ''}" begins one, "daybook init" sets a project up, --dir or --store name another.${elsewhere.join('')}`,
  )
}
