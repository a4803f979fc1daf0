import { expect, test } from 'vitest'
import { limits } from '../../src/kernel/limits.ts'
import { ask, expectProblem, newFolder, send, served } from './given.ts'

const goal = { goal: 'Plan the boundaries of the upload service' }

test('what one process wrote is in the answer of another that is asked for it', async () => {
  const folder = newFolder()
  const [one, other] = [await served({ folder }), await served({ folder })]
  for (let round = 0; round < 5; round += 1) {
    const started = await send(`${one.url}/v1/workflows`, goal)
    const { position } = (await one.events()).at(-1)!
    const headers = { 'Daybook-After': position }
    const workflows = await ask(`${other.url}/v1/workflows`, { headers })
    expect(JSON.stringify(workflows.body)).toContain(started.body.id)
    const status = await ask(`${other.url}/v1/projections/workflow-status/${started.body.id}`, { headers })
    expect(status.status).toBe(200)
  }
})

test('a position that does not come is said to be unavailable, in time; one that is none is refused', async () => {
  const { url } = await served()
  const began = performance.now()
  const beyond = await ask(`${url}/v1/workflows`, { headers: { 'Daybook-After': '99999999' } })
  expectProblem(beyond, { status: 503, code: 'unavailable' })
  expect(performance.now() - began).toBeLessThan(limits.awaitedPositionMs + 2_000)
  for (const none of ['soon', '-1', '1e3', '9'.repeat(21)])
    expectProblem(await ask(`${url}/v1/workflows`, { headers: { 'Daybook-After': none } }), {
      status: 400,
      code: 'bad_request',
    })
})
