import type { Command } from 'commander'
import { policies, policyNamed } from '../../handoffs/routing/policy.ts'
import { DaybookError } from '../../kernel/errors.ts'
import { type RouteBenchResult, routeBench } from '../../runtime/route-bench.ts'

interface BenchOptions {
  readonly agents: string
  readonly patterns: string
  readonly cases: string
  readonly policy: string
  readonly json?: boolean
}

/** Adds `bench` below `route`. */
export function registerRouteBench(route: Command): void {
  route
    .command('bench')
    .description('measure routing on labelled cases; the edges that a case was made from are withheld')
    .requiredOption('--agents <folder>', 'folder with agent files')
    .requiredOption('--patterns <file>', 'edges, one JSON object {from, to, note} a line')
    .requiredOption('--cases <file>', 'cases, one JSON object {id, from, query, targets} a line')
    .option('--policy <name>', `one of ${policies.map(({ name }) => name).join(', ')}`, policies[0]!.name)
    .option('--json', 'print the result as JSON on stdout')
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<BenchOptions>()
      const policy = policyNamed(options.policy)
      if (policy === null) {
        const known = policies.map(({ name }) => name).join(', ')
        throw new DaybookError('usage', `--policy: expected one of ${known}, found "${options.policy}".`)
      }
      const { agents, patterns, cases } = options
      const result = await routeBench({ agents, patterns, cases, policy })
      process.stdout.write(options.json === true ? `${JSON.stringify(result)}\n` : written(result))
    })
}

function written(result: RouteBenchResult): string {
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`
  return [
    `${result.n} cases`,
    `right agent chosen     ${percent(result.top1)}`,
    `among the first three  ${percent(result.top3)}`,
    `mean reciprocal rank   ${result.mrr.toFixed(3)}`,
    `nobody chosen          ${percent(result.abstained)}`,
    `one decision (median)  ${result.p50Ms} ms`,
    '',
  ].join('\n')
}
