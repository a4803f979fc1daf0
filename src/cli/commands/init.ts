import { relative } from 'node:path'
import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import pc from 'picocolors'
import { counted } from '../../kernel/counted.ts'
import { unifiedDiff } from '../../memory/unified-diff.ts'
import { readAgentFolder } from '../../runtime/agent-folder.ts'
import type { Daybook } from '../../runtime/daybook.ts'
import { Spool } from '../../runtime/hook/spool.ts'
import { importHistory } from '../../runtime/init/git-history.ts'
import { recordPosition } from '../../runtime/init/init-record.ts'
import { type InitPlan, pastsOf, planInit, writeInit } from '../../runtime/init/plan-init.ts'
import { undoInit } from '../../runtime/init/undo-init.ts'
import { resolveSettings } from '../../runtime/settings.ts'
import { type CommandContext, commandLine, contextOf, withDaybook } from '../context.ts'
import { printable } from '../printable.ts'

interface InitOptions {
  readonly yes?: true
  readonly history?: true
  readonly undo?: true
}

export function registerInit(program: Command): void {
  program
    .command('init')
    .description('set up Daybook here: find agents and memory, show what would be done, do it when told')
    .option('--yes', 'do it without asking')
    .option('--history', "import the documents' git history, so that blame reaches back")
    .option('--undo', 'take back what init wrote; a log with work in it stays, out of git')
    .addHelpText(
      'after',
      '\nAgent files and memory documents stay as they are. Without --yes and without a terminal nothing is written.\nWhere Claude Code is used, its hooks and MCP server are set up, too.',
    )
    .action(async (options: InitOptions, command: Command) => {
      const context = contextOf(command)
      if (options.undo === true) return undo(context)
      const plan = await planInit(context.settings, process.cwd())
      if (!context.output.json) context.output.say(told(plan))
      if (!(await agreed(context, options))) {
        context.output.result(
          { done: false, ...plan },
          () => 'Nothing was written. Do it: daybook init --yes',
        )
        return
      }
      await writeInit(plan, context.settings.dir)
      await bringIn(context, plan, options)
    })
}

async function undo({ settings, output }: CommandContext): Promise<void> {
  const undone = await undoInit(settings, process.cwd())
  output.result({ undone: true, ...undone }, () =>
    [
      ...undone.files.map(({ path, action }) => `${action.padEnd(9)} ${relative(process.cwd(), path)}`),
      undone.log === 'deleted'
        ? 'The log is deleted: nothing had come into it since.'
        : `The log stays in ${settings.dir}, out of git: what happened is in it. "daybook export FILE" shares it; delete the folder to forget it.`,
    ].join('\n'),
  )
}

async function agreed({ output }: CommandContext, { yes }: InitOptions): Promise<boolean> {
  if (yes === true) return true
  if (output.json || !process.stdin.isTTY || !process.stderr.isTTY) return false
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^\s*y(?:es)?\s*$/iu.test(await terminal.question('Do this? [y/N] '))
  } finally {
    terminal.close()
  }
}

/** Agents and documents become events, read back with the configuration that was just written. */
async function bringIn(context: CommandContext, plan: InitPlan, { history }: InitOptions): Promise<void> {
  const { options, output } = context
  const settings = resolveSettings(options, process.env, plan.folder)
  new Spool(settings.dir).fillReserve()
  const past = history === true ? await bringHistory({ settings, output }, plan) : 0
  const open = { agents: 'sync', documents: 'sync' } as const
  await withDaybook({ settings, output }, open, async ({ project, roster, projector }: Daybook) => {
    await project.view.refresh()
    await projector.catchUp()
    const documents = project.view
      .documents()
      .map(({ document, sections }) => ({ document, sections: sections.length }))
    const position = await project.store.lastPosition()
    await recordPosition(settings.dir, position)
    const found = { log: project.store.description, registered: roster.length, documents, past, position }
    output.result({ done: true, ...plan, ...found }, () =>
      [
        `${counted(roster.length, 'agent')} and ${counted(documents.length, 'document')} are in the log (${project.store.description})${past > 0 ? `, with ${counted(past, 'version')} from git` : ''}.`,
        'git      does not keep the log; "daybook export FILE" shares it. A document that comes in by pull or',
        "         checkout is recorded as its commit's.",
        `next     run an agent in Claude Code, then: ${commandLine(context, 'memory blame')}`,
        `         ${commandLine(context, 'run "GOAL" --rehearse')}   plays a goal without a key`,
        `         ${commandLine(context, 'doctor')}                  checks the set-up`,
        `         ${commandLine(context, 'init --undo')}             takes all of this back`,
      ].join('\n'),
    )
  })
}

