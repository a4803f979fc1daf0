import { writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { expect } from 'vitest'
import { agentFile, ask, crew, type Served, served } from './given.ts'
import { asked, called, sessionThat, shown, unknown } from './paused-session.ts'

/**
 * One story that asks for everything the API has. Its requests and answers are the examples of openapi.json:
 * `UPDATE_EXAMPLES=1 vitest run test/api/examples` plays it and writes them anew; `biome check --write` sets them as
 * everything else is set.
 */

export const examplesFile = new URL('../../src/api/examples.json', import.meta.url)

/** By route, as the policy names it. */
export type Examples = Record<string, { request?: unknown; answers: Record<string, Record<string, unknown>> }>

interface Said {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

class Recorder {
  readonly examples: Examples = {}
  readonly url: string

  constructor(url: string) {
    this.url = url
  }

  /** Asks, and keeps the first request and answer of each kind. Gives the body. */
  async say(route: string, { params = {}, query = '', body, headers = {} }: Said = {}) {
    const [method = '', template = ''] = route.split(' ')
    const path = template.replace(/\{(\w+)\}/gu, (_, name: string) => encodeURIComponent(params[name] ?? ''))
    const answer = await ask(`${this.url}${path}${query}`, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    expect([200, 201, 202], `${route}: ${JSON.stringify(answer.body)}`).toContain(answer.status)
    this.examples[route] ??= { answers: {} }
    const example = this.examples[route]
    if (body !== undefined) example.request ??= body
    example.answers[answer.status] ??= {}
    const type = answer.headers.get('Content-Type')?.split(';')[0] ?? ''
    example.answers[answer.status]![type] ??= answer.body
    // biome-ignore lint/suspicious/noExplicitAny: what is in an answer is what the next request is made from
    return answer.body as any
  }
}

export async function writeExamples(folder: string): Promise<void> {
  process.env.DAYBOOK_PERSON = 'operator'
  const agents = {
    ...crew,
    'bench-keeper': agentFile('bench-keeper', {
      description: 'Keeps the benchmark machines and their schedules',
      heading: 'Bench Notes',
      patterns: '- **Handoff requirements:** The time it is needed',
    }),
    'load-runner': agentFile('load-runner', {
      description: 'Runs load tests and measures throughput of services under load',
      heading: 'Load Results',
      patterns: '- **Works well with:** bench-keeper (for benchmark machines)',
    }),
  }
  const playing = await served({ folder, work: 'runs', agents })
  const recorder = new Recorder(playing.url)
  const workflow = await played(recorder)
  await playing.close()
  const server = await served({ folder, agents })
  const later = new Recorder(server.url)
  Object.assign(later.examples, recorder.examples)
  await readings(later, workflow)
  await memoryStory(later, workflow)
  await handoffStory(later)
  await sessionStory(later, server)
  await workflowStory(later, workflow.id)
  await longWorks(later)
  await keyStory(later)
  const text = JSON.stringify(sorted(shortened(later.examples) as Examples), null, 1)
  writeFileSync(examplesFile, `${harmless(text, folder)}\n`)
}

interface Played {
  readonly id: string
  readonly session: string
  readonly handoff: string
}

async function played(api: Recorder): Promise<Played> {
  const body = { goal: 'Run load tests of the upload service and measure throughput' }
  const { id } = await api.say('POST /v1/workflows', { body })
  const look = async () => (await api.say('GET /v1/workflows/{id}', { params: { id } })).status
  await expect.poll(look, { timeout: 45_000, interval: 200 }).toBe('completed')
  delete api.examples['GET /v1/workflows/{id}']
  const { sessionList, handoffTree } = await api.say('GET /v1/workflows/{id}', { params: { id } })
  return { id, session: sessionList[0].id, handoff: handoffTree[0].id }
}

async function readings(api: Recorder, { id, session, handoff }: Played): Promise<void> {
  for (const route of [
    '/healthz',
    '/readyz',
    '/v1/agents',
    '/v1/agent-files',
    '/.well-known/agent-card.json',
  ])
    await api.say(`GET ${route}`)
  const params = { name: 'load-runner' }
  for (const route of ['/v1/agents/{name}', '/v1/agent-files/{name}', '/v1/agents/{name}/card'])
    await api.say(`GET ${route}`, { params })
  for (const route of ['/v1/workflows', '/v1/sessions', '/v1/handoffs', '/v1/decisions', '/v1/route/graph'])
    await api.say(`GET ${route}`)
  const markdown = { Accept: 'text/markdown' }
  const of = { params: { id: session } }
  for (const route of ['/v1/sessions/{id}/events', '/v1/sessions/{id}/influence', '/v1/sessions/{id}/prove'])
    await api.say(`GET ${route}`, of)
  await api.say('GET /v1/sessions/{id}', of)
  await api.say('GET /v1/sessions/{id}', { ...of, headers: markdown })
  await api.say('GET /v1/handoffs/{id}', { params: { id: handoff } })
  await api.say('GET /v1/handoffs/{id}/task', { params: { id: handoff } })
  await api.say('GET /v1/workflows/{id}/prove', { params: { id } })
  const { events } = await api.say('GET /v1/events', { query: '?type=HandoffRouted&limit=2' })
  await api.say('POST /v1/seals')
  await api.say('GET /v1/seals')
  await api.say('GET /v1/workflows/{id}/evidence', { params: { id } })
  api.examples['GET /v1/workflows/{id}/evidence']!.answers['200'] = {
    'application/x-tar': 'A tar archive: manifest.json, events.jsonl, proofs.jsonl, seal.json, key.pem, …',
  }
  const event = { params: { id: events[0].id } }
  await api.say('GET /v1/events/{id}', event)
  await api.say('GET /v1/events/{id}/proof', event)
  await api.say('GET /v1/projections')
  const { keys } = await api.say('GET /v1/projections/{name}', { params: { name: 'handoff-board' } })
  const board = { params: { name: 'handoff-board', key: keys[0] } }
  await api.say('GET /v1/projections/{name}/{key}', board)
  await api.say('GET /v1/projections/{name}/{key}', { ...board, headers: markdown })
  api.examples['GET /v1/events']!.answers['200']!['text/event-stream'] =
    `id: ${events[0].position}\ndata: ${JSON.stringify({ id: events[0].id, type: events[0].type })}\n\n`
}

async function memoryStory(api: Recorder, { session }: Played): Promise<void> {
  const params = { document: 'insights' }
  const section = { document: 'insights', section: 'load-results' }
  const markdown = { Accept: 'text/markdown' }
  const events = (await ask(`${api.url}/v1/events?type=DocumentEdited&limit=1`)).body.events
  const first = `event:${events[0].id}`
  const place = '/v1/memory/{document}'
  await api.say('GET /v1/memory')
  await api.say(`GET ${place}`, { params, headers: { Accept: 'application/json' } })
  await api.say(`GET ${place}`, { params, headers: markdown })
  await api.say(`GET ${place}/sections/{section}`, { params: section })
  await api.say(`GET ${place}/sections/{section}`, { params: section, headers: markdown })
  await api.say(`PUT ${place}/sections/{section}`, {
    params: { document: 'insights', section: 'system-plans' },
    body: { text: 'Uploads go through one service.', by: 'system-planner' },
    headers: { 'If-None-Match': '*' },
  })
  await api.say(`PUT ${place}/sections/{section}`, {
    params: section,
    body: { text: '### Collaboration Patterns\n- **Works well with:** bench-keeper', by: 'load-runner' },
    headers: { 'If-Match': '*' },
  })
  for (const route of ['blame', 'log', 'owners', 'report']) await api.say(`GET ${place}/${route}`, { params })
  await api.say(`GET ${place}/diff`, { params, query: `?from=${first}` })
  await api.say(`GET ${place}/why`, { params, query: '?line=Works%20well' })
  await api.say(`GET ${place}/search`, { params, query: '?words=load' })
  await api.say(`GET ${place}/readers`, { params, query: '?text=Load%20Results' })
  await api.say('GET /v1/search', { query: '?words=load' })
  await api.say('GET /v1/readers', { query: '?text=Load%20Results' })
  await api.say('GET /v1/owners')
  await api.say('GET /v1/report')
  await api.say('POST /v1/sessions/{id}/undo', { params: { id: session }, body: { repeats: true } })
  await api.say(`POST ${place}/sections/{section}/restore`, { params: section, body: { at: first } })
  await api.say(`POST ${place}/sections/{section}/assign`, { params: section, body: { to: 'people' } })
}

async function handoffStory(api: Recorder): Promise<void> {
  const need = {
    from: 'person',
    need: 'Run load tests of the upload service',
    context: 'It takes 2 GB files.',
  }
  const route = { from: 'system-planner', need: 'Run load tests of the upload service' }
  await api.say('POST /v1/route', { body: route })
  await api.say('POST /v1/plan', { body: { goal: need.need } })
  const { id } = await api.say('POST /v1/handoffs', { body: need })
  const inbox = await api.say('GET /v1/agents/{name}/inbox', { params: { name: 'load-runner' } })
  api.examples['GET /v1/agents/{name}/inbox']!.answers['200']!['text/event-stream'] =
    `id: ${inbox.cursor}\ndata: ${JSON.stringify({ ...inbox, items: [] })}\n\n`
  const params = { id }
  const worker = 'laptop:load-runner:1'
  const { epoch } = await api.say('POST /v1/handoffs/{id}/accept', {
    params,
    body: { agent: 'load-runner', worker },
  })
  await api.say('POST /v1/handoffs/{id}/progress', { params, body: { epoch, note: 'Half of them ran.' } })
  const summary = '**Work done**: 50 clients upload 2 GB files at the same time without errors.'
  const completing = { epoch, summary, labels: 'as_it_is' }
  await api.say('POST /v1/handoffs/{id}/complete', { params, body: completing })
  const another = await send(api, { from: 'person', need: 'Run load tests of the search' })
  await api.say('POST /v1/handoffs/{id}/decline', {
    params: { id: another },
    body: { agent: 'load-runner', reason: 'The search has no test data yet.' },
  })
  await api.say('POST /v1/handoffs/{id}/redrive', {
    params: { id: another },
    body: { to: 'bench-keeper', reason: 'It has the data.' },
  })
  await api.say('POST /v1/handoffs/{id}/cancel', { params: { id: another }, body: { reason: 'Not needed.' } })
  const asking = await send(api, { from: 'load-runner', need: 'Reserve a machine', to: 'bench-keeper' })
  await api.say('POST /v1/handoffs/{id}/supply', {
    params: { id: asking },
    body: { provides: { 'The time it is needed': 'Friday' }, by: 'load-runner' },
  })
  await api.say('POST /v1/agents/{name}/retire', {
    params: { name: 'system-planner' },
    body: { reason: 'Nobody plans any more.' },
  })
}

/** A handoff that is no example itself. */
async function send(api: Recorder, body: object): Promise<string> {
  const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
  return (await ask(`${api.url}/v1/handoffs`, init)).body.id
}

async function sessionStory(api: Recorder, server: Served): Promise<void> {
  const note = 'I looked at the machine.'
  const unsure = await sessionThat(server, [called, unknown])
  const asking = await sessionThat(server, [asked])
  const denied = await sessionThat(server, [asked])
  await api.say('GET /v1/waiting')
  const decide = { params: { id: unsure }, body: { decision: 'skip', note } }
  await api.say('POST /v1/sessions/{id}/decide', decide)
  await api.say('POST /v1/sessions/{id}/approve', { params: { id: asking }, body: { digest: shown } })
  await api.say('POST /v1/sessions/{id}/deny', { params: { id: denied }, body: { digest: shown, note } })
  const params = { id: denied }
  await api.say('POST /v1/sessions/{id}/resume', { params, body: { reason: 'The machine is free again.' } })
  await api.say('POST /v1/sessions/{id}/cancel', { params, body: { reason: 'Not needed.' } })
  await api.say('GET /v1/audit')
}

async function workflowStory(api: Recorder, past: string): Promise<void> {
  const body = { goal: 'Run load tests of the search' }
  const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
  const { id } = (await ask(`${api.url}/v1/workflows`, init)).body
  const params = { id }
  await api.say('POST /v1/workflows/{id}/pause', { params, body: { reason: 'The machines are in use.' } })
  await api.say('POST /v1/workflows/{id}/resume', { params, body: { reason: 'They are free again.' } })
  await api.say('POST /v1/workflows/{id}/raise', { params, body: { limit: 'handoffs', max: 500 } })
  await api.say('POST /v1/workflows/{id}/cancel', { params, body: { reason: 'Not needed.' } })
  const [routed] = (await ask(`${api.url}/v1/events?workflow=${past}&type=HandoffRouted`)).body.events
  await api.say('POST /v1/workflows/{id}/fork', {
    params: { id: past },
    body: { at: `event:${routed.id}` },
  })
}

async function longWorks(api: Recorder): Promise<void> {
  const bench = {
    patterns: [{ from: 'system-planner', to: 'load-runner', note: 'load tests' }],
    cases: [{ id: 1, from: 'system-planner', query: 'Run load tests', targets: ['load-runner'] }],
  }
  const works: [place: string, body: unknown][] = [
    ['/v1/verify', undefined],
    ['/v1/rebuild', { check: true }],
    ['/v1/route/replay', { since: '2 hours ago' }],
    ['/v1/route/bench', bench],
  ]
  for (const [place, body] of works) {
    const { id } = await api.say(`POST ${place}`, { body })
    const route = `GET ${place}/{id}`
    const status = async () => (await ask(`${api.url}${place}/${id}`)).body.status
    await expect.poll(status, { timeout: 30_000, interval: 50 }).toBe('done')
    await api.say(route, { params: { id } })
  }
}

/** Last: from now on a key is asked for. */
async function keyStory(api: Recorder): Promise<void> {
  const made = await api.say('POST /v1/keys', { body: { name: 'phone', role: 'admin' } })
  const headers = { Authorization: `Bearer ${made.secret}` }
  await api.say('GET /v1/keys', { headers })
  await api.say('POST /v1/keys/{id}/revoke', { params: { id: made.id }, headers })
}

const itemsMax = 2
const charsMax = 400

/** Long lists and texts are cut: an example shows a shape. */
function shortened(value: unknown): unknown {
  if (typeof value === 'string') return value.length > charsMax ? `${value.slice(0, charsMax)}…` : value
  if (Array.isArray(value)) return value.slice(0, itemsMax).map(shortened)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shortened(one)]))
}

function sorted(examples: Examples): Examples {
  return Object.fromEntries(Object.entries(examples).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** No id, time, folder or machine of whoever wrote them; the same story, the same text. */
function harmless(text: string, folder: string): string {
  const ids = new Map<string, string>()
  const times = [...new Set(text.match(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/gu))].sort()
  return text
    .replaceAll(folder, '/srv/daybook')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gu, (id) => {
      const known = ids.get(id) ?? `01970000-0000-7000-8000-${String(ids.size + 1).padStart(12, '0')}`
      ids.set(id, known)
      return known
    })
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/gu, (time) =>
      new Date(Date.UTC(2026, 2, 1, 9) + 1_000 * times.indexOf(time)).toISOString(),
    )
    .replace(/daybook_[0-9a-f]{16}_[\w-]+/gu, '(shown once)')
    .replaceAll(new RegExp(`${hostname()}:\\d+:\\d+:\\d+`, 'gu'), 'host-1:4242:1:1')
    .replaceAll(hostname(), 'host-1')
    .replace(/http:\/\/127\.0\.0\.1:\d+/gu, 'http://localhost:8080')
}
