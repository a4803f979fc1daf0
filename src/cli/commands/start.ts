import { relative } from 'node:path'
import type { Command } from 'commander'
import { counted } from '../../kernel/counted.ts'
import type { Daybook } from '../../runtime/daybook.ts'
import { type PlaceOptions, resolveSettings, type Settings, shippedAgents } from '../../runtime/settings.ts'
import { startWorkflow } from '../../runtime/start-workflow.ts'
import { Worker } from '../../runtime/worker.ts'
import { defaultLimits } from '../../runtime/workflow-defaults.ts'
import { type CommonOptions, withDaybook } from '../context.ts'
import { type Output, output } from '../output.ts'
import { ownName } from '../own-name.ts'
import {
  checkServerPlace,
  defaultPlace,
  portNumber,
  type ServerOptions,
  serveUntilStopped,
  startServer,
} from '../server.ts'
import { shellWord } from '../shell-word.ts'
import { watch } from '../watch.ts'

/** The sample's folder, beside what is real; flags and the environment may name another. */
const sampleDir = '.daybook/sample'
/** Fixed: started twice, it is the same workflow. */
const sample = { id: 'sample', goal: 'Add photo sharing with friends to our mobile app' } as const

export function registerStart(program: Command): void {
  program
    .command('start')
    .description('play a sample workflow in rehearsal, once, and serve it')
    .option(
      '--host <name>',
      'where to listen; beyond this machine only with DAYBOOK_API_KEY',
      defaultPlace.host,
    )
    .option('--port <n>', 'the port; 0 takes any that is free', portNumber, defaultPlace.port)
    .action(async (options: ServerOptions, command: Command) => {
      const common = command.optsWithGlobals<CommonOptions>()
      const settings = sampleSettings(common)
      const speak = output(common)
      await checkServerPlace(options, settings)
      await withDaybook(
        { settings, output: speak },
        { agents: 'sync', documents: 'sync' },
        async (daybook) => {
          await playSample(daybook, speak)
          const serving = await startServer(daybook, options, speak)
          const lines = await greeting(daybook, serving.url)
          speak.result({ url: serving.url, workflow: sample.id }, () => lines.join('\n'))
          await serveUntilStopped(serving, speak)
        },
      )
    })
}

/** Its own log and memory, with the agents that Daybook ships, always in rehearsal. */
function sampleSettings(options: PlaceOptions): Settings {
  const { env } = process
  const dir = options.dir ?? (env.DAYBOOK_DIR || sampleDir)
  const agents = options.agents ?? (env.DAYBOOK_AGENTS || shippedAgents())
  return resolveSettings({ ...options, dir, agents, rehearsal: true }, env, process.cwd())
}

/** Plays it to its end, or goes on where an earlier start was stopped. One that is over is left as it is. */
async function playSample({ project, roster, person, modelFor }: Daybook, { say }: Output): Promise<void> {
  await project.work.refresh()
  const status = project.work.workflow(sample.id)?.workflow.status ?? 'none'
  if (status !== 'none' && status !== 'running') return
  const watching = watch(project.store, {
    after: await project.store.lastPosition(),
    workflow: sample.id,
    say,
  })
  try {
    await startWorkflow(project, {
      ...sample,
      roster,
      entry: null,
      by: person,
      limits: defaultLimits,
      model: 'rehearsal',
      rehearsal: true,
    })
    const onProblem = (problem: Error) => say(problem.message)
    await new Worker({ project, modelFor, workflow: sample.id, onProblem }).drain()
  } finally {
    await watching.end()
  }
}

async function greeting({ project, settings }: Daybook, url: string): Promise<string[]> {
  await project.work.refresh()
  const work = project.work.workflow(sample.id)
  const played = `${counted(work?.sessions.size ?? 0, 'session')}, ${counted(work?.handoffs.size ?? 0, 'handoff')}, ${work?.workflow.status}`
  const daybook = ownName()
  const where = shellWord(relative(process.cwd(), settings.dir))
  const key = (process.env.DAYBOOK_API_KEY ?? '') === '' ? '' : ' -H "Authorization: Bearer $DAYBOOK_API_KEY"'
  return [
    `Daybook serves its sample at ${url} (what it can do: ${url}/docs). A rehearsal: no model is called. Ctrl-C ends it.`,
    `Played   "${sample.goal}": ${played}`,
    `Memory   curl -s${key} ${url}/v1/memory/insights   # written to ${settings.memory}`,
    `Why      ${daybook} handoffs --dir ${where}   # and: handoffs show ID --dir ${where}`,
    `Next     ${daybook} run "YOUR GOAL" --rehearse   # without --rehearse and with ANTHROPIC_API_KEY: Claude`,
  ]
}
