import type { Command } from 'commander'
import pc from 'picocolors'
import type { LineReason } from '../../runtime/memory/why-line.ts'
import { ask } from '../ask.ts'
import { lineReason } from '../asks/memory-past.ts'
import { contextOf } from '../context.ts'
import { oneLine } from '../progress.ts'

export function registerWhy(program: Command): void {
  program
    .command('why')
    .description(
      'why a line of the memory stands there: author, task, handoff, rule, model call, what it had been given',
    )
    .argument('<line>', 'its number, or words that it holds')
    .option('--document <name>', 'the document, without .md', 'insights')
    .option('--at <when>', 'as of a moment')
    .action(async (line: string, options: { document: string; at?: string }, command: Command) => {
      const context = contextOf(command)
      const reason = await ask(context, lineReason, { line, ...options })
      context.output.result(reason, () => told(reason))
    })
}

function told({ line, session, handoff, call, given, echoes }: LineReason): string {
  const lines = [
    `${pc.bold(oneLine(line.text, 120))}`,
    `line ${line.line}, "${line.heading ?? 'before the first section'}" (${line.owner ?? 'people'})`,
    `${pc.bold('written')}  by ${line.by.kind} ${line.by.id} at ${line.at} ${pc.dim(`(event ${line.event})`)}`,
  ]
  if (session !== null)
    lines.push(
      `${pc.bold('session')}  ${session.id}: ${session.agent} on "${oneLine(session.task, 100)}" (${session.runner})`,
    )
  if (handoff !== null) {
    lines.push(
      `${pc.bold('handoff')}  ${handoff.id} from ${handoff.from}: ${oneLine(handoff.reason ?? '', 140)}`,
    )
    for (const { rule, value, weight, evidence, event } of handoff.because) {
      lines.push(
        `         ${rule} ${value.toFixed(2)} × ${weight}: ${oneLine(evidence, 110)}${event === undefined ? '' : pc.dim(` (event ${event})`)}`,
      )
    }
  }
  if (call !== null)
    lines.push(
      `${pc.bold('call')}     ${call.call}, turn ${call.turn}, ${call.model} ${pc.dim(call.requestDigest)}`,
    )
  if (given.length > 0) {
    lines.push(`${pc.bold('given')}`)
    for (const { document, heading, section, event } of given)
      lines.push(`         ${document}.md "${heading || section}" ${pc.dim(`(event ${event})`)}`)
  }
  for (const { document, heading, by, at, session: from, event } of echoes) {
    const where = `"${heading}" of ${document}.md`
    const whose = from === null ? by.id : `${by.id} in session ${from}`
    lines.push(`${pc.bold('echoes')}   ${where}, by ${whose} at ${at} ${pc.dim(`(event ${event})`)}`)
  }
  return lines.join('\n')
}
