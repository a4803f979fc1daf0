import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createApp } from '../../src/api/app.ts'
import { limits } from '../../src/kernel/limits.ts'
import { type Daybook, systemClock } from '../../src/runtime/daybook.ts'
import { checkStore } from '../../src/runtime/doctor-store.ts'
import { openStore } from '../../src/runtime/open-store.ts'
import { runWorker } from '../../src/runtime/run-worker.ts'
import { resolveSettings } from '../../src/runtime/settings.ts'
import { startWorkflow } from '../../src/runtime/start-workflow.ts'
import { storeHealth } from '../../src/runtime/store-health.ts'
import { workerStatus } from '../../src/runtime/worker-status.ts'
import { defaultLimits } from '../../src/runtime/workflow-defaults.ts'
import type { EventStore } from '../../src/store/port.ts'
import { givenServer } from '../store/kurrent/given-server.ts'
import { makeCertificate } from '../store/kurrent/server/certificate.ts'
import type { TestServer } from '../store/kurrent/server/test-server.ts'
import { givenDaybook, givenFolder } from './given-log.ts'
import { OnceOnly } from './once-only.ts'

/** How a server can be of no use, what is said of it, and how it comes back. */
interface Trouble {
  readonly begin: (server: TestServer) => Promise<void> | void
  readonly end: (server: TestServer) => Promise<void> | void
  readonly says: RegExp
}

const troubles: Readonly<Record<string, Trouble>> = {
  silent: {
    begin: (server) => server.gate.swallow(),
    end: (server) => server.gate.open(),
    says: /stopped answering|cannot be reached|did not answer/u,
  },
  'gone: connections are refused': {
    begin: (server) => server.stop(),
    end: async ({ port, log }) => void (await givenServer({ port, log })),
    says: /cannot be reached.*Check that it runs|stopped answering/u,
  },
  'not ready': {
    begin: (server) => {
      server.faults.unavailable = 'Server Is Not Ready'
    },
    end: (server) => {
      server.faults.unavailable = undefined
    },
    says: /not ready.*wait/u,
  },
  'without a leader': {
    begin: (server) => {
      server.leader = { address: '127.0.0.1', port: server.port }
    },
    end: (server) => {
      server.leader = undefined
    },
    says: /not the leader|election/u,
  },
}

const slackMs = 7_500

async function readyz(
  daybook: Daybook,
): Promise<{ status: number; detail: string; lag: number | undefined }> {
  const stopping = new AbortController().signal
  const app = createApp({ daybook, key: null, stopping, version: '0', log: () => undefined })
  const answer = await app.request('/readyz', { headers: { host: 'localhost' } })
  const body = (await answer.json()) as { detail?: string; projections?: { lag: number } }
  return { status: answer.status, detail: body.detail ?? '', lag: body.projections?.lag }
}

async function doctorOf(daybook: Daybook) {
  return checkStore(daybook.settings, systemClock)
}

/** What `doing` came to, and in how many milliseconds. */
async function timed<T>(doing: Promise<T>): Promise<{ result: T; ms: number }> {
  const began = performance.now()
  return { result: await doing, ms: performance.now() - began }
}

function append(store: EventStore, timeoutMs: number) {
  const meta = { actor: { kind: 'person', id: 'somebody' } } as const
  const event = { id: crypto.randomUUID(), type: 'Noted', version: 1, data: {}, meta }
  return store.append(`memory-${event.id}`, [event], { expected: 'no_stream', timeoutMs }).then(
    () => 'appended',
    (error: { code: string }) => error.code,
  )
}

describe.each(Object.entries(troubles))('a server that is %s', (_, trouble) => {
  test('is said to be in time, by readyz, doctor and the worker; and is used again when it is back', async () => {
    const server = await givenServer()
    const daybook = await givenDaybook(await givenFolder(), server.url)
    const { store } = daybook.project
    expect(await readyz(daybook)).toMatchObject({ status: 200, lag: expect.any(Number) })

    await trouble.begin(server)
    const asked = await timed(readyz(daybook))
    expect(asked.result).toMatchObject({ status: 503, detail: expect.stringMatching(trouble.says) })
    expect(asked.ms).toBeLessThan(limits.storeHealthMs + slackMs)
    const doctor = await timed(doctorOf(daybook))
    expect(doctor.result).toMatchObject({ status: 'failed', found: expect.stringMatching(trouble.says) })
    expect(doctor.ms).toBeLessThan(limits.storeHealthMs + slackMs)
    const status = await workerStatus(daybook, { sessions: 0 } as never)
    expect(status).toMatchObject({ status: 'waiting', store: { state: 'unavailable' }, lag: null })
    const written = await timed(append(store, 500))
    expect(['unavailable', 'unknown_outcome']).toContain(written.result)
    expect(written.ms).toBeLessThan(500 + slackMs)

    await trouble.end(server)
    expect(await append(store, limits.storeTimeoutMs)).toBe('appended')
    expect(await readyz(daybook)).toMatchObject({ status: 200 })
    // A note: what this test appends is of no type that Daybook knows.
    expect(await doctorOf(daybook)).toMatchObject({ status: 'note' })
  })
})

