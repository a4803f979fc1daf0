import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import pc from 'picocolors'
import type { Daybook } from '../../runtime/daybook.ts'
import { type InitPlan, planInit, writeInit } from '../../runtime/init.ts'
import { resolveSettings } from '../../runtime/settings.ts'
import { type CommandContext, contextOf, withDaybook } from '../context.ts'
import { printable } from '../printable.ts'

export function registerInit(program: Command): void {
  program
    .command('init')
    .description('set up Daybook here: find agents and memory, show what would be done, do it when told')
    .option('--yes', 'do it without asking')
    .addHelpText(
      'after',
      '\nAgent files and memory documents stay as they are. Without --yes and without a terminal nothing is written.',
    )
    .action(async (options: { yes?: boolean }, command: Command) => {
      const context = contextOf(command)
      const plan = await planInit(context.settings, process.cwd())
      if (!context.output.json) context.output.say(told(plan))
      if (!(await agreed(context, options))) {
        context.output.result(
          { done: false, ...plan },
          () => 'Nothing was written. Do it: daybook init --yes',
        )
        return
      }
      await writeInit(plan)
      await bringIn(context, plan)
    })
}

async function agreed({ output }: CommandContext, { yes }: { yes?: boolean }): Promise<boolean> {
  if (yes === true) return true
  if (output.json || !process.stdin.isTTY || !process.stderr.isTTY) return false
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^\s*y(?:es)?\s*$/iu.test(await terminal.question('Do this? [y/N] '))
  } finally {
    terminal.close()
  }
}

/** Agents and documents become events, read back with the configuration that was just written. */
async function bringIn({ options, output }: CommandContext, plan: InitPlan): Promise<void> {
  const settings = resolveSettings(options, process.env, plan.folder)
  const open = { agents: 'sync', documents: 'sync' } as const
  await withDaybook({ settings, output }, open, async ({ project, roster, projector }: Daybook) => {
    await project.view.refresh()
    await projector.catchUp()
    const documents = project.view
      .documents()
      .map(({ document, sections }) => ({ document, sections: sections.length }))
    const position = await project.store.lastPosition()
    output.result(
      { done: true, ...plan, log: project.store.description, registered: roster.length, documents, position },
      () =>
        [
          `${roster.length} agents and ${documents.length} documents are in the log (${project.store.description}).`,
          'next     daybook run "GOAL" --rehearse   plays a goal without a key',
          '         daybook doctor                  checks the set-up',
        ].join('\n'),
    )
  })
}

function told(plan: InitPlan): string {
  const { agents, documents, writes } = plan
  const whose = agents.own
    ? `${agents.names.length} agents in ${agents.folder}`
    : `no agents of its own: the shipped cast of ${agents.names.length} would work (${agents.folder})`
  const written = writes.filter(({ action }) => action !== 'keep')
  return [
    `${pc.bold('project')}  ${plan.folder}`,
    `${pc.bold('agents')}   ${whose}`,
    ...agents.unloadable.map(
      ({ file, reason }) => `         ${pc.red('✗')} ${printable(file)}: ${printable(reason)}`,
    ),
    `${pc.bold('memory')}   ${documents.length === 0 ? `nothing yet; it will be in ${plan.memory}` : 'taken into the log as it stands:'}`,
    ...documents.map(({ path, bytes }) => `         ${path} (${bytes} bytes)`),
    `${pc.bold('writes')}   ${written.length === 0 ? 'no file: they are as they should be' : ''}`.trimEnd(),
    ...written.flatMap(({ path, action, text }) => [
      `         ${path} (${action})`,
      ...(action === 'create'
        ? text.trimEnd().split('\n')
        : [text.trimEnd().split(/\r?\n/u).at(-1) ?? '']
      ).map((line) => pc.dim(`           ${line}`)),
    ]),
  ].join('\n')
}
