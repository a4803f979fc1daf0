import type { Command } from 'commander'
import { contextOf, withDaybook } from '../context.ts'

export function registerDecisions(program: Command): void {
  program
    .command('decisions')
    .description('what every session decided, and why')
    .action(async (_options: object, command: Command) => {
      const context = contextOf(command)
      await withDaybook(context, { mode: 'read' }, async ({ projector }) => {
        await projector.catchUp()
        const state = projector.get('decision-log', 'decisions') as { decisions?: unknown[] } | undefined
        context.output.result(
          state?.decisions ?? [],
          () => projector.render('decision-log', 'decisions') ?? 'No session has decided anything yet.',
        )
      })
    })
}
