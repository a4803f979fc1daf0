import { type Command, InvalidArgumentError } from 'commander'
import pc from 'picocolors'
import { KeyName, Role } from '../../access/events.ts'
import { DaybookError } from '../../kernel/errors.ts'
import type { KeyView } from '../../runtime/access/api-keys.ts'
import { systemClock } from '../../runtime/daybook.ts'
import { ask } from '../ask.ts'
import { allKeys, newAgentKey, newKey, revokedKey } from '../asks/keys.ts'
import { contextOf } from '../context.ts'
import { printable } from '../printable.ts'

interface CreateOptions {
  readonly role: Role
  readonly agent?: string
  readonly expires?: string
}

export function registerKeys(program: Command): void {
  const keys = program
    .command('keys')
    .description('who may use the API of this log, from elsewhere or by role')
  keys
    .command('create')
    .description('make a key; it is shown now and never again: the log has only its digest')
    .argument(
      '<name>',
      'what people call it; what a person does with it is recorded under this name',
      keyName,
    )
    .requiredOption('--role <role>', `${Role.options.join(', ')}`, role)
    .option('--agent <name>', 'whom it speaks for; with the role agent')
    .option('--expires <when>', 'an ISO time, or how long it lives: "30 days"')
    .action(async (name: string, options: CreateOptions, command: Command) => {
      const context = contextOf(command)
      const expiresAt = options.expires === undefined ? null : expiry(options.expires, systemClock.now())
      const { role, agent = null } = options
      const made = await ask(context, agent === null ? newKey : newAgentKey, { name, role, agent, expiresAt })
      context.output.say('This is the only time that the key is shown:')
      context.output.result(made, () => made.secret)
    })
  keys
    .command('list')
    .description('keys that are and were, the oldest first')
    .action(async (_options: object, command: Command) => {
      const context = contextOf(command)
      const all = await ask(context, allKeys, {})
      context.output.result(all, () => all.map(keyLine).join('\n') || 'There are no keys.')
    })
  keys
    .command('revoke')
    .description('refuse a key from now on')
    .argument('<key>', 'its id or its name')
    .action(async (named: string, _options: object, command: Command) => {
      const context = contextOf(command)
      const key = await ask(context, revokedKey, { named })
      context.output.result(key, () => keyLine(key))
    })
}

function keyLine({ id, name, role, agent, status, expiresAt }: KeyView): string {
  const whose = agent === null ? role : `${role} ${printable(agent)}`
  const until = expiresAt === null || status === 'revoked' ? '' : `, until ${expiresAt}`
  return `${pc.dim(id)} ${pc.bold(printable(name))}: ${whose}, ${status}${until}`
}

function role(value: string): Role {
  const known = Role.safeParse(value)
  if (known.success) return known.data
  throw new InvalidArgumentError(`expected ${Role.options.join(', ')}`)
}

function keyName(value: string): string {
  const named = KeyName.safeParse(value)
  if (named.success) return named.data
  throw new InvalidArgumentError(named.error.issues[0]?.message ?? 'is no name of a key')
}

const unitsMs: Readonly<Record<string, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
}

/** An ISO time, or `30 days` (also `in 30 days`) from now. Throws `usage` for anything else. */
export function expiry(text: string, nowMs: number): string {
  const [, count, unit] = /^(?:in\s+)?(\d{1,5})\s*(minute|hour|day|week)s?$/iu.exec(text.trim()) ?? []
  const unitMs = unitsMs[unit?.toLowerCase() ?? '']
  if (count !== undefined && unitMs !== undefined)
    return new Date(nowMs + Number(count) * unitMs).toISOString()
  const atMs = /^\d{4}-\d{2}-\d{2}/u.test(text.trim()) ? Date.parse(text.trim()) : Number.NaN
  if (!Number.isNaN(atMs)) return new Date(atMs).toISOString()
  throw new DaybookError(
    'usage',
    `"${text}" is no time for a key to expire: expected an ISO time (2027-01-31) or how long it lives ("30 days").`,
  )
}
