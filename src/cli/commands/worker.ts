import { type Command, InvalidArgumentError } from 'commander'
import { limits } from '../../kernel/limits.ts'
import type { Daybook } from '../../runtime/daybook.ts'
import { untilReachable } from '../../runtime/open-patiently.ts'
import { runWorker } from '../../runtime/run-worker.ts'
import { serveWorkerStatus, workerStatus } from '../../runtime/worker-status.ts'
import { type CommandContext, contextOf, withDaybook } from '../context.ts'
import { onInterrupt } from '../interrupt.ts'
import { requireModel } from '../require-model.ts'

interface WorkerCommandOptions {
  readonly concurrency?: number
  readonly statusPort?: number
}

export function registerWorker(program: Command): void {
  program
    .command('worker')
    .description('work on what is open, beside any number of others on the same log')
    .option('--concurrency <n>', `sessions at the same time (default ${limits.concurrentSessionsMax})`, whole)
    .option('--status-port <n>', 'answer /healthz and /readyz here, on this machine only', whole)
    .action(async (options: WorkerCommandOptions, command: Command) => {
      const context = contextOf(command)
      requireModel(context.settings)
      const { signal } = onInterrupt(() =>
        context.output.say('Ending after the running steps; others go on with what is left.'),
      )
      // What it works with stands in the log: no agent file of this machine is read.
      const open = () =>
        withDaybook(context, { documents: 'sync' }, (daybook) => work(context, daybook, { options, signal }))
      await untilReachable(open, { signal, say: context.output.say })
    })
}

async function work(
  { output, settings }: CommandContext,
  daybook: Daybook,
  { options, signal }: { options: WorkerCommandOptions; signal: AbortSignal },
): Promise<void> {
  const concurrency = options.concurrency ?? settings.config.concurrency
  const { worker, ended } = runWorker(daybook, {
    signal,
    onProblem: (problem) => output.say(`A problem that work survives: ${problem.message}`),
    ...(concurrency === undefined ? {} : { concurrency }),
  })
  const status =
    options.statusPort === undefined
      ? null
      : await serveWorkerStatus(() => workerStatus(daybook, worker), {
          host: '127.0.0.1',
          port: options.statusPort,
        })
  const { project } = daybook
  output.result(
    { worker: project.worker, store: project.store.description, status: status?.url ?? null },
    () =>
      `${project.worker} works on ${project.store.description}${status === null ? '' : ` (${status.url}/readyz)`}`,
  )
  try {
    await ended
  } finally {
    status?.close()
  }
}

function whole(value: string): number {
  if (/^\d{1,5}$/u.test(value)) return Number(value)
  throw new InvalidArgumentError('expected a whole number')
}
