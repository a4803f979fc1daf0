import type { Command } from 'commander'
import pc from 'picocolors'
import type { SectionOwner } from '../../runtime/memory/section-owners.ts'
import { ask } from '../ask.ts'
import { allOwners, assignedSection } from '../asks/memory.ts'
import { type CommandContext, commandLine, contextOf } from '../context.ts'
import { oneLine } from '../progress.ts'

/** Adds to `memory` who owns what: owners and assign. */
export function registerMemoryOwners(memory: Command): void {
  memory
    .command('owners')
    .description('who owns each section, and who probably should where nobody does')
    .option('--document <name>', 'only this document, without .md')
    .action(async ({ document }: { document?: string }, command: Command) => {
      const context = contextOf(command)
      const owners = await ask(context, allOwners, { document })
      context.output.result(
        owners,
        () => owners.map((one) => told(context, one)).join('\n') || 'No sections.',
      )
    })
  memory
    .command('assign')
    .description('give a section to an agent, or to people')
    .argument('<section>', 'its heading')
    .requiredOption('--to <agent>', 'an agent, or "people"')
    .option('--document <name>', 'the document, without .md', 'insights')
    .action(async (section: string, { to, document }: { to: string; document: string }, command: Command) => {
      const context = contextOf(command)
      const assigned = await ask(context, assignedSection, { document, section, to })
      context.output.result(assigned, () =>
        assigned.event === null
          ? `"${section}" is ${to === 'people' ? "people's" : `${to}'s`} already.`
          : `"${section}" of ${document}.md belongs to ${to} now (event ${assigned.event}).`,
      )
    })
}

function told(context: CommandContext, one: SectionOwner): string {
  const { document, heading, owner, keeper, claimedBy, likely } = one
  const place = `${document}.md "${oneLine(heading, 100)}"`
  if (owner !== null) {
    const lost =
      claimedBy.length > 0 && !claimedBy.includes(owner) ? ` (claimed by ${claimedBy.join(', ')})` : ''
    return `${place}  ${pc.bold(owner)}${pc.dim(lost)}`
  }
  if (keeper !== null) return `${place}  people, and ${pc.bold(keeper)}, whose claim came first`
  if (likely === null) return `${place}  people`
  const assign = commandLine(
    context,
    `memory assign ${JSON.stringify(heading)} --document ${document} --to ${likely.agent}`,
  )
  return `${place}  ${pc.yellow('nobody')}; probably ${pc.bold(likely.agent)}: ${likely.because}\n    ${assign}`
}
