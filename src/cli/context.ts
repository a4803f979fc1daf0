import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { DaybookError } from '../kernel/errors.ts'
import { type Daybook, type OpenOptions, openDaybook } from '../runtime/daybook.ts'
import { type PlaceOptions, resolveSettings, type Settings } from '../runtime/settings.ts'
import { type Output, output } from './output.ts'

export interface CommonOptions extends PlaceOptions {
  readonly json?: boolean
}

/** What every command begins with: where things are, and how to speak. */
export interface CommandContext {
  readonly settings: Settings
  readonly output: Output
  readonly options: CommonOptions
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
  return { settings: resolveSettings(places, process.env, process.cwd()), output: output(options), options }
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

/** A command as a person would type it next: rehearsals are looked for where they are. */
export function commandLine({ settings }: Pick<CommandContext, 'settings'>, command: string): string {
  return `daybook ${settings.rehearsal ? '--rehearsal ' : ''}${command}`
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
