import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { are, counted } from '../../kernel/counted.ts'
import { DaybookError } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import { systemClock } from '../../runtime/daybook.ts'
import { migrateLog } from '../../runtime/migrate.ts'
import { openStore } from '../../runtime/open-store.ts'
import { resolveSettings } from '../../runtime/settings.ts'
import { storeHealth } from '../../runtime/store-health.ts'
import { compactDatabase } from '../../store/sqlite/copy-database.ts'
import { type CommandContext, contextOf, logFile, requireLog } from '../context.ts'
import { counting } from '../progress.ts'

export function registerStore(program: Command): void {
  const store = program.command('store').description('look after the log itself: its state, and moving it')
  store
    .command('health')
    .description('whether the log answers now; exit code 3 when it does not. It reads no events')
    .action(async (_options: object, command: Command) => {
      const context = contextOf(command)
      process.exitCode = await health(context)
    })
  store
    .command('compact')
    .description('give back what the file of an embedded log holds on the disk without using it')
    .action((_options: object, command: Command) => compact(contextOf(command)))
  store
    .command('migrate')
    .description('copy a log into another store and prove that it is the same there; goes on when broken off')
    .argument('<from>', 'the log: sqlite:PATH, esdb://…')
    .argument('<to>', 'an empty log, or one that an earlier migration began')
    .action(async (...given: [from: string, to: string, options: object, command: Command]) => {
      const [from, to, , command] = given
      await migrate(contextOf(command), { from: absolute(from), to: absolute(to) })
    })
}

/** A store that answers may hold events that were damaged since: finding them takes reading all of them. */
const readyOnly =
  'It answers. Whether every event can be read, "daybook doctor" says; whether any was altered, "daybook verify".'

async function health({ settings, output }: CommandContext): Promise<number> {
  const store = await openStore(settings.store, { clock: systemClock, mode: 'read' })
  try {
    const found = await storeHealth(store)
    output.result(found, () =>
      found.state === 'ready' ? `ready: ${found.detail}\n${readyOnly}` : `${found.state}: ${found.detail}`,
    )
    return found.state === 'ready' ? 0 : 3
  } finally {
    await store.close()
  }
}

function compact({ settings, output }: CommandContext): void {
  const file = logFile(settings.store)
  if (file === null)
    throw new DaybookError('usage', 'Only an embedded log is compacted; a server looks after its own.')
  requireLog(settings)
  output.say('rewriting the file; others wait …')
  const compacted = compactDatabase(file)
  output.result(
    { file, ...compacted },
    () => `${file}: ${compacted.before} bytes before, ${compacted.after} after.`,
  )
}

async function migrate(
  { output }: CommandContext,
  { from, to }: { from: string; to: string },
): Promise<void> {
  if (from === to) throw new DaybookError('usage', 'Both are the same log: name another to move to.')
  const file = logFile(from)
  if (file !== null && !existsSync(file)) throw new DaybookError('not_found', `${file}: there is no log.`)
  const source = await openStore(from, { clock: systemClock, mode: 'read' })
  try {
    const target = await openStore(to, { clock: systemClock })
    try {
      const result = await migrateLog({
        from: source,
        to: target,
        appendsAtOnce: logFile(to) === null ? 1 : limits.groupCommitAppendsMax,
        onCopied: counting('copied', output.say),
        onCompared: counting('compared', output.say),
        say: output.say,
      })
      const moved = { from: source.description, to: target.description, ...result }
      output.result(moved, () =>
        [
          `${counted(result.events, 'event')} of ${source.description} ${are(result.events)} in ${target.description}: ${result.imported} copied now, ${result.already} before.`,
          `The same events in the same order (${result.digest}), ${counted(result.projections, 'projection')} and the documents as of ${counted(result.moments, 'moment')} compared.`,
          `Use it with --store or DAYBOOK_STORE. The old log is as it was: nobody should write to it any more.`,
        ].join('\n'),
      )
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

/** As --store would be read. */
function absolute(url: string): string {
  return resolveSettings({ store: url }, {}, process.cwd()).store
}
