import type { Command } from 'commander'
import pc from 'picocolors'
import type { AgentDefinition } from '../../agents/events.ts'
import { type AgentRow, agentRow, type ListedAgent } from '../../runtime/agent-list.ts'
import { ask } from '../ask.ts'
import { listedAgents, retiredAgent, shownAgent } from '../asks/agents.ts'
import { type CommandContext, contextOf } from '../context.ts'
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
      const agent = await shownAgent(context, name)
      context.output.result(agent, () => describe(agent))
    })
  agents
    .command('retire')
    .description('take an agent out: routing and new workflows leave it alone')
    .argument('<name>')
    .requiredOption('--reason <text>', 'why')
    .action(async (name: string, options: { reason: string }, command: Command) => {
      const context = contextOf(command)
      await retire(context, { name, reason: options.reason })
    })
  registerAgentsDoctor(agents)
}

async function list(context: CommandContext): Promise<void> {
  const agents = await listedAgents(context)
  context.output.result(agents, () => agents.map(line).join('\n') || 'There are no agents.')
}

async function retire(context: CommandContext, given: { name: string; reason: string }): Promise<void> {
  const { output } = context
  const { source, was, ...retired } = await ask(context, retiredAgent, given)
  if (was === 'registered' || was === 'changed')
    output.say(
      `Its file is still there (${source}): the next run registers it again. Move the file away to keep it out.`,
    )
  const { name, event } = retired
  output.result(retired, () =>
    event === null ? `${name} was retired already.` : `${name} is retired. (event ${event})`,
  )
}

const marks: Readonly<Record<ListedAgent['standing'], string>> = {
  registered: '',
  new: ' (new: the next run registers it)',
  changed: ' (its file changed: the next run takes it in)',
  elsewhere: ' (from another folder)',
  retired: ' (retired)',
}

function line({ name, standing, description, sections }: Omit<AgentRow, 'diagnostics'>): string {
  const owned = sections.map(({ document, heading }) => `${document}.md ## ${heading}`).join(', ')
  return `${pc.bold(printable(name))}${pc.yellow(marks[standing])}  ${pc.dim(oneLine(owned || 'no section', 80))}\n    ${oneLine(printable(description), 110)}`
}

function describe(agent: ListedAgent): string {
  const { definition, diagnostics } = agent
  return [
    line(agentRow(agent)),
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
