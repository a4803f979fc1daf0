import type { Command } from 'commander'
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

export function contextOf(command: Command): CommandContext {
  const options = command.optsWithGlobals<CommonOptions & { rehearse?: boolean }>()
  const places = { ...options, rehearsal: options.rehearsal === true || options.rehearse === true }
  return { settings: resolveSettings(places, process.env, process.cwd()), output: output(options), options }
}

/** Opens the log for the time of `use`, and closes it whatever happens. */
export async function withDaybook<T>(
  context: CommandContext,
  open: OpenOptions,
  use: (daybook: Daybook) => Promise<T>,
): Promise<T> {
  const daybook = await openDaybook(context.settings, { onNotice: context.output.say, ...open })
  try {
    return await use(daybook)
  } finally {
    await daybook.close()
  }
}
