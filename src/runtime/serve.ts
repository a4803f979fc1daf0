import type { Server } from 'node:http'
import { type AddressInfo, createServer, type Server as NetServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { createAdaptorServer } from '@hono/node-server'
import { DaybookError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import { StoreError } from '../store/port.ts'
import { keysStand } from './access/api-keys.ts'
import { backoff } from './backoff.ts'
import {
  type ConnectionLimits,
  connectionLimits,
  limitConnections,
  serverOptionsOf,
} from './connection-limits.ts'
import type { Daybook } from './daybook.ts'
import { followDocuments } from './follow-documents.ts'
import { watchConnections } from './idle-connections.ts'
import { isLoopback, refuseOpenDoor } from './loopback.ts'
import { sealerOf } from './seals/sealer.ts'
import { Worker } from './worker.ts'

/** Answers one request; `env` holds Node's own request and response. */
export type Fetch = (request: Request, env: object) => Response | Promise<Response>

export interface ServeOptions {
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
  /** Without it and without keys in the log, Daybook listens on this machine only. */
  readonly key: string | null
  /** `runs`: this process works on handoffs. `waits`: they wait for a worker that has a model. */
  readonly work: 'runs' | 'waits'
  /** Makes what answers requests; `stopping` aborts when the server is about to end. */
  readonly answer: (stopping: AbortSignal) => Fetch
  /** For people, one line each. */
  readonly say: (line: string) => void
  /** The limits' own where absent. */
  readonly connections?: Partial<ConnectionLimits>
}

export interface Serving {
  /** With the real port. */
  readonly url: string
  /**
   * Takes no new request, ends event streams, lets running steps and answers end within `limits.drainMs`, and
   * closes the rest. The Daybook stays open. May be called twice.
   */
  stop(): Promise<void>
  /** Resolves when it was stopped; rejects with a fault that ended it. */
  readonly ended: Promise<void>
}

/** Listens, follows the log with the projections, and works when told. Rejects when it cannot listen. */
export async function serve(
  daybook: Pick<Daybook, 'project' | 'projector' | 'modelFor' | 'settings'>,
  options: ServeOptions,
): Promise<Serving> {
  await refuseUnguarded(daybook, options)
  const connections = { ...connectionLimits, ...options.connections }
  const stopping = new AbortController()
  const server = createAdaptorServer({
    fetch: options.answer(stopping.signal),
    hostname: options.host,
    serverOptions: serverOptionsOf(connections),
  }) as Server
  limitConnections(server, connections)
  const closeIdle = watchConnections(server)
  await listening(server, options)
  const running = [
    followLog(daybook, { signal: stopping.signal, say: options.say }),
    tendDocuments(daybook, { signal: stopping.signal, say: options.say }),
    sealLog(daybook, { signal: stopping.signal, say: options.say }),
    // Somebody has to read the log: a worker does.
    options.work === 'runs'
      ? workUntil(daybook, { signal: stopping.signal, say: options.say })
      : daybook.project.reading.follow(stopping.signal),
  ]
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>()
  let stopped: Promise<void> | null = null
  const stop = () => {
    stopped ??= end({ server, running, stopping, closeIdle }).then(resolve)
    return stopped
  }
  // Who does not ask how it ended is not told by a crash.
  ended.catch(() => undefined)
  Promise.all(running).then(stop, (fault: Error) => {
    options.say(`The server ends: ${fault.stack ?? fault.message}`)
    reject(fault)
    return stop()
  })
  return { url: urlOf(server, options.host), stop, ended }
}

async function refuseUnguarded(
  { project }: Pick<Daybook, 'project'>,
  { host, key }: ServeOptions,
): Promise<void> {
  if (isLoopback(host)) return
  refuseOpenDoor(host, key !== null || (await keysStand(project)) ? 'some' : 'none')
}

interface Parts {
  readonly server: Server
  readonly running: readonly Promise<void>[]
  readonly stopping: AbortController
  readonly closeIdle: () => void
}

async function end({ server, running, stopping, closeIdle }: Parts): Promise<void> {
  stopping.abort(new Error('The server stops.'))
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  closeIdle()
  const sweep = setInterval(closeIdle, 50)
  const late = new AbortController()
  const timeout = delay(limits.drainMs, undefined, { signal: late.signal }).catch(() => undefined)
  await Promise.race([Promise.allSettled([closed, ...running]), timeout])
  late.abort()
  clearInterval(sweep)
  server.closeAllConnections()
  await closed
}

/** Folds what comes. A store that is away for a while is waited for. */
async function followLog(
  { projector }: Pick<Daybook, 'projector'>,
  { signal, say }: { signal: AbortSignal; say: (line: string) => void },
): Promise<void> {
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      await projector.follow(signal)
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof StoreError) || !error.retryable) throw error
      say(`The projections wait: ${error.message}`)
      await backoff(failures + 4, signal).catch(() => undefined)
    }
  }
}

