import { describe, expect, test } from 'vitest'
import { createKey, type KeyRequest } from '../../src/runtime/access/api-keys.ts'
import { serve } from '../../src/runtime/serve.ts'
import { type Answer, ask, expectProblem, type Served, send, served } from './given.ts'

const by = { kind: 'person', id: 'owner' } as const
type Wanted = Pick<KeyRequest, 'role'> & Partial<KeyRequest>

async function keyFor(
  { daybook }: Served,
  wanted: Wanted,
): Promise<{ id: string; auth: Record<string, string> }> {
  const { key, secret } = await createKey(daybook.project, { name: `${wanted.role} key`, by, ...wanted })
  return { id: key.id, auth: { Authorization: `Bearer ${secret}` } }
}

const get = (url: string, auth: Record<string, string>): Promise<Answer> => ask(url, { headers: auth })

describe('keys of the log', () => {
  test('once there is one it is asked for, and nothing of it is in the log but its digest', async () => {
    const server = await served()
    const { auth } = await keyFor(server, { role: 'admin' })
    expectProblem(await ask(`${server.url}/v1/agents`), { status: 401, code: 'no_key' })
    expect((await get(`${server.url}/v1/agents`, auth)).status).toBe(200)
    expect((await ask(`${server.url}/healthz`)).status).toBe(200)
    const secret = auth.Authorization!.slice('Bearer '.length)
    expect(JSON.stringify(await server.events())).not.toContain(
      secret.slice('daybook_0123456789abcdef_'.length),
    )
    const flipped = secret.endsWith('A') ? 'B' : 'A'
    for (const wrong of [
      `${secret}x`,
      secret.slice(0, -1) + flipped,
      secret.replace(/_[0-9a-f]{16}_/u, `_${'0'.repeat(16)}_`),
    ])
      expectProblem(await get(`${server.url}/v1/agents`, { Authorization: `Bearer ${wrong}` }), {
        status: 401,
        code: 'key_unknown',
      })
  })

  test('a revoked key is refused with the next request, an expired one from its time on', async () => {
    const server = await served()
    const admin = await keyFor(server, { role: 'admin' })
    const reader = await keyFor(server, { role: 'reader' })
    const expiresAt = new Date(server.daybook.project.clock.now() + 300).toISOString()
    const brief = await keyFor(server, { role: 'operator', expiresAt })
    const revoked = await send(`${server.url}/v1/keys/${reader.id}/revoke`, {}, admin.auth)
    expect(revoked.body).toMatchObject({ id: reader.id, status: 'revoked' })
    expectProblem(await get(`${server.url}/v1/agents`, reader.auth), { status: 401, code: 'key_revoked' })
    await expect
      .poll(async () => (await get(`${server.url}/v1/agents`, brief.auth)).body.code, { timeout: 60_000 })
      .toBe('key_expired')
    const listed = await get(`${server.url}/v1/keys`, admin.auth)
    expect(listed.body.keys.map((key: { status: string }) => key.status)).toEqual([
      'active',
      'revoked',
      'expired',
    ])
    expect(JSON.stringify(listed.body)).not.toMatch(/sha256|secret/u)
  })

  test('a stream that a key opened ends when the key is revoked', async () => {
    const server = await served({ eventStreams: { heartbeatMs: 100, stalledMs: 30_000 } })
    const admin = await keyFor(server, { role: 'admin' })
    const reader = await keyFor(server, { role: 'reader' })
    const headers = { ...reader.auth, Accept: 'text/event-stream' }
    const stream = await fetch(`${server.url}/v1/events`, { headers })
    expect(stream.status).toBe(200)
    const read = stream.text()
    await send(`${server.url}/v1/keys/${reader.id}/revoke`, {}, admin.auth)
    expect(await read).toContain('KeyCreated')
  })

  test('a key made over HTTP works, is told once, and does not come back under its Idempotency-Key', async () => {
    const server = await served()
    const admin = await keyFor(server, { role: 'admin' })
    const body = { name: 'phone', role: 'reader' }
    const made = await send(`${server.url}/v1/keys`, body, { ...admin.auth, 'Idempotency-Key': 'k1' })
    expect(made.status).toBe(201)
    expect(
      (await get(`${server.url}/v1/agents`, { Authorization: `Bearer ${made.body.secret}` })).status,
    ).toBe(200)
    const again = await send(`${server.url}/v1/keys`, body, { ...admin.auth, 'Idempotency-Key': 'k1' })
    expectProblem(again, { status: 409, code: 'key_exists' })
  })

  test('with keys in the log a server may listen elsewhere, and asks for one even when all are revoked', async () => {
    const server = await served()
    const place = { host: '0.0.0.0', port: 0, key: null, work: 'waits' } as const
    const answer = () => () => new Response()
    const say = () => undefined
    await expect(serve(server.daybook, { ...place, answer, say })).rejects.toThrow(/keys create/u)
    await keyFor(server, { role: 'admin' })
    const elsewhere = await serve(server.daybook, { ...place, answer, say })
    await elsewhere.stop()
  })
})

