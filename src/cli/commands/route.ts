import type { Command } from 'commander'
import pc from 'picocolors'
import { DaybookError } from '../../kernel/errors.ts'
import { ask } from '../ask.ts'
import { type RouteAnswer, routeNow, routeThen } from '../asks/routing.ts'
import { contextOf } from '../context.ts'
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
      const { from, need, context: about, to, at } = options
      if (need === undefined)
        throw new DaybookError('usage', 'Say what has to be done: daybook route --need "TEXT" [--from AGENT]')
      const question = { from, need, context: about, to, at }
      const answer = await ask(context, at === undefined ? routeNow : routeThen, question)
      context.output.result(answer, () => describe(answer))
    })
  registerRouteBench(command)
  registerRouteReplay(command)
  registerRouteGraph(command)
}

function describe({ chosen, reason, confidence, candidates, excluded, missing }: RouteAnswer): string {
  const sure = pc.dim(` ${Math.round(confidence * 100)} % sure`)
  return [
    chosen === null ? pc.yellow(reason) : `${pc.bold(chosen)}${sure}\n${reason}`,
    '',
    ...decisionLines({ candidates, excluded }),
    ...(missing.length === 0 ? [] : ['', `It needs from you: ${missing.join('; ')}`]),
  ].join('\n')
}
