import type { Command } from 'commander'
import pc from 'picocolors'
import { DaybookError } from '../../kernel/errors.ts'
import { shortPosition } from '../../kernel/event.ts'
import type { Daybook } from '../../runtime/daybook.ts'
import { type CommandContext, contextOf, withDaybook } from '../context.ts'

const keysShown = 5

export function registerProjections(program: Command): void {
  const projections = program
    .command('projections')
    .description('list projections: what is folded from the log, with its keys')
  projections.action(async (_options: object, command: Command) => {
    await withDaybook(contextOf(command), { mode: 'read' }, (daybook) => list(contextOf(command), daybook))
  })
  projections
    .command('show')
    .description('one projection as Markdown; with several keys and none named, the keys')
    .argument('<name>')
    .argument('[key]', 'which of its states: a document, an agent, a workflow, a session')
    .action(async (...given: [name: string, key: string | undefined, options: object, command: Command]) => {
      const [name, key, , command] = given
      await withDaybook(contextOf(command), { mode: 'read' }, (daybook) =>
        show(contextOf(command), daybook, { name, key }),
      )
    })
}

async function list({ output }: CommandContext, { projector }: Daybook): Promise<void> {
  await projector.catchUp()
  for (const { message } of projector.diagnostics) output.say(message)
  const all = projector.names.map((name) => ({ name, keys: projector.keys(name) }))
  output.result({ position: projector.position, projections: all }, () => {
    const lines = all.map(({ name, keys }) => `${pc.bold(name)}  ${pc.dim(some(keys))}`)
    return [...lines, `folded up to position ${shortPosition(projector.position ?? '0')}`].join('\n')
  })
}

async function show(
  { output }: CommandContext,
  { projector }: Daybook,
  { name, key }: { name: string; key: string | undefined },
): Promise<void> {
  await projector.catchUp()
  const keys = projector.keys(name)
  const one = key === undefined ? only(keys) : wholeKey(keys, { name, key })
  if (one === null) {
    output.result({ projection: name, keys }, () => keys.join('\n') || `${name} has nothing yet.`)
    return
  }
  const markdown = projector.render(name, one) ?? ''
  const state = projector.get(name, one) ?? null
  if (output.json) output.result({ projection: name, key: one, state, markdown }, () => markdown)
  else output.raw(markdown)
}

function only(keys: readonly string[]): string | null {
  return keys.length === 1 ? keys[0]! : null
}

/** A key, or the beginning of exactly one. */
function wholeKey(keys: readonly string[], { name, key }: { name: string; key: string }): string {
  if (keys.includes(key)) return key
  const matching = keys.filter((candidate) => candidate.startsWith(key))
  if (matching.length === 1) return matching[0]!
  throw new DaybookError(
    'not_found',
    `The projection ${name} has ${matching.length === 0 ? 'no' : `${matching.length} keys that begin with`} "${key}". Its keys: ${some(keys)}.`,
  )
}

function some(keys: readonly string[]): string {
  const shown = keys.slice(0, keysShown).join(', ')
  return keys.length === 0
    ? 'nothing yet'
    : `${shown}${keys.length > keysShown ? ` … (${keys.length} keys)` : ''}`
}
