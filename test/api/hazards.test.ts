import { request } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { refuseOpenDoor } from '../../src/runtime/loopback.ts'
import { serve } from '../../src/runtime/serve.ts'
import { ask, expectProblem, send, served } from './given.ts'

const need = 'Run load tests'
const valid = { from: 'person', need }

/** With a Host header of one's own, which fetch does not allow. */
function askAs(url: string, headers: Record<string, string>, path = '/v1/agents'): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(`${url}${path}`, { headers }, (answer) => {
      answer.resume()
      answer.on('end', () => resolve(answer.statusCode ?? 0))
    })
    asked.on('error', reject)
    asked.end()
  })
}

describe('without a key, this machine only', () => {
  test('a foreign Host or Origin is refused; those of this machine are not', async () => {
    const { url } = await served()
    for (const Host of [
      'evil.example',
      'evil.example:8080',
      '127.0.0.1.evil.example',
      'localhost.evil.example',
    ])
      expect(await askAs(url, { Host }), Host).toBe(403)
    for (const Host of ['localhost:1234', '127.0.0.1', '[::1]:8080'])
      expect(await askAs(url, { Host }), Host).toBe(200)
    const { host } = new URL(url)
    for (const Origin of ['http://evil.example', 'null', `http://${host}.evil.example`, 'file://'])
      expect(await askAs(url, { Host: host, Origin }), Origin).toBe(403)
    expect(await askAs(url, { Host: host, Origin: `http://${host}` })).toBe(200)
  })
})

describe('requests that are not taken', () => {
  test('each has a problem of its own, and none changes the log', async () => {
    const { url, events } = await served()
    const before = (await events()).length
    const handoffs = `${url}/v1/handoffs`
    const deep = `${'{"a":'.repeat(200)}1${'}'.repeat(200)}`
    const forms = [
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'text/plain',
      'application/jsonp',
    ]
    for (const type of forms) {
      const answer = await send(handoffs, 'from=person&need=x', { 'Content-Type': type })
      expectProblem(answer, { status: 415, code: 'unsupported_media_type' })
    }
    const gzip = await send(handoffs, valid, { 'Content-Encoding': 'gzip' })
    expectProblem(gzip, { status: 415, code: 'unsupported_media_type' })
    expectProblem(await send(handoffs, '{"from":'), { status: 400, code: 'not_json' })
    expectProblem(await send(handoffs, deep), { status: 400, code: 'too_nested' })
    for (const key of ['__proto__', 'constructor', 'prototype']) {
      const body = `{"from":"person","need":"x","${key}":{"polluted":true}}`
      expectProblem(await send(handoffs, body), { status: 400, code: 'forbidden_key' })
    }
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
    for (const body of [
      {},
      [],
      null,
      'x',
      { ...valid, need: '' },
      { ...valid, extra: 1 },
      { ...valid, need: 7 },
    ])
      expectProblem(await send(handoffs, JSON.stringify(body)), { status: 400, code: 'bad_request' })
    expectProblem(await send(handoffs, { ...valid, need: '\ud800' }), { status: 400, code: 'bad_request' })
    expectProblem(await send(handoffs, valid, { 'Idempotency-Key': 'x'.repeat(201) }), {
      status: 400,
      code: 'bad_request',
    })
    expect(await events()).toHaveLength(before)
  })

  test('an oversize body is refused with and without its length', async () => {
    const { url, events } = await served()
    const before = (await events()).length
    const body = JSON.stringify({ ...valid, context: 'x'.repeat(2 * 1024 * 1024) })
    expectProblem(await send(`${url}/v1/handoffs`, body), { status: 413, code: 'too_large' })
    const chunks = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < body.length; at += 65_536)
          controller.enqueue(new TextEncoder().encode(body.slice(at, at + 65_536)))
        controller.close()
      },
    })
    const init = {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: chunks,
      duplex: 'half',
    }
    expectProblem(await ask(`${url}/v1/handoffs`, init as RequestInit), { status: 413, code: 'too_large' })
    expect(await events()).toHaveLength(before)
  })

  test('absurd numbers and unknown parameters in a query are refused', async () => {
    const { url } = await served()
    for (const limit of ['0', '-1', '1e9', '99999999999999999999', 'NaN', '1.5', '', '1001', '1&limit=2'])
      expectProblem(await ask(`${url}/v1/events?limit=${limit}`), { status: 400, code: 'bad_request' })
    expectProblem(await ask(`${url}/v1/events?afer=1`), { status: 400, code: 'bad_request' })
    expectProblem(await ask(`${url}/v1/events?after=99999999999999999999`), { status: 400, code: 'usage' })
  })

  test('what is not there is 404, what is there in another way 405 with Allow', async () => {
    const { url } = await served()
    expectProblem(await ask(`${url}/v2/agents`), { status: 404, code: 'not_found' })
    expectProblem(await ask(`${url}/v1/workflows/none-such`), { status: 404, code: 'not_found' })
    expectProblem(await ask(`${url}/v1/agents/system-planer`), { status: 404, code: 'not_found' })
    expectProblem(await ask(`${url}/v1/projections/constructor`), { status: 404, code: 'not_found' })
    expectProblem(await ask(`${url}/v1/projections/handoff-board/__proto__`), {
      status: 404,
      code: 'not_found',
    })
    const wrong = await ask(`${url}/v1/handoffs`, { method: 'DELETE' })
    expectProblem(wrong, { status: 405, code: 'method_not_allowed' })
    const put = await send(`${url}/v1/handoffs`, {}, {}, 'PUT')
    expectProblem(put, { status: 405, code: 'method_not_allowed' })
    expect(put.headers.get('Allow')).toBe('GET, POST')
  })
})

