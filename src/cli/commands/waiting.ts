import type { Command } from 'commander'
import pc from 'picocolors'
import { ask } from '../ask.ts'
import { allWaiting } from '../asks/waiting.ts'
import { commandLine, contextOf } from '../context.ts'

export function registerWaiting(program: Command): void {
  program
    .command('waiting')
    .description('what waits for a person, and the command that moves it')
    .action(async (_options: object, command: Command) => {
      const context = contextOf(command)
      const all = (await ask(context, allWaiting, {})).map((one) => ({
        ...one,
        remedy: one.remedy.replace(/^daybook /u, commandLine(context, '')),
      }))
      context.output.result(
        all,
        () =>
          all
            .map(({ what, id, reason, remedy }) => `${pc.bold(what)} ${pc.dim(id)}: ${reason}\n  ${remedy}`)
            .join('\n') || 'Nothing waits for a person.',
      )
    })
}
