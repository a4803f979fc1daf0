import type { Command } from 'commander'
import pc from 'picocolors'
import { DaybookError } from '../../kernel/errors.ts'
import { readAgentFolder } from '../../runtime/agent-folder.ts'
import type { Redirected, RoutingReplay } from '../../runtime/replay-routing.ts'
import { ask } from '../ask.ts'
import { replay } from '../asks/routing.ts'
import { contextOf } from '../context.ts'
import { policiesKnown, policyOf } from '../policy-named.ts'
import { oneLine } from '../progress.ts'

interface ReplayOptions {
  readonly policy?: string
  readonly agents?: string
  readonly since?: string
}

/** Adds `replay` below `route`. */
export function registerRouteReplay(route: Command): void {
  route
    .command('replay')
    .description('decide everything again that was ever routed, and list what would have gone elsewhere')
    .option('--policy <name>', `one of ${policiesKnown}; the present one when absent`)
    .option('--agents <folder>', 'with these agent files instead of the agents that each workflow had')
    .option('--since <when>', 'only decisions after this moment')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<ReplayOptions>()
      const context = contextOf(command)
      const definitions = options.agents === undefined ? null : await definitionsIn(options.agents)
      const policy = options.policy === undefined ? null : policyOf(options.policy)
      const onProgress = everySecond(context.output.say)
      const asked = { policy, since: options.since, definitions, onProgress }
      const replayed = await ask(context, replay, asked)
      context.output.result(replayed, () => written(replayed))
    })
}

async function definitionsIn(folder: string) {
  const { agents } = await readAgentFolder(folder)
  if (agents.length === 0)
    throw new DaybookError('usage', `${folder}: expected agent files, found none that can be loaded.`)
  return agents.map(({ definition }) => definition)
}

function everySecond(say: (line: string) => void): (done: number, total: number) => void {
  let nextMs = performance.now() + 1_000
  return (done, total) => {
    if (performance.now() < nextMs && done < total) return
    nextMs = performance.now() + 1_000
    say(`${done} of ${total} decisions …`)
  }
}

function written(replay: RoutingReplay): string {
  const { policy, decisions, elsewhere, msPerDecision, differences } = replay
  const summary =
    decisions === 0
      ? 'Nothing was ever routed in this time.'
      : `${elsewhere} of ${decisions} decisions would have gone elsewhere by ${policy} (${msPerDecision} ms each).`
  const more = elsewhere > differences.length ? [`… and ${elsewhere - differences.length} more`] : []
  return [...differences.map(differenceLine), ...more, summary].join('\n')
}

function differenceLine(one: Redirected): string {
  return [
    `${pc.dim(one.at)} ${one.from}: ${oneLine(one.need, 90)} ${pc.dim(`(handoff ${one.handoff})`)}`,
    `  then ${pc.bold(one.was ?? 'nobody')} (${one.policyWas}): ${oneLine(one.reasonWas, 140)}`,
    `  now  ${pc.bold(one.now ?? 'nobody')}: ${oneLine(one.reasonNow, 140)}`,
  ].join('\n')
}
