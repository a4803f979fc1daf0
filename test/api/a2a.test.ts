import { expect, test } from 'vitest'
import { takeHandoff } from '../../src/runtime/inbox/take-handoff.ts'
import { ask, expectProblem, send, served } from './given.ts'

/** What A2A 1.0 requires of a card, its interfaces and its skills. */
const required = {
  name: expect.any(String),
  description: expect.any(String),
  version: expect.any(String),
  supportedInterfaces: expect.any(Array),
  capabilities: expect.any(Object),
  defaultInputModes: expect.any(Array),
  defaultOutputModes: expect.any(Array),
  skills: expect.any(Array),
}

test('the card of a Daybook names every agent as a skill, and no interface that nobody answers', async () => {
  const { url } = await served()
  const { status, body } = await ask(`${url}/.well-known/agent-card.json`)
  expect(status).toBe(200)
  expect(body).toMatchObject(required)
  expect(body.skills.map(({ id }: { id: string }) => id).sort()).toEqual([
    'bench-keeper',
    'load-runner',
    'system-planner',
  ])
  expect(body.skills[0]).toMatchObject({ description: expect.any(String), tags: expect.any(Array) })
  expect(body.securitySchemes).toBeUndefined()
  for (const { url: address, protocolVersion } of body.supportedInterfaces) {
    expect(protocolVersion).toBe('1.0')
    expect((await ask(address)).status).toBe(200)
  }
})

test('every agent has a card of its own; nobody else has', async () => {
  const { url } = await served()
  const { body } = await ask(`${url}/v1/agents/load-runner/card`)
  expect(body).toMatchObject({ ...required, name: 'load-runner', version: '1' })
  expect(body.skills).toMatchObject([{ id: 'load-runner', tags: ['load-results'] }])
  expectProblem(await ask(`${url}/v1/agents/constructor/card`), { status: 404, code: 'not_found' })
})

test('with a key the card says that one is needed, to who has it', async () => {
  const key = 'a-key-of-some-length'
  const { url } = await served({ key })
  const address = `${url}/.well-known/agent-card.json`
  expectProblem(await ask(address), { status: 401, code: 'no_key' })
  const { body } = await ask(address, { headers: { Authorization: `Bearer ${key}` } })
  expect(body.securitySchemes).toEqual({ bearer: { httpAuthSecurityScheme: { scheme: 'Bearer' } } })
})

test('a handoff is a task: submitted, then worked on', async () => {
  const { url, daybook } = await served()
  const need = 'Measure the throughput of the upload service under load'
  const { body } = await send(`${url}/v1/handoffs`, { from: 'system-planner', need })
  const task = async () => (await ask(`${url}/v1/handoffs/${body.id}/task`)).body
  expect(await task()).toMatchObject({
    id: body.id,
    contextId: body.workflow,
    status: { state: 'TASK_STATE_SUBMITTED', timestamp: expect.stringMatching(/^\d{4}-/u) },
    history: [{ role: 'ROLE_USER', taskId: body.id, parts: [{ text: need }] }],
    artifacts: [],
  })
  const by = { kind: 'agent', id: 'load-runner' } as const
  await takeHandoff(daybook.project, { handoff: body.id, agent: 'load-runner', worker: 'run-1', by })
  expect((await task()).status.state).toBe('TASK_STATE_WORKING')
  expectProblem(await ask(`${url}/v1/handoffs/nothing/task`), { status: 404, code: 'not_found' })
})
