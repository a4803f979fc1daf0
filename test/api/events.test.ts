import { connect } from 'node:net'
import { v7 } from 'uuid'
import { expect, onTestFinished, test } from 'vitest'
import { limits } from '../../src/kernel/limits.ts'
import { ask, expectProblem, type Served, send, served } from './given.ts'

const actor = { kind: 'person', id: 'tester' } as const
const quick = { heartbeatMs: 50, stalledMs: 400 }
const forging =
  'A need\n\nid: 999\ndata: {"forged":true}\n\nevent: message\r\ndata: forged\u2028data: x\u0085data: y'

/** Frames of a stream as they come; leaves when the test ends. */
function follow(url: string, headers: Record<string, string> = {}) {
  const left = new AbortController()
  onTestFinished(() => left.abort())
  const opened = fetch(url, { headers: { Accept: 'text/event-stream', ...headers }, signal: left.signal })
  const frames = (async function* () {
    const { body } = await opened
    let rest = ''
    for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + chunk).split('\n\n')
      rest = parts.pop()!
      yield* parts
    }
  })()
  return { opened, frames, leave: () => left.abort() }
}

async function take(frames: AsyncGenerator<string>, wanted: (frame: string) => boolean): Promise<string[]> {
  const taken: string[] = []
  for (let next = await frames.next(); next.done !== true; next = await frames.next()) {
    taken.push(next.value)
    if (wanted(next.value)) return taken
  }
  throw new Error(`the stream ended after ${taken.length} frames`)
}

const dataOf = (frame: string) => JSON.parse(/^data: (.*)$/mu.exec(frame)![1]!)
const handOver = ({ url }: Pick<Served, 'url'>, need = 'Run load tests') =>
  send(`${url}/v1/handoffs`, { from: 'person', need })

test('pages lead through the whole log, once and in order; filters narrow them', async () => {
  const server = await served()
  await handOver(server)
  const all = await server.events()
  const seen: string[] = []
  let after = ''
  for (let page = 0; page < 100; page += 1) {
    const { body } = await ask(`${server.url}/v1/events?limit=2${after}`)
    seen.push(...body.events.map(({ id }: { id: string }) => id))
    if (body.next === null) break
    after = `&after=${body.next}`
  }
  expect(seen).toEqual(all.map(({ id }) => id))
  const routed = (await ask(`${server.url}/v1/events?stream=handoff-&type=HandoffRouted`)).body.events
  expect(routed).toEqual(JSON.parse(JSON.stringify(all.filter(({ type }) => type === 'HandoffRouted'))))
})

test("the last so many, in the log's order, whatever narrows them", async () => {
  const server = await served()
  for (const nth of [1, 2, 3]) await handOver(server, `Run load tests ${nth}`)
  const page = async (query: string) => (await ask(`${server.url}/v1/events?limit=1000${query}`)).body.events
  const last = async (count: number, query: string) =>
    (await ask(`${server.url}/v1/events?last=${count}${query}`)).body
  const workflow = (await page('&type=HandoffRequested')).at(-1).meta.correlation
  const narrowing = [
    '',
    '&stream=handoff-',
    '&type=Handoff',
    '&stream=handoff-&type=HandoffRouted',
    `&workflow=${workflow}`,
    '&agent=load-runner',
    '&text=tests%202',
    '&type=Nobody',
  ]
  for (const query of narrowing) {
    const whole = await page(query)
    for (const count of [1, 4, 1000])
      expect(await last(count, query), query).toEqual({ events: whole.slice(-count), next: null })
  }
  for (const other of ['after=1', 'until=3', 'limit=2'])
    expectProblem(await ask(`${server.url}/v1/events?last=2&${other}`), { status: 400, code: 'bad_request' })
})

test('of events too large for one page the last ones are the newest that fit', async () => {
  const server = await served()
  const text = 'x'.repeat(500_000)
  const { store } = server.daybook.project
  for (let nth = 0; nth < 20; nth += 1) {
    const event = { id: v7(), type: 'Elsewhere.large', version: 1, data: { nth, text }, meta: { actor } }
    await store.append('elsewhere-a', [event], { expected: 'any' })
  }
  const { events, next } = (await ask(`${server.url}/v1/events?last=20&type=Elsewhere`)).body
  const shown = events.map(({ data }: { data: { nth: number } }) => data.nth)
  expect(next).toBeNull()
  expect(shown.length).toBe(Math.floor(limits.readPageBytesMax / text.length) + 1)
  expect(shown).toEqual(Array.from({ length: 20 }, (_, nth) => nth).slice(-shown.length))
})

