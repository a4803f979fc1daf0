import { setTimeout as sleep } from 'node:timers/promises'
import { limits } from '../kernel/limits.ts'
import { StoreError } from '../store/port.ts'
import type { Daybook } from './daybook.ts'
import { followDocuments } from './follow-documents.ts'
import { sealerOf } from './seals/sealer.ts'
import { Worker } from './worker.ts'

export interface RunWorkerOptions {
  /** Begins the end: running steps end first, within `limits.drainMs`. */
  readonly signal: AbortSignal
  /** Sessions at the same time. */
  readonly concurrency?: number
  /** Problems that it survives, for people. */
  readonly onProblem: (problem: Error) => void
}

/**
 * A coordinator that serves nobody: works on whatever is open, keeps its projections and its rendered
 * documents up to the log and the log up to what people save there, and hands back what it holds when it is told to end. Any number may share a log.
 * A store that goes away is waited for. Rejects only with a fault that ended it.
 */
export function runWorker(
  {
    project,
    projector,
    modelFor,
    settings,
  }: Pick<Daybook, 'project' | 'projector' | 'modelFor' | 'settings'>,
  { signal, concurrency, onProblem }: RunWorkerOptions,
): { readonly worker: Worker; readonly ended: Promise<void> } {
  const stopping = new AbortController()
  const stop = () => stopping.abort(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  const worker = new Worker({
    project,
    modelFor,
    onProblem,
    ...(concurrency === undefined ? {} : { concurrency }),
  })
  const parts = [
    worker.serve(stopping.signal),
    followProjections(projector, { signal: stopping.signal, onProblem }),
    followDocuments(project, { signal: stopping.signal, onProblem }),
    project.rendering.watch({ signal: stopping.signal, onProblem }),
    sealerOf(project, settings)?.follow(stopping.signal, onProblem) ?? Promise.resolve(),
  ]
  // One part's fault ends the others in good order, and is what everybody hears of.
  for (const part of parts) part.catch((error: unknown) => stopping.abort(error))
  const ended = Promise.allSettled(parts).then((outcomes) => {
    signal.removeEventListener('abort', stop)
    const fault = outcomes.find((outcome) => outcome.status === 'rejected')
    if (fault !== undefined) throw fault.reason
  })
  return { worker, ended }
}

async function followProjections(
  projector: Daybook['projector'],
  { signal, onProblem }: { signal: AbortSignal; onProblem: (problem: Error) => void },
): Promise<void> {
  while (!signal.aborted) {
    try {
      await projector.follow(signal)
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof StoreError && error.retryable)) throw error
      onProblem(error)
      await sleep(limits.reconnectMsMax, undefined, { signal }).catch(() => undefined)
    }
  }
}
