import type { Command } from 'commander'
import { ask } from '../ask.ts'
import { forkedWorkflow } from '../asks/workflows.ts'
import { commandLine, contextOf } from '../context.ts'

interface ForkOptions {
  readonly at: string
  readonly model?: string
}

/** Adds `workflows fork`. */
export function registerFork(workflows: Command): void {
  workflows
    .command('fork')
    .description('start a new workflow from a past moment of another, which is never touched')
    .argument('<id>', 'the workflow to fork')
    .requiredOption(
      '--at <when>',
      'the last moment they have in common: a position, a time, session:ID or event:ID',
    )
    .option('--model <id>', 'the model that the fork goes on with')
    .action(async (id: string, options: ForkOptions, command: Command) => {
      const context = contextOf(command)
      const { at, model } = options
      const forked = await ask(context, forkedWorkflow, { id, at, model })
      context.output.result(
        forked,
        () => `${forked.workflow}\nGo on with: ${commandLine(context, 'run --resume')}`,
      )
    })
}