describe('what a role may not do', () => {
  test('a reader reads, an operator works, and neither sees keys', async () => {
    const server = await served()
    const reader = await keyFor(server, { role: 'reader' })
    const operator = await keyFor(server, { role: 'operator', name: 'night shift' })
    const handoffs = `${server.url}/v1/handoffs`
    const need = { from: 'person', need: 'Run load tests of the upload service' }
    expect((await get(`${server.url}/v1/events`, reader.auth)).status).toBe(200)
    expectProblem(await send(handoffs, need, reader.auth), { status: 403, code: 'role' })
    const handed = await send(handoffs, need, operator.auth)
    expect(handed.status).toBe(201)
    for (const { auth } of [reader, operator]) {
      expectProblem(await get(`${server.url}/v1/keys`, auth), { status: 403, code: 'role' })
      const body = { name: 'mine', role: 'admin' }
      expectProblem(await send(`${server.url}/v1/keys`, body, auth), { status: 403, code: 'role' })
    }
    const requested = (await server.events()).find(({ type }) => type === 'HandoffRequested')
    expect(requested?.meta.actor).toEqual({ kind: 'person', id: 'night shift' })
    const forged = { from: 'person:somebody else', need: 'Run load tests' }
    expectProblem(await send(handoffs, forged, operator.auth), { status: 403, code: 'forged_sender' })
    expect((await get(`${server.url}/nowhere`, reader.auth)).status).toBe(404)
  })
})

