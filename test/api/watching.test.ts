import { expect, test } from 'vitest'
import { ask, send, served } from './given.ts'

function samplesOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
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
  const { body } = await ask(`${url}/metrics`)
  const samples = samplesOf(body)
  const all = await events()
  const counted = (type: string) => all.filter((event) => event.type === type).length
  expect(samples.get('daybook_events_total{type="ModelCalled"}')).toBe(counted('ModelCalled'))
  expect(samples.get('daybook_model_calls_total')).toBe(counted('ModelCalled'))
  expect(samples.get('daybook_events_total{type="HandoffRequested"}')).toBe(counted('HandoffRequested'))
  expect(samples.get('daybook_workflows{status="completed"}')).toBe(1)
  expect(samples.get('daybook_sessions{status="completed"}')).toBe(counted('SessionCompleted'))
  expect(samples.get('daybook_model_tokens_total{kind="output"}')).toBeGreaterThan(0)
  expect(samples.get('daybook_model_cost_usd_total')).toBe(0)
  expect(samples.get('daybook_projection_lag_events{projection="handoff-board"}')).toBe(0)
  expect([...samples.values()].every(Number.isFinite)).toBe(true)
  // Each family is described once, and before its samples.
  const families = [...body.matchAll(/^# TYPE (\S+)/gmu)].map(([, name]) => name)
  expect(new Set(families).size).toBe(families.length)
})

test('handoffs that wait to be taken are counted for each agent', async () => {
  const { url } = await served()
  for (const need of ['Run load tests', 'Run more load tests'])
    await send(`${url}/v1/handoffs`, { from: 'person', need, to: 'load-runner' })
  const samples = samplesOf((await ask(`${url}/metrics`)).body)
  expect(samples.get('daybook_queued_handoffs{agent="load-runner"}')).toBe(2)
  expect(samples.get('daybook_handoffs{status="routed"}')).toBe(2)
})
