import { type Command, Option } from 'commander'
import { counted } from '../../kernel/counted.ts'
import type { Daybook } from '../../runtime/daybook.ts'
import { type CommandContext, type CommonOptions, contextOf, withDaybook } from '../context.ts'
import { exitCodeOf, output, wordsOf } from '../output.ts'
import { hasKey } from '../require-model.ts'
import {
  checkServerPlace,
  defaultPlace,
  portNumber,
  type ServerOptions,
  serveUntilStopped,
  startServer,
} from '../server.ts'
import { type ServerLog, serverLog } from '../server-log.ts'

export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('serve the API, and work on what is open')
    .option(
      '--host <name>',
      'where to listen; beyond this machine only with a key ("daybook keys")',
      defaultPlace.host,
    )
    .option('--port <n>', 'the port; 0 takes any that is free', portNumber, defaultPlace.port)
    .addOption(
      new Option('--log <form>', 'how what happens is told: json tells of every answer, with its ids')
        .choices(['text', 'json'])
        .default('text'),
    )
    .action(async (options: ServerOptions, command: Command) => {
      const log = serverLog(output(command.optsWithGlobals<CommonOptions>()), options.log ?? 'text')
      try {
        await serveHere(contextOf(command), options, log)
      } catch (error) {
        if (options.log !== 'json') throw error
        log.say(wordsOf(error))
        process.exitCode = exitCodeOf(error)
      }
    })
}

async function serveHere(given: CommandContext, options: ServerOptions, log: ServerLog): Promise<void> {
  // What is noticed while it opens is told in the same form.
  const context = { ...given, output: { ...given.output, say: log.say } }
  await checkServerPlace(options, context.settings)
  await withDaybook(context, { agents: 'sync', documents: 'sync' }, async (daybook) => {
    const serving = await startServer(daybook, options, log)
    context.output.result(
      { url: serving.url },
      () => `Daybook listens on ${serving.url} (${serving.url}/docs)`,
    )
    log.say(whoWorks(daybook))
    await serveUntilStopped(serving, log)
  })
}

function whoWorks({ settings, roster }: Daybook): string {
  const agents = counted(roster.length, 'agent')
  if (settings.rehearsal)
    return `${agents}, in rehearsal: a deterministic stand-in answers, no model is called.`
  if (hasKey()) return `${agents}; handoffs are worked on with Claude as they come.`
  return `${agents}; handoffs are recorded and routed, and wait: no model can be called without ANTHROPIC_API_KEY. Agents that run elsewhere work on.`
}
