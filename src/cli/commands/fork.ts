import type { Command } from 'commander'
import { DaybookError } from '../../kernel/errors.ts'
import { forkWorkflow } from '../../runtime/fork-workflow.ts'
import { resolveWhen } from '../../runtime/when.ts'
import { showWorkflow } from '../../runtime/work-views.ts'
import { commandLine, contextOf, withDaybook } from '../context.ts'

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
      await withDaybook(context, {}, async ({ project, person }) => {
        const parent = (await showWorkflow(project, id)).id
        const at = await resolveWhen(project, options.at)
        if (at === null)
          throw new DaybookError('usage', `"${options.at}" is before the first event of the log.`)
        const overrides = options.model === undefined ? {} : { model: options.model }
        const workflow = await forkWorkflow(project, { parent, at, by: person, overrides })
        context.output.result(
          { workflow, parent, at },
          () => `${workflow}\nGo on with: ${commandLine(context, 'run --resume')}`,
        )
      })
    })
}
