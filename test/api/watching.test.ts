import { expect, test } from 'vitest'
import type { Answered } from '../../src/api/context.ts'
import { type Json, position } from '../../src/kernel/event.ts'
import { systemIds } from '../../src/runtime/ids.ts'
import { LogCounts } from '../../src/runtime/log-counts.ts'
import { ask, send, served } from './given.ts'
import { parseMetrics } from './metrics-format.ts'

/** Samples by name and labels: `daybook_handoffs{status=routed}`. */
async function metricsOf(url: string): Promise<Map<string, number>> {
  const { body, headers } = await ask(`${url}/metrics`)
  expect(headers.get('Content-Type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  return new Map(
    [...parseMetrics(body)].flatMap(([name, { samples }]) =>
      [...samples].map(([labels, value]) => [labels === '' ? name : `${name}{${labels}}`, value] as const),
    ),
  )
}

test('metrics say what is in the log, what waits, and what models cost', async () => {
  const { url, events, daybook } = await served({ work: 'runs' })
  const begun = await send(`${url}/v1/workflows`, { goal: 'Run load tests of the upload service' })
  const place = `${url}/v1/workflows/${begun.body.id}`
  await expect
    .poll(async () => (await ask(place)).body.status, { timeout: 60_000, interval: 200 })
    .toBe('completed')
  await daybook.projector.catchUp()
  const samples = await metricsOf(url)
  const all = await events()
  const counted = (type: string) => all.filter((event) => event.type === type).length
  expect(samples.get('daybook_events_total{type=ModelCalled}')).toBe(counted('ModelCalled'))
  expect(samples.get('daybook_model_calls_total')).toBe(counted('ModelCalled'))
  expect(samples.get('daybook_events_total{type=HandoffRequested}')).toBe(counted('HandoffRequested'))
  expect(samples.get('daybook_workflows{status=completed}')).toBe(1)
  expect(samples.get('daybook_sessions{status=completed}')).toBe(counted('SessionCompleted'))
  expect(samples.get('daybook_model_tokens_total{kind=output}')).toBeGreaterThan(0)
  expect(samples.get('daybook_model_cost_usd_total')).toBe(0)
  expect(samples.get('daybook_projection_lag_events{projection=handoff-board}')).toBe(0)
})

test('handoffs that wait to be taken are counted for each agent', async () => {
  const { url } = await served()
  for (const need of ['Run load tests', 'Run more load tests'])
    await send(`${url}/v1/handoffs`, { from: 'person', need, to: 'load-runner' })
  const samples = await metricsOf(url)
  expect(samples.get('daybook_queued_handoffs{agent=load-runner}')).toBe(2)
  expect(samples.get('daybook_handoffs{status=routed}')).toBe(2)
  expect(samples.get('daybook_open_handoffs')).toBe(2)
})

test('a rehearsed workflow moves everything that is promised to be counted', async () => {
  const { url } = await served({ work: 'runs' })
  const before = await metricsOf(url)
  await ask(`${url}/v1/workflows/none`)
  const begun = await send(`${url}/v1/workflows`, { goal: 'Run load tests of the upload service' })
  const seenOpen = expect
    .poll(async () => (await metricsOf(url)).get('daybook_open_handoffs'), { timeout: 45_000, interval: 5 })
    .toBeGreaterThan(0)
  await seenOpen
  await expect
    .poll(async () => (await ask(`${url}/v1/workflows/${begun.body.id}`)).body.status, { timeout: 45_000 })
    .toBe('completed')
  const after = await metricsOf(url)
  const moved = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0)
  for (const name of [
    'daybook_log_position',
    'daybook_events_total{type=WorkflowStarted}',
    'daybook_events_total{type=ModelAnswered}',
    'daybook_model_calls_total',
    'daybook_model_tokens_total{kind=input}',
    'daybook_model_tokens_total{kind=output}',
    'daybook_workflows{status=completed}',
    'daybook_handoffs{status=completed}',
    'daybook_sessions{status=completed}',
    'daybook_http_requests_total{method=POST,route=/v1/workflows,status=201}',
    'daybook_http_problems_total{code=not_found}',
  ])
    expect({ name, moved: moved(name) > 0 }).toEqual({ name, moved: true })
  // The one that asks is under way.
  expect(after.get('daybook_http_requests_in_flight')).toBe(1)
  for (const name of ['daybook_append_queue', 'daybook_open_handoffs', 'daybook_model_cost_usd_total'])
    expect(after.get(name)).toBe(0)
  expect(
    [...after.keys()].filter((name) => name.startsWith('daybook_projection_lag_events')).length,
  ).toBeGreaterThan(5)
})

