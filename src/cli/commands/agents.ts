import type { Command } from 'commander'
import pc from 'picocolors'
import { agentDecider } from '../../agents/decider.ts'
import type { AgentDefinition } from '../../agents/events.ts'
import { DaybookError } from '../../kernel/errors.ts'
import { streamOf } from '../../kernel/event.ts'
import { agentKey } from '../../kernel/words.ts'
import type { Daybook } from '../../runtime/daybook.ts'
import { agentNamed, type ListedAgent, listAgents } from '../../runtime/agent-list.ts'
import { type CommandContext, contextOf, hasLog, withDaybook } from '../context.ts'
import { printable } from '../printable.ts'
import { oneLine } from '../progress.ts'
import { registerAgentsDoctor } from './agents-doctor.ts'

/** Adds `agents` with its subcommands. */
export function registerAgents(program: Command): void {
  const agents = program.command('agents').description('list agents: who is registered, and who will be')
  agents.action((_options: object, command: Command) => list(contextOf(command)))
  agents
    .command('list')
    .description('the same: who is registered, and whose file is new or changed')
    .action((_options: object, command: Command) => list(contextOf(command)))
  agents
    .command('show')
    .description('one agent: its sections, partners, requirements and summary, as Daybook reads them')
    .argument('<name>')
    .action(async (name: string, _options: object, command: Command) => {
      const context = contextOf(command)
      const agent = agentNamed(await known(context), name)
      context.output.result(agent, () => describe(agent))
    })
  agents
    .command('retire')
    .description('take an agent out: routing and new workflows leave it alone')
    .argument('<name>')
    .requiredOption('--reason <text>', 'why')
    .action(async (name: string, options: { reason: string }, command: Command) => {
      const context = contextOf(command)
      await withDaybook(context, { log: 'existing' }, (daybook) =>
        retire(context, daybook, { name, reason: options.reason }),
      )
    })
  registerAgentsDoctor(agents)
}

async function list(context: CommandContext): Promise<void> {
  const agents = await known(context)
  const shown = agents.map(({ definition, diagnostics, ...agent }) => ({
    ...agent,
    sections: definition.claims,
    diagnostics: diagnostics.length,
  }))
  context.output.result(shown, () => agents.map(line).join('\n') || 'There are no agents.')
}

function known({ settings, output }: CommandContext): Promise<ListedAgent[]> {
  if (!hasLog(settings)) return listAgents(null, settings.agents)
  return withDaybook({ settings, output }, { mode: 'read' }, ({ project }) =>
    listAgents(project.store, settings.agents),
  )
}

async function retire(
  { output, settings }: CommandContext,
  { project, person }: Daybook,
  { name, reason }: { name: string; reason: string },
): Promise<void> {
  const agents = await listAgents(project.store, settings.agents)
  const { name: whole, source, standing } = agentNamed(agents, name)
  if (standing === 'new')
    throw new DaybookError('rejected', `${whole} is not registered: only its file is there (${source}).`)
  const target = { stream: streamOf('agent', agentKey(whole)), decider: agentDecider }
  const outcome = await project.streams.execute(
    target,
    { type: 'RetireAgent', source, reason },
    { actor: person },
  )
  if (outcome.kind === 'rejected') throw new DaybookError('rejected', outcome.rejection.message)
  const event = outcome.events[0]?.id ?? null
  if (standing === 'registered' || standing === 'changed')
    output.say(
      `Its file is still there (${source}): the next run registers it again. Move the file away to keep it out.`,
    )
  output.result({ name: whole, retired: true, event }, () =>
    event === null ? `${whole} was retired already.` : `${whole} is retired. (event ${event})`,
  )
}

const marks: Readonly<Record<ListedAgent['standing'], string>> = {
  registered: '',
  new: ' (new: the next run registers it)',
  changed: ' (its file changed: the next run takes it in)',
  elsewhere: ' (from another folder)',
  retired: ' (retired)',
}

function line({ name, standing, description, definition }: ListedAgent): string {
  const sections = definition.claims.map(({ document, heading }) => `${document}.md ## ${heading}`).join(', ')
  return `${pc.bold(printable(name))}${pc.yellow(marks[standing])}  ${pc.dim(oneLine(sections || 'no section', 80))}\n    ${oneLine(printable(description), 110)}`
}

function describe(agent: ListedAgent): string {
  const { definition, diagnostics } = agent
  return [
    line(agent),
    '',
    `file      ${printable(agent.source)}${agent.event === null ? '' : pc.dim(`  (event ${agent.event})`)}`,
    `tools     ${definition.tools === null ? 'all' : definition.tools.join(', ') || 'none'}`,
    `model     ${definition.model ?? 'the default'}`,
    ...listed('sections', sectionsOf(definition)),
    ...listed('partners', definition.worksWith.map(partner)),
    ...listed('needs', definition.requirements),
    ...listed('summary', definition.summaryFields),
    ...listed('notices', diagnosticLines(diagnostics)),
  ].join('\n')
}

function sectionsOf({ claims, template }: AgentDefinition): string[] {
  const within = template === null ? [] : template.subheadings.map((heading) => `  ### ${heading}`)
  return [...claims.map(({ document, heading }) => `${document}.md  ## ${heading}`), ...within]
}

function partner({ target, note, raw }: AgentDefinition['worksWith'][number]): string {
  if (target === null) return `${raw} (no agent of this name)`
  return note === null ? target : `${target}: ${note}`
}

function diagnosticLines(diagnostics: ListedAgent['diagnostics']): string[] {
  return diagnostics.map(({ code, message }) => `${code}: ${message}`)
}

function listed(title: string, items: readonly string[]): string[] {
  return items.map((item, index) => `${(index === 0 ? title : '').padEnd(9)} ${printable(item)}`)
}
