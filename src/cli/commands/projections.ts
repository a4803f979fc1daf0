import type { Command } from 'commander'
import pc from 'picocolors'
import { shortPosition } from '../../kernel/event.ts'
import { ask } from '../ask.ts'
import { foldedViews, shownView, someOf } from '../asks/projections.ts'
import { type CommandContext, contextOf } from '../context.ts'

export function registerProjections(program: Command): void {
  const projections = program
    .command('projections')
    .description('list projections: what is folded from the log, with its keys')
  projections.action(async (_options: object, command: Command) => {
    await list(contextOf(command))
  })
  projections
    .command('show')
    .description('one projection as Markdown; with several keys and none named, the keys')
    .argument('<name>')
    .argument('[key]', 'which of its states: a document, an agent, a workflow, a session')
    .action(async (...given: [name: string, key: string | undefined, options: object, command: Command]) => {
      const [name, key, , command] = given
      await show(contextOf(command), { name, key })
    })
}

async function list(context: CommandContext): Promise<void> {
  const { output } = context
  const { position, projections, notices } = await ask(context, foldedViews, {})
  for (const message of notices) output.say(message)
  output.result({ position, projections }, () => {
    const lines = projections.map(({ name, keys }) => `${pc.bold(name)}  ${pc.dim(someOf(keys))}`)
    return [...lines, `folded up to position ${shortPosition(position ?? '0')}`].join('\n')
  })
}

async function show(
  context: CommandContext,
  { name, key }: { readonly name: string; readonly key: string | undefined },
): Promise<void> {
  const { output } = context
  const shown = await ask(context, shownView, { name, key })
  if (shown.kind === 'keys') {
    const { keys } = shown
    output.result({ projection: name, keys }, () => keys.join('\n') || `${name} has nothing yet.`)
    return
  }
  const { kind: _, ...one } = shown
  if (output.json) output.result({ projection: name, ...one }, () => one.markdown)
  else output.raw(one.markdown)
}