test('a wrong password and a certificate that is not trusted are told apart, without the password', async () => {
  const certificate = makeCertificate()
  const server = await givenServer({ certificate, credentials: 'admin:tortoise' })
  const folder = await mkdtemp(join(tmpdir(), 'daybook-tls-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const authority = join(folder, 'ca.pem')
  await writeFile(authority, certificate.cert)
  const trusting = `tlsCAFile=${encodeURIComponent(authority)}`
  const url = (user: string, options: string) => `kurrentdb://${user}@127.0.0.1:${server.port}?${options}`
  const cases = [
    [url('admin:tortoise', 'tls=true'), 'unavailable', /certificate is not trusted.*tlsCAFile/u],
    [url('admin:secret', trusting), 'access_denied', /refused these credentials/u],
    [url('admin:tortoise', trusting), 'ready', /127\.0\.0\.1/u],
  ] as const
  for (const [store, state, says] of cases) {
    const opened = await openStore(store, { clock: systemClock })
    onTestFinished(() => opened.close())
    const health = await storeHealth(opened)
    expect(health).toMatchObject({ state, detail: expect.stringMatching(says) })
    expect(health.detail).not.toMatch(/secret|tortoise/u)
    const doctor = await checkStore(resolveSettings({ store }, {}, folder), systemClock)
    expect(doctor.status).toBe(state === 'ready' ? 'ok' : 'failed')
    expect(JSON.stringify(doctor)).not.toMatch(/secret|tortoise/u)
  }
})

test.each([
  ['silent', 2_000],
  ['gone: connections are refused', 2_000],
  ['not ready', 2_000],
] as const)(
  'a worker goes on by itself when its server was %s for %i ms',
  async (trouble, awayMs) => {
    const server = await givenServer()
    const daybook = await givenDaybook(await givenFolder(), server.url)
    const { project, roster, person } = daybook
    const workflow = await startWorkflow(project, {
      goal: 'Design the endpoint that lists invoices',
      roster,
      entry: null,
      by: person,
      limits: { ...defaultLimits, depthMax: 1 },
      model: 'rehearsal',
      rehearsal: true,
    })
    await project.work.refresh()
    const stop = new AbortController()
    onTestFinished(() => stop.abort())
    const { ended } = runWorker(daybook, { signal: stop.signal, onProblem: () => undefined })
    const status = () => project.work.workflow(workflow)?.workflow.status
    const moved = () =>
      project.reading.moved(project.reading.position, { timeoutMs: 1_000, signal: stop.signal })

    const { signal } = stop
    while (!signal.aborted && (project.work.workflow(workflow)?.sessions.size ?? 0) < 1) await moved()
    await troubles[trouble]!.begin(server)
    await new Promise((resolve) => setTimeout(resolve, awayMs))
    expect(status()).toBe('running')
    await troubles[trouble]!.end(server)
    while (!signal.aborted && status() === 'running') await moved()
    expect(status()).toBe('completed')

    stop.abort()
    await ended
    const once = new OnceOnly()
    for await (const event of project.store.readAll()) once.see(event)
    expect(once.problems).toEqual([])
  },
  90_000,
)

test('a worker that is told to end ends in time although its server is silent', async () => {
  const server = await givenServer()
  const daybook = await givenDaybook(await givenFolder(), server.url)
  const stop = new AbortController()
  const { ended } = runWorker(daybook, { signal: stop.signal, onProblem: () => undefined })
  await daybook.project.work.refresh()
  server.gate.swallow()
  stop.abort()
  const { ms } = await timed(ended.then(() => daybook.close()))
  expect(ms).toBeLessThan(limits.drainMs + limits.storeCloseMs + slackMs)
})