test('a client gets history, then what comes; connected again it misses nothing and sees nothing twice', async () => {
  const server = await served({ eventStreams: quick })
  await handOver(server)
  const first = follow(`${server.url}/v1/events?stream=handoff-`)
  const response = await first.opened
  expect(response.headers.get('Content-Type')).toMatch(/^text\/event-stream/u)
  const history = await take(first.frames, (frame) => frame.includes('HandoffRouted'))
  expect(history[0]).toMatch(/^retry: \d+$/u)
  const last = /^id: (\d+)$/mu.exec(history.at(-1)!)![1]!
  expect(dataOf(history.at(-1)!).position).toBe(last)
  first.leave()
  await handOver(server, 'Run load tests again')
  const second = follow(`${server.url}/v1/events?stream=handoff-`, { 'Last-Event-ID': last })
  const resumed = await take(second.frames, (frame) => frame.includes('HandoffRouted'))
  expect(resumed.filter((frame) => frame.includes('data: ')).map((frame) => dataOf(frame).type)).toEqual([
    'HandoffRequested',
    'HandoffRouted',
  ])
  await take(second.frames, (frame) => frame.startsWith(':'))
  await handOver(server, 'Run load tests once more')
  await take(second.frames, (frame) => frame.includes('once more'))
})

test('no text of an event begins a frame of its own', async () => {
  const server = await served({ eventStreams: quick })
  await handOver(server, forging)
  const { frames } = follow(`${server.url}/v1/events?type=Handoff`)
  const taken = await take(
    frames,
    (frame) => frame.includes('"HandoffRouted"') || frame.includes('"HandoffUnrouted"'),
  )
  for (const frame of taken.filter((one) => !one.startsWith('retry')))
    expect(frame).toMatch(/^(?:: [^\n\r]*|id: \d{20}(?:\ndata: \{[^\n\r\u0085\u2028\u2029]*\})?)$/u)
  const requested = taken.find((frame) => frame.includes('"HandoffRequested"'))!
  expect(dataOf(requested).data.need).toBe(forging)
})

test.each(['x', '-1', '1e3', '99999999999999999999', '1 OR 1=1', '0x10'])(
  'Last-Event-ID "%s" is refused',
  async (id) => {
    const { url } = await served()
    const answer = await ask(`${url}/v1/events`, {
      headers: { Accept: 'text/event-stream', 'Last-Event-ID': id },
    })
    expectProblem(answer, { status: 400, code: 'bad_last_event_id' })
  },
)

test('streams end when the server stops, and those that are left are let go', async () => {
  const server = await served({ eventStreams: quick })
  const { frames, leave } = follow(`${server.url}/v1/events`)
  await take(frames, (frame) => frame.includes('AgentRegistered'))
  const second = follow(`${server.url}/v1/events`)
  await take(second.frames, (frame) => frame.includes('AgentRegistered'))
  const open = async () =>
    /daybook_event_streams_open (\d+)/u.exec((await ask(`${server.url}/metrics`)).body)![1]
  expect(await open()).toBe('2')
  second.leave()
  await expect.poll(open).toBe('1')
  const rest = (async () => {
    for await (const _ of frames);
    return 'ended'
  })()
  const startedMs = performance.now()
  await server.serving.stop()
  expect(await rest).toBe('ended')
  expect(performance.now() - startedMs).toBeLessThan(2_000)
  leave()
})

test('a client that takes nothing is let go', async () => {
  const server = await served({ eventStreams: quick })
  const big = 'x'.repeat(100_000)
  for (let count = 0; count < 40; count += 1) {
    const answer = await send(`${server.url}/v1/handoffs`, {
      from: 'person',
      need: `Load tests ${count}`,
      context: big,
    })
    expect(answer.status).toBe(201)
  }
  const { hostname, port } = new URL(server.url)
  const socket = connect(Number(port), hostname)
  onTestFinished(() => void socket.destroy())
  const closed = new Promise((resolve) => socket.on('close', () => resolve('closed')))
  socket.on('error', () => undefined)
  socket.write(`GET /v1/events HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAccept: text/event-stream\r\n\r\n`)
  socket.pause()
  const open = async () =>
    /daybook_event_streams_open (\d+)/u.exec((await ask(`${server.url}/metrics`)).body)![1]
  await expect.poll(open).toBe('1')
  await expect.poll(open, { timeout: 60_000 }).toBe('0')
  socket.resume()
  expect(await closed).toBe('closed')
})
