import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { shortPosition } from '../kernel/event.ts'
import type { Daybook } from './daybook.ts'
import { storeHealth } from './store-health.ts'
import type { Worker } from './worker.ts'

export interface WorkerStatus {
  readonly status: 'ready' | 'waiting'
  readonly store: { readonly state: string; readonly detail: string }
  readonly worker: string
  /** Sessions that it runs right now. */
  readonly sessions: number
  /** How far this process has read, and how many events its projections are behind. */
  readonly position: string | null
  readonly lag: { readonly events: number; readonly more: boolean } | null
}

type Watched = Pick<Daybook, 'project' | 'projector'>

/** How a worker is. Never rejects; asks the store for at most `limits.storeHealthMs`. */
export async function workerStatus({ project, projector }: Watched, worker: Worker): Promise<WorkerStatus> {
  const store = await storeHealth(project.store)
  const lag = store.state === 'ready' ? await projector.lag().catch(() => null) : null
  const { position } = project.reading
  return {
    status: store.state === 'ready' ? 'ready' : 'waiting',
    store,
    worker: project.worker,
    sessions: worker.sessions,
    position: position === null ? null : shortPosition(position),
    lag,
  }
}

/**
 * Answers `GET /healthz` (the process is alive) and `GET /readyz` (200 when the log can be used, else 503; the
 * status as JSON either way) for whoever looks after containers. Nothing there can be changed.
 */
export async function serveWorkerStatus(
  ask: () => Promise<WorkerStatus>,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((request, response) => {
    const answer = (code: number, body: unknown) =>
      response.writeHead(code, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`)
    if (request.method !== 'GET') answer(405, { status: 'refused' })
    else if (request.url === '/healthz') answer(200, { status: 'ok' })
    else if (request.url === '/readyz')
      void ask().then((status) => answer(status.status === 'ready' ? 200 : 503, status))
    else answer(404, { status: 'unknown' })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const { port: bound } = server.address() as AddressInfo
  return {
    url: `http://${host}:${bound}`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