describe("an agent's key", () => {
  async function crewed() {
    const server = await served()
    const planner = await keyFor(server, { role: 'agent', agent: 'system-planner', name: 'planner' })
    const runner = await keyFor(server, { role: 'agent', agent: 'load-runner', name: 'runner' })
    const need = 'Run load tests of the upload service and measure throughput'
    const own = { from: 'system-planner', need, to: 'load-runner' }
    return { ...server, planner, runner, own }
  }

  test('hands over as itself only, and takes and ends its own work only', async () => {
    const { url, planner, runner, own, events } = await crewed()
    for (const from of ['person', 'load-runner', 'person:owner'])
      expectProblem(await send(`${url}/v1/handoffs`, { ...own, from }, planner.auth), {
        status: 403,
        code: 'forged_sender',
      })
    const handed = await send(`${url}/v1/handoffs`, own, planner.auth)
    expect(handed.body).toMatchObject({ chosen: 'load-runner' })
    const { id } = handed.body
    const take = { agent: 'load-runner' }
    expectProblem(await send(`${url}/v1/handoffs/${id}/accept`, take, planner.auth), {
      status: 403,
      code: 'forged_sender',
    })
    const taken = await send(`${url}/v1/handoffs/${id}/accept`, take, runner.auth)
    expect(taken.status).toBe(200)
    const done = { epoch: taken.body.epoch, summary: 'Done.', labels: 'as_it_is' }
    expectProblem(await send(`${url}/v1/handoffs/${id}/complete`, { ...done, by: 'person' }, runner.auth), {
      status: 403,
      code: 'forged_sender',
    })
    expect((await send(`${url}/v1/handoffs/${id}/complete`, done, runner.auth)).status).toBe(200)
    const actors = (await events()).filter(({ type }) => /^Handoff(Requested|Accepted)$/u.test(type))
    expect(actors.map(({ meta }) => meta.actor)).toEqual([
      { kind: 'agent', id: 'system-planner' },
      { kind: 'agent', id: 'load-runner' },
    ])
  })

  test("sees its own inbox, handoffs and sessions, and not that there are others'", async () => {
    const { url, daybook, planner, runner, own } = await crewed()
    const bench = await createKey(daybook.project, { name: 'b', role: 'agent', agent: 'bench-keeper', by })
    const other = { Authorization: `Bearer ${bench.secret}` }
    const { id } = (await send(`${url}/v1/handoffs`, own, planner.auth)).body
    const taken = await send(`${url}/v1/handoffs/${id}/accept`, { agent: 'load-runner' }, runner.auth)
    const { session } = taken.body
    expect((await get(`${url}/v1/agents/load-runner/inbox`, runner.auth)).status).toBe(200)
    expectProblem(await get(`${url}/v1/agents/load-runner/inbox`, other), { status: 403, code: 'not_yours' })
    for (const path of [`handoffs/${id}`, `handoffs/${id}/task`, `sessions/${session}`]) {
      expect((await get(`${url}/v1/${path}`, runner.auth)).status, path).toBe(200)
      expectProblem(await get(`${url}/v1/${path}`, other), { status: 404, code: 'not_found' })
    }
    expect((await get(`${url}/v1/handoffs`, planner.auth)).body.handoffs).toHaveLength(1)
    expect((await get(`${url}/v1/handoffs`, other)).body.handoffs).toEqual([])
    expect((await get(`${url}/v1/sessions`, runner.auth)).body.sessions).toHaveLength(1)
    expect((await get(`${url}/v1/sessions`, planner.auth)).body.sessions).toEqual([])
    for (const path of ['events', 'workflows', 'audit', 'projections', 'waiting', 'keys'])
      expectProblem(await get(`${url}/v1/${path}`, runner.auth), { status: 403, code: 'role' })
  })

  test("writes its own section and nobody else's, under its own name", async () => {
    const { url, runner, events } = await crewed()
    const place = `${url}/v1/memory/insights/sections`
    const fresh = { ...runner.auth, 'If-None-Match': '*' }
    const own = { text: '### Collaboration Patterns\nNone yet.', by: 'load-runner' }
    expect((await send(`${place}/load-results`, own, fresh, 'PUT')).status).toBe(201)
    expectProblem(await send(`${place}/load-results`, { ...own, by: 'person' }, fresh, 'PUT'), {
      status: 403,
      code: 'forged_sender',
    })
    const foreign = await send(`${place}/system-plans`, own, fresh, 'PUT')
    expectProblem(foreign, { status: 403, code: 'not_claimed' })
    const restore = await send(`${place}/load-results/restore`, { at: '1' }, runner.auth)
    expectProblem(restore, { status: 403, code: 'role' })
    const edit = (await events()).find(({ type }) => type === 'DocumentEdited')
    expect(edit?.meta.actor).toEqual({ kind: 'agent', id: 'load-runner' })
  })
})