test('a fault of ours is 500 with an id that the log knows, and nothing of its inside', async () => {
  const { url, daybook, logged } = await served()
  daybook.project.view.refresh = async () => {
    throw new TypeError('secret inside')
  }
  const answer = await ask(`${url}/v1/agents`, { headers: { 'X-Request-Id': 'mine-1' } })
  expectProblem(answer, { status: 500, code: 'internal' })
  expect(JSON.stringify(answer.body)).not.toContain('secret')
  expect(answer.body.request).toBe('mine-1')
  expect(logged.join('\n')).toMatch(/mine-1 .*secret inside/u)
})

test('every answer has a request id and the headers that keep a browser safe', async () => {
  const { url } = await served()
  for (const path of ['/healthz', '/v1/agents', '/nowhere', '/docs']) {
    const { headers } = await ask(`${url}${path}`, { headers: { 'X-Request-Id': 'a b' } })
    expect(headers.get('X-Request-Id'), path).toMatch(/^[0-9a-f-]{36}$/u)
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
    expect(headers.get('X-Frame-Options')).toBe('DENY')
    expect(headers.get('Content-Security-Policy')).toContain("default-src 'none'")
  }
})

describe('with a key', () => {
  const key = 'a-long-random-text-for-tests'
  test('only who sends it is answered; probes are open; any Host is fine', async () => {
    const { url } = await served({ key })
    for (const value of [
      undefined,
      key,
      `Bearer ${key}x`,
      `Bearer ${key.slice(0, -1)}`,
      'Bearer',
      `Basic ${key}`,
    ]) {
      const answer = await ask(
        `${url}/v1/agents`,
        value === undefined ? {} : { headers: { Authorization: value } },
      )
      const wasSent = value?.startsWith('Bearer ') === true
      expectProblem(answer, { status: 401, code: wasSent ? 'key_unknown' : 'no_key' })
      expect(answer.headers.get('WWW-Authenticate')).toBe(
        `Bearer realm="daybook"${wasSent ? ', error="invalid_token"' : ''}`,
      )
      expect(JSON.stringify(answer.body)).not.toContain(key)
    }
    expect((await ask(`${url}/v1/agents`, { headers: { Authorization: `Bearer ${key}` } })).status).toBe(200)
    expect((await ask(`${url}/healthz`)).status).toBe(200)
    expect(await askAs(url, { Host: 'daybook.example', Authorization: `Bearer ${key}` })).toBe(200)
    const foreign = { Host: 'daybook.example', Origin: 'http://evil.example', Authorization: `Bearer ${key}` }
    expect(await askAs(url, foreign)).toBe(403)
  })

  test('beyond this machine nobody listens without one', async () => {
    for (const host of ['0.0.0.0', '::', '192.168.1.5', 'daybook.example', '127.0.0.1.evil.example'])
      expect(() => refuseOpenDoor(host, 'none'), host).toThrow(/DAYBOOK_API_KEY/u)
    for (const host of ['127.0.0.1', '127.8.9.1', '::1', 'localhost']) refuseOpenDoor(host, 'none')
    refuseOpenDoor('0.0.0.0', 'some')
  })
})

test('a port that is taken is said with what to do', async () => {
  const { daybook, url } = await served()
  const options = { host: '127.0.0.1', port: Number(new URL(url).port), key: null, work: 'waits' } as const
  const answer = () => () => new Response()
  await expect(serve(daybook, { ...options, answer, say: () => undefined })).rejects.toThrow(
    /is taken.*--port/u,
  )
})

test('garbage on the wire closes its connection and nothing else', async () => {
  const { url } = await served()
  const { hostname, port } = new URL(url)
  for (const garbage of [
    '\x16\x03\x01\x02\x00',
    'GET / HTTP/1.1\r\n\r\n',
    'GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n',
  ]) {
    await new Promise<void>((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => socket.end(garbage))
      socket.resume()
      socket.on('close', () => resolve())
      socket.on('error', reject)
    })
  }
  expect((await ask(`${url}/healthz`)).status).toBe(200)
})

test('the description lists every route, and the page for people asks nobody else', async () => {
  const { url } = await served()
  const { body } = await ask(`${url}/openapi.json`)
  expect(body.openapi).toBe('3.1.0')
  const paths = Object.keys(body.paths)
  for (const path of [
    '/v1/handoffs',
    '/v1/route',
    '/v1/memory/{document}/sections/{section}',
    '/v1/events',
    '/readyz',
  ])
    expect(paths).toContain(path)
  const page = (await ask(`${url}/docs`)).body
  for (const path of paths) expect(page).toContain(path)
  expect(page).not.toMatch(/<script|https?:\/\/|src=/u)
  expect((await ask(`${url}/metrics`)).body).toMatch(
    /^daybook_http_requests_total\{method="GET",route="\/docs",status="200"\} 1$/mu,
  )
})
