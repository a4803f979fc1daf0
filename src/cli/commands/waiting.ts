import type { Command } from 'commander'
import pc from 'picocolors'
import { listWaiting } from '../../runtime/waiting.ts'
import { commandLine, contextOf, withDaybook } from '../context.ts'

export function registerWaiting(program: Command): void {
  program
    .command('waiting')
    .description('what waits for a person, and the command that moves it')
    .action(async (_options: object, command: Command) => {
      const context = contextOf(command)
      await withDaybook(context, { mode: 'read' }, async ({ project }) => {
        const all = (await listWaiting(project)).map((one) => ({
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
    })
}