async function bringHistory(
  context: Pick<CommandContext, 'settings' | 'output'>,
  plan: InitPlan,
): Promise<number> {
  const { agents } = await readAgentFolder(context.settings.agents)
  const claimsOn = (document: string) =>
    agents.flatMap(({ definition }) =>
      definition.claims
        .filter((claim) => claim.document === document)
        .map(({ heading }) => ({ agent: definition.name, heading })),
    )
  const pasts = await pastsOf(plan)
  return withDaybook(context, {}, ({ project }) => importHistory(project, pasts, claimsOn))
}

function told(plan: InitPlan): string {
  const { documents, memory, writes, folder } = plan
  const written = writes.filter(({ action }) => action !== 'keep')
  const commits = documents.some((document) => document.commits > 0)
  return [
    `${pc.bold('project')}  ${folder}`,
    ...toldAgents(plan),
    `${pc.bold('memory')}   ${documents.length === 0 ? `nothing yet; it will be in ${memory}` : 'taken into the log as it stands:'}`,
    ...documents.map(
      ({ path, bytes, commits: count }) =>
        `         ${path} (${bytes} bytes${count > 0 ? `, ${count} commits` : ''})`,
    ),
    ...(commits
      ? [`         ${pc.dim('--history brings in what git knows of them, so that blame reaches back')}`]
      : []),
    `${pc.bold('writes')}   ${written.length === 0 ? 'no file: they are as they should be' : ''}`.trimEnd(),
    ...written.flatMap(({ path, action, before, text }) => [
      `         ${path} (${action})`,
      ...indented(diffOf(relative(folder, path), before, text)),
    ]),
  ].join('\n')
}

function toldAgents({ agents }: InitPlan): string[] {
  const { names, folder, own, owners, clashes, unloadable, others, patch } = agents
  const whose = own
    ? `${counted(names.length, 'agent')} in ${folder}`
    : `no agents of its own: the shipped cast of ${names.length} would work (${folder})`
  return [
    `${pc.bold('agents')}   ${whose}`,
    ...(own ? owners : []).map(
      ({ document, heading, agent }) =>
        `         ${pc.dim(`${document}.md`)} ${printable(heading)} ${pc.dim('→')} ${printable(agent)}`,
    ),
    ...clashes.map((clash) => `         ${pc.yellow('!')} ${printable(clash)}`),
    ...unloadable.map(
      ({ file, reason }) => `         ${pc.red('✗')} ${printable(file)}: ${printable(reason)}`,
    ),
    ...others.map(
      (other) => `         also ${other.folder} (${counted(other.agents, 'agent')}): name it with --agents`,
    ),
    ...(own && patch !== ''
      ? [
          `         ${pc.yellow('!')} front matter that is no valid YAML is read all the same; this would mend it:`,
          ...indented(patch),
        ]
      : []),
  ]
}

function diffOf(name: string, before: string | null, text: string): string {
  return before === null
    ? unifiedDiff(['/dev/null', `b/${name}`], '', text)
    : unifiedDiff([`a/${name}`, `b/${name}`], before, text)
}

function indented(text: string): string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => pc.dim(`           ${printable(line)}`))
}
