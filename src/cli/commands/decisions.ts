import type { Command } from 'commander'
import { ask } from '../ask.ts'
import { allDecisions } from '../asks/projections.ts'
import { contextOf } from '../context.ts'

export function registerDecisions(program: Command): void {
  program
    .command('decisions')
    .description('what every session decided, and why')
    .action(async (_options: object, command: Command) => {
      const context = contextOf(command)
      const form = context.output.json ? 'data' : 'told'
      const { decisions, told } = await ask(context, allDecisions, { form })
      context.output.result(decisions, () => told ?? 'No session has decided anything yet.')
    })
}
