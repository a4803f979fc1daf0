import { expect, test } from 'vitest'
import { ask, send, served } from './given.ts'

const need = 'Run load tests against the upload service'
const section = '/v1/memory/insights/sections/system-plans'
const text = (patterns: string) => `## System Plans

Uploads go through a queue.

### Collaboration Patterns
${patterns}
`

test('recorded patterns decide: the choice follows the section, its reason cites the event, the past stays', async () => {
  const { url, events } = await served()
  const write = (body: string, headers: Record<string, string>) =>
    send(`${url}${section}`, { text: text(body), by: 'system-planner' }, headers, 'PUT')
  const handOver = async () => (await send(`${url}/v1/handoffs`, { from: 'system-planner', need })).body
  const choose = async (at = '') =>
    (await send(`${url}/v1/route${at}`, { from: 'system-planner', need })).body

  expect((await write('- **Works well with**: nobody yet', { 'If-None-Match': '*' })).status).toBe(201)
  expect((await handOver()).chosen).toBe('load-runner')
  const before = (await events()).at(-1)!.position

  const { headers } = await ask(`${url}${section}`)
  const recorded = await write('- **Works well with**: bench-keeper for load tests', {
    'If-Match': headers.get('ETag')!,
  })
  expect(recorded.status).toBe(200)
  const answer = await handOver()
  expect(answer.chosen).toBe('bench-keeper')
  const cited = answer.because.find(({ rule }: { rule: string }) => rule === 'recorded_partner')
  expect(cited).toMatchObject({ event: recorded.body.event })
  expect((await events()).find(({ id }) => id === cited.event)).toMatchObject({ type: 'DocumentEdited' })
  expect((await choose()).chosen).toBe('bench-keeper')

  expect((await choose(`?at=${Number(before)}`)).chosen).toBe('load-runner')

  const removed = await write('- **Works well with**: nobody yet', {
    'If-Match': recorded.headers.get('ETag')!,
  })
  expect(removed.status).toBe(200)
  expect((await handOver()).chosen).toBe('load-runner')
  expect((await choose(`?at=event:${recorded.body.event}`)).chosen).toBe('bench-keeper')
})
