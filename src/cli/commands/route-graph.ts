import type { Command } from 'commander'
import pc from 'picocolors'
import { counted } from '../../kernel/counted.ts'
import type { GraphEdge, HandoffGraph } from '../../runtime/handoff-graph.ts'
import { ask } from '../ask.ts'
import { graph } from '../asks/routing.ts'
import { contextOf } from '../context.ts'
import { oneLine } from '../progress.ts'

/** Adds `graph` below `route`. */
export function registerRouteGraph(route: Command): void {
  route
    .command('graph')
    .description('show who hands to whom: declared in files, recorded in sections, and as it happened')
    .option('--dot', 'as a graph for Graphviz')
    .action(async (options: { dot?: true }, command: Command) => {
      const context = contextOf(command)
      const found = await ask(context, graph, {})
      context.output.result(found, () => (options.dot === true ? dot(found) : lines(found)))
    })
}

function lines({ agents, edges }: HandoffGraph): string {
  if (edges.length === 0)
    return `${counted(agents.length, 'agent')}, and none of them declares, records or has had a partner.`
  const bySender = Map.groupBy(edges, ({ from }) => from)
  return [...bySender]
    .map(([from, own]) => [pc.bold(from), ...own.map((edge) => `  → ${line(edge)}`)].join('\n'))
    .join('\n')
}

function line({ to, declared, recorded, happened }: GraphEdge): string {
  const notes = (texts: readonly string[]) =>
    texts.filter((text) => text !== '').map((text) => oneLine(text, 80))
  const said = (verb: string, texts: readonly string[]) =>
    texts.length === 0 ? [] : [[verb, ...notes(texts)].join(' ')]
  const parts = [
    ...said('declared', declared),
    ...said(
      'recorded',
      recorded.map(({ note }) => note),
    ),
    ...(happened.handoffs + happened.declined === 0 ? [] : [happenedText(happened)]),
  ]
  return `${to}: ${parts.join('; ')}`
}

function happenedText({ handoffs, completed, declined }: GraphEdge['happened']): string {
  const times = `${handoffs} ${handoffs === 1 ? 'handoff' : 'handoffs'}, ${completed} completed`
  return declined === 0 ? times : `${times}, ${declined} declined`
}

/** Dashed: declared. Plain: recorded. Bold, with their number: handoffs that happened. */
function dot({ agents, edges }: HandoffGraph): string {
  const styled = edges.map((edge) => {
    const { from, to, recorded, happened } = edge
    const style = happened.handoffs > 0 ? 'bold' : recorded.length > 0 ? 'solid' : 'dashed'
    const label = happened.handoffs > 0 ? `, label=${quoted(String(happened.handoffs))}` : ''
    return `  ${quoted(from)} -> ${quoted(to)} [style=${style}${label}, tooltip=${quoted(line(edge))}];`
  })
  return ['digraph handoffs {', ...agents.map((agent) => `  ${quoted(agent)};`), ...styled, '}'].join('\n')
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