test('what a model, a tool and a handoff cost and where they fail is counted from the log', () => {
  const counts = new LogCounts()
  const session = {
    stream: 'session-s',
    revision: 0,
    version: 1,
    position: position(1),
    id: systemIds.next(),
  }
  const meta = { actor: { kind: 'worker', id: 'w' } as const, recordedAt: '2026-03-01T09:31:00.000Z' }
  const tell = (type: string, data: Json) => counts.evolve({ ...session, type, data, meta })
  const usage = { inputTokens: 7, outputTokens: 5, cacheWriteTokens: 3, cacheReadTokens: 2 }
  tell('ModelAnswered', { usage, costUsd: 0.25 })
  tell('ModelFailed', { kind: 'overloaded' })
  tell('ToolReturned', { isError: true })
  tell('ToolReturned', { isError: false })
  tell('HandoffDeadLettered', {})
  tell('SomethingElse', {})
  expect(counts.costUsd).toBe(0.25)
  expect(counts.tokens).toEqual({ input: 7, output: 5, cacheWrite: 3, cacheRead: 2 })
  expect(Object.fromEntries(counts.failures)).toEqual({ overloaded: 1 })
  expect(Object.fromEntries(counts.errors)).toEqual({ model: 1, tool: 1, handoff: 1 })
  expect(counts.events.get('other')).toBe(1)
})

test('an answer that takes long is told with its request, and not where that was asked for', async () => {
  const { url, logged } = await served({ slowAnswerMs: 0 })
  const { headers } = await ask(`${url}/v1/agents`)
  const request = headers.get('X-Request-Id')
  expect(logged.filter((line) => line.includes(' slow: '))).toEqual([
    expect.stringMatching(new RegExp(`^${request} slow: GET /v1/agents took [0-9.]+ s$`, 'u')),
  ])
  await ask(`${url}/v1/agents/load-runner/inbox?wait=0`)
  expect(logged.filter((line) => line.includes(' slow: '))).toHaveLength(1)
  const quick = await served({ slowAnswerMs: 60_000 })
  await ask(`${quick.url}/v1/agents`)
  expect(quick.logged.filter((line) => line.includes(' slow: '))).toEqual([])
})

test('each answer is told with the ids of what it is about, as far as the log knows them', async () => {
  const told: Answered[] = []
  const { url } = await served({ onAnswer: (answered) => void told.push(answered) })
  const made = await send(`${url}/v1/handoffs`, { from: 'person', need: 'Run load tests', to: 'load-runner' })
  const { id: handoff, workflow } = made.body as { id: string; workflow: string }
  const taking = { agent: 'load-runner', worker: 'laptop' }
  const accepted = await send(`${url}/v1/handoffs/${handoff}/accept`, taking)
  await ask(`${url}/v1/handoffs/${handoff}`)
  await ask(`${url}/v1/workflows/${workflow}`)
  await ask(`${url}/v1/workflows/what-somebody-said`)
  expect(told).toMatchObject([
    { method: 'POST', route: '/v1/handoffs', status: 201, workflow, handoff, caller: 'local' },
    { route: '/v1/handoffs/:id/accept', status: 200, workflow, handoff },
    { route: '/v1/handoffs/:id', status: 200, workflow, handoff, session: accepted.body.session },
    { route: '/v1/workflows/:id', status: 200, workflow },
    { route: '/v1/workflows/:id', status: 404 },
  ])
  expect(JSON.stringify(told.at(-1))).not.toContain('what-somebody-said')
  for (const { request } of told) expect(request).toMatch(/^[0-9a-f-]{36}$/u)
})

test('an answer that nothing was found is counted by its route, and addresses that there are not as one', async () => {
  const { url } = await served()
  for (const path of ['/v1/agents/foo', '/v1/agents/bar', '/v1/workflows/x/pause', '/nowhere', '/no/where'])
    expect((await ask(`${url}${path}`)).status).toBeGreaterThanOrEqual(404)
  const { body } = await ask(`${url}/metrics`)
  const lines = (body as string).split('\n').filter((line) => line.startsWith('daybook_http_requests_total'))
  expect(lines.sort()).toEqual([
    'daybook_http_requests_total{method="GET",route="/v1/agents/:name",status="404"} 2',
    'daybook_http_requests_total{method="GET",route="none",status="404"} 2',
    'daybook_http_requests_total{method="GET",route="none",status="405"} 1',
  ])
})
