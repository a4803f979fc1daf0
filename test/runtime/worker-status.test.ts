import { expect, onTestFinished, test } from 'vitest'
import { serveWorkerStatus, type WorkerStatus, workerStatus } from '../../src/runtime/worker-status.ts'
import { givenDaybook, givenFolder } from '../coordinators/given-log.ts'

const atWork = { sessions: 2 } as never

async function served(ask: () => Promise<WorkerStatus>): Promise<string> {
  const status = await serveWorkerStatus(ask, { host: '127.0.0.1', port: 0 })
  onTestFinished(() => status.close())
  return status.url
}

test('a worker says how far it is, and whether its log can be used', async () => {
  const daybook = await givenDaybook(await givenFolder())
  const url = await served(() => workerStatus(daybook, atWork))
  await daybook.project.reading.refresh()
  const ready = await fetch(`${url}/readyz`)
  expect(ready.status).toBe(200)
  expect(await ready.json()).toMatchObject({
    status: 'ready',
    store: { state: 'ready' },
    worker: daybook.project.worker,
    sessions: 2,
    position: expect.stringMatching(/^\d+$/u),
    lag: { events: expect.any(Number), more: false },
  })
  await daybook.projector.catchUp()
  expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({ lag: { events: 0 } })
  await daybook.close()
  const closed = await fetch(`${url}/readyz`)
  expect(closed.status).toBe(503)
  expect(await closed.json()).toMatchObject({ status: 'waiting', store: { state: 'closed' }, lag: null })
})

test('it answers that it lives, whatever the log does, and nothing can be changed there', async () => {
  const url = await served(() => Promise.reject(new Error('never asked')))
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  expect((await fetch(`${url}/readyz`, { method: 'POST' })).status).toBe(405)
  expect((await fetch(`${url}/log`)).status).toBe(404)
})
