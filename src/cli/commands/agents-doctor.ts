import type { Command } from 'commander'
import pc from 'picocolors'
import { counted } from '../../kernel/counted.ts'
import { type Doctored, type DoctoredAgent, doctorAgents } from '../../runtime/doctor-agents.ts'
import { printable } from '../printable.ts'

/** Adds `doctor` below `agents`. */
export function registerAgentsDoctor(agents: Command): void {
  agents
    .command('doctor')
    .argument('<folder>', 'folder with agent files')
    .description('say what each agent file means to Daybook, and what is wrong with it')
    .option('--fix', 'print a patch that makes broken front matter valid YAML; nothing is written')
    .option('--json', 'print the result as JSON on stdout')
    .addHelpText(
      'after',
      '\nExit code 3 when an agent cannot be loaded.\nApply a patch with: patch -p1 -d FOLDER',
    )
    .action(async (folder: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<{ fix?: boolean; json?: boolean }>()
      const doctored = await doctorAgents(folder)
      if (options.fix === true) {
        for (const file of doctored.unmended) {
          process.stderr.write(`${file}: no rewriting was found that says the same; mend it by hand.\n`)
        }
        process.stdout.write(doctored.patch)
      } else process.stdout.write(options.json ? `${JSON.stringify(doctored.report)}\n` : written(doctored))
      if (doctored.unloadable > 0) process.exitCode = 3
    })
}

/** The report for people. Text from files is shown without control characters. */
function written({ report, unloadable }: Doctored): string {
  const lines = report.agents.flatMap(agentLines)
  const other = report.skipped.filter(
    ({ file, reason }) => !report.diagnostics.some(({ message }) => message === `${file}: ${reason}`),
  )
  for (const { file, reason } of other)
    lines.push(pc.dim(`${printable(file)}: skipped, ${printable(reason)}`))
  for (const { message } of report.diagnostics) lines.push(`${pc.red('✗')} ${printable(message)}`)
  const recovered = report.agents.filter((agent) => agent.recovered).length
  const counts = [
    counted(report.agents.length, 'agent'),
    ...(recovered > 0 ? [`${recovered} recovered from broken front matter (--fix prints a patch)`] : []),
    ...(unloadable > 0 ? [`${unloadable} cannot be loaded`] : []),
  ]
  return `${[...lines, '', counts.join(', ')].join('\n').trimStart()}\n`
}

function agentLines(agent: DoctoredAgent): string[] {
  const section = agent.section === null ? 'no section' : `## ${agent.section.heading}`
  const partners = agent.worksWith.flatMap((partner) => partner.target ?? [])
  const facts = [
    section,
    agent.tools === null ? 'all tools' : counted(agent.tools.length, 'tool'),
    counted(agent.summaryFields.length, 'summary field'),
    partners.length === 0 ? 'no partners' : `works with ${partners.join(', ')}`,
  ]
  const mark = agent.diagnostics.length === 0 ? pc.green('✓') : pc.yellow('!')
  return [
    `${mark} ${pc.bold(printable(agent.name))}  ${pc.dim(printable(`${agent.file} · ${facts.join(' · ')}`))}`,
    ...agent.diagnostics.map(({ code, message }) => `    ${code}: ${printable(message)}`),
  ]
}
