import type { Command } from 'commander'
import pc from 'picocolors'
import { systemClock } from '../../runtime/daybook.ts'
import { examine } from '../../runtime/doctor.ts'
import type { Check } from '../../runtime/doctor-check.ts'
import { type CommonOptions, serverPlace } from '../context.ts'
import { output } from '../output.ts'
import { printable } from '../printable.ts'
import { version } from '../version.ts'

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description(
      'check the set-up, or the server of --url: what is wrong, and how to mend it; exit code 3 when something is',
    )
    .action(async (_options: object, command: Command) => {
      const places = command.optsWithGlobals<CommonOptions>()
      const server = serverPlace(places)
      const checks = await (server === null ? here(places) : there(server.address))
      const ok = checks.every(({ status }) => status !== 'failed')
      output(places).result({ ok, checks }, () => checks.map(line).join('\n'))
      if (!ok) process.exitCode = 3
    })
}

function here(places: CommonOptions): Promise<Check[]> {
  return examine({
    places,
    env: process.env,
    cwd: process.cwd(),
    clock: systemClock,
    node: process.version,
  })
}

async function there(url: string): Promise<Check[]> {
  // Loaded only when asked for: the client is not needed here otherwise.
  const { examineServer } = await import('../doctor-url.ts')
  return examineServer({ url, key: process.env.DAYBOOK_API_KEY || null, version: version() })
}

const marks = { ok: pc.green('✓'), note: pc.yellow('!'), failed: pc.red('✗') } as const

function line({ check, status, found, remedy }: Check): string {
  const head = `${marks[status]} ${pc.bold(check.padEnd(15))} ${printable(found)}`
  return remedy === null ? head : `${head}\n                  ${remedy}`
}