/** Writes to disk what others edit, and takes in what people save there. */
async function tendDocuments(
  { project }: Pick<Daybook, 'project'>,
  { signal, say }: { signal: AbortSignal; say: (line: string) => void },
): Promise<void> {
  const onProblem = (problem: Error) => say(`A document waits: ${problem.message}`)
  await Promise.all([
    followDocuments(project, { signal, onProblem }),
    project.rendering.watch({ signal, onProblem }),
  ])
}

/** Seals what comes, and the rest when it ends. */
async function sealLog(
  { project, settings }: Pick<Daybook, 'project' | 'settings'>,
  { signal, say }: { signal: AbortSignal; say: (line: string) => void },
): Promise<void> {
  const sealer = sealerOf(project, settings, say)
  await sealer?.follow(signal, (problem) => say(`Sealing waits: ${problem.message}`))
}

async function workUntil(
  { project, modelFor, settings }: Pick<Daybook, 'project' | 'modelFor' | 'settings'>,
  { signal, say }: { signal: AbortSignal; say: (line: string) => void },
): Promise<void> {
  const { concurrency } = settings.config
  const onProblem = (problem: Error) => say(`A problem that work survives: ${problem.message}`)
  const worker = new Worker({
    project,
    modelFor,
    onProblem,
    ...(concurrency === undefined ? {} : { concurrency }),
  })
  await worker.serve(signal)
}

/** Rejects as `serve` does where it cannot listen, before anything is opened for it. */
export async function checkListening(place: Pick<ServeOptions, 'host' | 'port'>): Promise<void> {
  const server = createServer()
  await listening(server, place)
  await new Promise((resolve) => server.close(resolve))
}

function listening(
  server: Server | NetServer,
  { host, port }: Pick<ServeOptions, 'host' | 'port'>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: NodeJS.ErrnoException) => reject(cannotListen(cause, { host, port }))
    server.once('error', refuse)
    server.listen(port, host, () => {
      server.off('error', refuse)
      resolve()
    })
  })
}

function cannotListen(cause: NodeJS.ErrnoException, { host, port }: { host: string; port: number }): Error {
  const remedies: Readonly<Record<string, string>> = {
    EADDRINUSE: `Port ${port} of ${host} is taken: stop what listens there, or choose another with --port (0 takes any).`,
    EACCES: `Port ${port} of ${host} is not allowed: choose one above 1023 with --port.`,
    EADDRNOTAVAIL: `This machine has no address ${host}: choose another with --host.`,
    EAI_AGAIN: `The name ${host} cannot be looked up now: see that it is right, or choose another with --host.`,
    ENOTFOUND: `There is no host ${host}: choose another with --host.`,
  }
  const message = remedies[cause.code ?? ''] ?? `Cannot listen on ${host}:${port}: ${cause.message}`
  return new DaybookError('unavailable', message, { cause })
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}
