import type { Command } from 'commander'
import pc from 'picocolors'
import { type RoutingDecision, route } from '../../handoffs/router.ts'
import { DaybookError } from '../../kernel/errors.ts'
import type { Actor } from '../../kernel/event.ts'
import { type DatedCandidate, dated } from '../../runtime/dated-evidence.ts'
import type { Daybook } from '../../runtime/daybook.ts'
import { LogView, viewAt } from '../../runtime/log-view.ts'
import { routingKnowledge } from '../../runtime/routing-knowledge.ts'
import { resolveWhen } from '../../runtime/when.ts'
import { contextOf, withDaybook, withoutNewLog } from '../context.ts'
import { decisionLines } from '../decision-lines.ts'
import { registerRouteBench } from './route-bench.ts'
import { registerRouteGraph } from './route-graph.ts'
import { registerRouteReplay } from './route-replay.ts'

interface RouteOptions {
  readonly from?: string
  readonly need?: string
  readonly context: string
  readonly to?: string
  readonly at?: string
}

export function registerRoute(program: Command): void {
  const command = program
    .command('route')
    .description('say who would get a piece of work, and why; records no handoff')
    .option('--from <agent>', 'who hands over; a person when absent')
    .option('--need <text>', 'what has to be done')
    .option('--context <text>', 'what goes with it', '')
    .option('--to <agent>', 'the agent that the sender would name')
    .option('--at <when>', 'as the patterns were then')
    .action(async (options: RouteOptions, self: Command) => {
      const context = contextOf(self)
      const past = options.at !== undefined
      const asked = past ? context : withoutNewLog(context)
      await withDaybook(asked, past ? { mode: 'read' } : { agents: 'sync' }, async (daybook) => {
        const decision = await decide(daybook, options)
        const { chosen, code, reason, confidence, excluded, requirements, missing, policy } = decision
        const candidates = await dated(daybook.project, decision.candidates)
        context.output.result(
          { chosen, code, reason, confidence, candidates, excluded, requirements, missing, policy },
          () => describe({ ...decision, candidates }),
        )
      })
    })
  registerRouteBench(command)
  registerRouteReplay(command)
  registerRouteGraph(command)
}

async function decide(daybook: Daybook, options: RouteOptions): Promise<RoutingDecision> {
  if (options.need === undefined)
    throw new DaybookError('usage', 'Say what has to be done: daybook route --need "TEXT" [--from AGENT]')
  const { project } = daybook
  const view = await viewOf(daybook, options.at)
  const from: Actor =
    options.from === undefined ? daybook.person : { kind: 'agent', id: senderName(view, options.from) }
  const to = options.to === undefined ? {} : { to: options.to }
  const agents = view.agents().map(({ definition, event }) => ({ agent: definition.name, event }))
  const roster = options.at === undefined ? daybook.roster : agents
  return route(
    { from, need: options.need, context: options.context, chain: [], ...to },
    routingKnowledge(view, roster),
    project.policy,
  )
}

async function viewOf({ project }: Daybook, at: string | undefined): Promise<LogView> {
  if (at !== undefined) {
    const until = await resolveWhen(project, at)
    return until === null ? new LogView(project.store) : viewAt(project.store, until)
  }
  await project.view.refresh()
  return project.view
}

function senderName(view: LogView, name: string): string {
  const known = view.agent(name)
  if (known !== null) return known.definition.name
  const names = view.agents().map(({ definition }) => definition.name)
  throw new DaybookError(
    'usage',
    `There is no agent "${name}". Known: ${names.slice(0, 20).join(', ') || 'none'}${names.length > 20 ? ' …' : ''}.`,
  )
}

type Described = Omit<RoutingDecision, 'candidates'> & { readonly candidates: readonly DatedCandidate[] }

function describe({ chosen, reason, confidence, candidates, excluded, missing }: Described): string {
  const sure = pc.dim(` ${Math.round(confidence * 100)} % sure`)
  return [
    chosen === null ? pc.yellow(reason) : `${pc.bold(chosen)}${sure}\n${reason}`,
    '',
    ...decisionLines({ candidates, excluded }),
    ...(missing.length === 0 ? [] : ['', `It needs from you: ${missing.join('; ')}`]),
  ].join('\n')
}
