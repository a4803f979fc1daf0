import type { Command } from 'commander'
import type { Calibration } from '../../handoffs/routing/calibration.ts'
import { policies } from '../../handoffs/routing/policy.ts'
import { counted } from '../../kernel/counted.ts'
import { DaybookError } from '../../kernel/errors.ts'
import type { CrossValidated } from '../../runtime/cross-validate.ts'
import { type RouteBenchResult, routeBench } from '../../runtime/route-bench.ts'
import { serverOf } from '../ask.ts'
import { benchThere } from '../asks/routing.ts'
import { type CommonOptions, serverPlace } from '../context.ts'
import { output } from '../output.ts'
import { policiesKnown, policyOf } from '../policy-named.ts'

interface BenchOptions extends CommonOptions {
  /** Here or among the options of every command: commander gives it to whoever comes first. */
  readonly agents?: string
  readonly patterns: string
  readonly cases: string
  readonly policy: string
}

/** Adds `bench` below `route`. */
export function registerRouteBench(route: Command): void {
  route
    .command('bench')
    .description('measure routing on labelled cases; the edges that a case was made from are withheld')
    .option('--agents <folder>', 'folder with agent files; a server measures its own')
    .requiredOption('--patterns <file>', 'edges, one JSON object {from, to, note} a line')
    .requiredOption('--cases <file>', 'cases, one JSON object {id, from, query, targets} a line')
    .option('--policy <name>', `one of ${policiesKnown}`, policies[0]!.name)
    .option('--json', 'print the result as JSON on stdout')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<BenchOptions>()
      const { agents, patterns, cases } = options
      const server = serverOf({ url: serverPlace(options) })
      if (server !== null) {
        const policy = policyOf(options.policy)
        const result = await benchThere(server, { patterns, cases, policy })
        output(options).result(result, () => written(result))
        return
      }
      if (agents === undefined) {
        throw new DaybookError('usage', 'Say whose routing to measure: --agents FOLDER with their files.')
      }
      const result = await routeBench({ agents, patterns, cases, policy: policyOf(options.policy) })
      output(options).result(result, () => written(result))
    })
}

function written(result: RouteBenchResult): string {
  const { crossValidated: fair } = result
  return [
    counted(result.n, 'case'),
    `right agent chosen     ${percent(result.top1)}`,
    `among the first three  ${percent(result.top3)}`,
    `mean reciprocal rank   ${result.mrr.toFixed(3)}`,
    `nobody chosen          ${percent(result.abstained)}`,
    `one decision (median)  ${result.p50Ms} ms`,
    ...(fair === null ? [] : crossValidatedLines(fair)),
    ...reliabilityLines(result.calibration),
  ].join('\n')
}

function crossValidatedLines({ folds, top1, top3, mrr, gap }: CrossValidated): string[] {
  const points = (share: number) => `${(share * 100).toFixed(1)} points`
  return [
    '',
    `with weights that had not seen the sender's cases (${folds} groups of senders left out in turn)`,
    `right agent chosen     ${percent(top1)}, ${points(gap.top1)} less than above`,
    `among the first three  ${percent(top3)}, ${points(gap.top3)} less`,
    `mean reciprocal rank   ${mrr.toFixed(3)}`,
  ]
}

function reliabilityLines({ ece, bins }: Calibration): string[] {
  return [
    '',
    'how sure               right',
    ...bins.map(({ confidence, right, n }) => `${percent(confidence).padEnd(22)} ${percent(right)} of ${n}`),
    `mean difference        ${percent(ece)}`,
  ]
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}