describe('how often one may ask', () => {
  test('each key has a count of its own; too much is 429 with Retry-After and changes nothing', async () => {
    const server = await served({ requestsPerMinute: 5 })
    const one = await keyFor(server, { role: 'reader', name: 'one' })
    const two = await keyFor(server, { role: 'reader', name: 'two' })
    const answers: Answer[] = []
    for (let nth = 0; nth < 6; nth += 1) answers.push(await get(`${server.url}/v1/agents`, one.auth))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429])
    expect(answers[0]?.headers.get('RateLimit-Policy')).toBe('"key";q=5;w=60')
    expect(answers[1]?.headers.get('RateLimit')).toMatch(/^"key";r=3;t=\d+$/u)
    const late = answers.at(-1)!
    expectProblem(late, { status: 429, code: 'too_many_requests' })
    expect(Number(late.headers.get('Retry-After'))).toBeGreaterThan(0)
    expect((await get(`${server.url}/v1/agents`, two.auth)).status).toBe(200)
  })

  test('who guesses keys is counted by address, whatever is guessed', async () => {
    const server = await served({ requestsPerMinute: 3 })
    await keyFor(server, { role: 'admin' })
    const codes: string[] = []
    for (let nth = 0; nth < 4; nth += 1)
      codes.push((await get(`${server.url}/v1/agents`, { Authorization: `Bearer guess-${nth}` })).body.code)
    expect(codes).toEqual(['key_unknown', 'key_unknown', 'key_unknown', 'too_many_requests'])
  })

  test('the page that lists the routes needs no key, and is guarded as everything else', async () => {
    const server = await served({ requestsPerMinute: 4 })
    const { auth } = await keyFor(server, { role: 'reader' })
    const page = await ask(`${server.url}/docs`)
    expect(page.status).toBe(200)
    expect(page.body).toContain('/v1/handoffs')
    expect(page.headers.get('RateLimit-Policy')).toBe('"stranger";q=4;w=60')
    const past = { 'Daybook-After': '999999' }
    expect((await get(`${server.url}/openapi.json`, past)).body.openapi).toBe('3.1.0')
    const withKey = await get(`${server.url}/docs`, auth)
    expect(withKey.headers.get('RateLimit-Policy')).toBe('"key";q=4;w=60')
    const foreign = await get(`${server.url}/docs`, { Origin: 'http://evil.example' })
    expectProblem(foreign, { status: 403, code: 'foreign_origin' })
    for (let nth = 0; nth < 2; nth += 1) await get(`${server.url}/docs`, { Authorization: 'Bearer wrong' })
    expectProblem(await ask(`${server.url}/docs`), { status: 429, code: 'too_many_requests' })
  })

  test('no page of another origin is told that it may ask', async () => {
    const { url } = await served()
    const preflight = await ask(`${url}/v1/handoffs`, { method: 'OPTIONS' })
    expect(preflight.headers.get('Access-Control-Allow-Origin')).toBeNull()
    expect(preflight.status).toBeGreaterThanOrEqual(400)
  })
})

describe('Idempotency-Key on any POST', () => {
  test('the same key gives the first answer again; another body, or another holder, does not', async () => {
    const server = await served()
    const { url, events } = server
    const one = await keyFor(server, { role: 'operator', name: 'one' })
    const two = await keyFor(server, { role: 'operator', name: 'two' })
    const need = { from: 'person', need: 'Run load tests of the upload service' }
    const { id } = (await send(`${url}/v1/handoffs`, need, one.auth)).body
    const keyed = { ...one.auth, 'Idempotency-Key': 'again' }
    const first = await send(`${url}/v1/handoffs/${id}/cancel`, { reason: 'Not needed.' }, keyed)
    expect(first.status).toBe(200)
    const before = (await events()).length
    const again = await send(`${url}/v1/handoffs/${id}/cancel`, { reason: 'Not needed.' }, keyed)
    expect(again.body).toEqual(first.body)
    expect(again.headers.get('Idempotency-Replayed')).toBe('true')
    const other = await send(`${url}/v1/handoffs/${id}/cancel`, { reason: 'Other.' }, keyed)
    expectProblem(other, { status: 422, code: 'key_reused' })
    expect(await events()).toHaveLength(before)
    const mine = await send(`${url}/v1/handoffs`, need, { ...one.auth, 'Idempotency-Key': 'h' })
    const theirs = await send(`${url}/v1/handoffs`, need, { ...two.auth, 'Idempotency-Key': 'h' })
    expect(theirs.status).toBe(201)
    expect(theirs.body.id).not.toBe(mine.body.id)
  })
})
