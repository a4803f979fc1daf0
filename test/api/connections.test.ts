import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { limits } from '../../src/kernel/limits.ts'
import { connectionLimits } from '../../src/runtime/connection-limits.ts'
import { ask, type Served, served } from './given.ts'

/** Short enough for a test, and far apart, so that one is not taken for the other. */
const hasty = { headersMs: 300, requestMs: 900, lookMs: 50 }

async function dial({ url }: Served): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

/** The whole answer of one request, as it came over the wire, until the server closed. */
async function answerTo(server: Served, request: string): Promise<string> {
  const socket = await dial(server)
  socket.write(request)
  return text(socket)
}

const headersOf = (lines: readonly string[]) =>
  `GET /healthz HTTP/1.1\r\nHost: localhost\r\n${lines.join('\r\n')}\r\n`
const problemIn = (answer: string) => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))

test('a server has the limits that the documentation names', () => {
  expect(connectionLimits).toMatchObject({
    headersMs: 10_000,
    requestMs: 30_000,
    headerBytesMax: 16 * 1024,
    headersMax: 100,
    connectionsMax: 2_000,
  })
})

test('headers that do not arrive are answered with 408 and the limit, and the server goes on', async () => {
  const server = await served({ connections: hasty })
  const answer = await answerTo(server, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: ')
  expect(answer).toMatch(/^HTTP\/1\.1 408 /u)
  const detail = expect.stringContaining('300 ms')
  expect(problemIn(answer)).toMatchObject({ status: 408, code: 'too_slow', detail })
  expect((await ask(`${server.url}/healthz`)).status).toBe(200)
})

test('a body that does not arrive is answered with 408, and nothing of it is done', async () => {
  const server = await served({ connections: hasty })
  const before = (await server.events()).length
  const head = [
    'POST /v1/handoffs HTTP/1.1',
    'Host: localhost',
    'Content-Type: application/json',
    'Content-Length: 60',
  ]
  const answer = await answerTo(server, `${head.join('\r\n')}\r\n\r\n{"from":"person",`)
  expect(answer).toMatch(/^HTTP\/1\.1 408 /u)
  expect(await server.events()).toHaveLength(before)
})

test('drops of a body, each in time, do not hold a connection longer than a request may take', async () => {
  const server = await served({ connections: hasty })
  const socket = await dial(server)
  const head = ['POST /v1/handoffs HTTP/1.1', 'Host: localhost', 'Content-Type: application/json']
  socket.write(`${head.join('\r\n')}\r\nTransfer-Encoding: chunked\r\n\r\n`)
  const dripping = setInterval(() => socket.writable && socket.write('1\r\n \r\n'), 50)
  onTestFinished(() => clearInterval(dripping))
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 /u)
})

test('more headers, and larger ones, than are taken are answered with 431 before anything is read', async () => {
  const server = await served()
  const many = Array.from({ length: limits.httpHeadersMax + 1 }, (_, index) => `X-${index}: 1`)
  const large = [`X-A: ${'a'.repeat(limits.httpHeaderBytesMax)}`]
  for (const lines of [many, large]) {
    const answer = await answerTo(server, `${headersOf(lines)}\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 431 /u)
    expect(problemIn(answer)).toMatchObject({ status: 431, code: 'headers_too_large' })
  }
  const enough = Array.from({ length: limits.httpHeadersMax - 2 }, (_, index) => `X-${index}: 1`)
  const taken = await answerTo(server, `${headersOf([...enough, 'Connection: close'])}\r\n`)
  expect(taken).toMatch(/^HTTP\/1\.1 200 /u)
})

test('one connection more than the limit is closed, and there is room again when another goes', async () => {
  const server = await served({ connections: { connectionsMax: 3 } })
  const held = [await dial(server), await dial(server), await dial(server)]
  const dropped = await dial(server)
  dropped.write(headersOf(['']))
  expect(await text(dropped)).toBe('')
  held[0]!.destroy()
  await expect
    .poll(() => answerTo(server, headersOf(['Connection: close', ''])), { timeout: 60_000 })
    .toMatch(/^HTTP\/1\.1 200 /u)
})

test('what is no HTTP is told so in the way of every other problem', async () => {
  const server = await served()
  const answer = await answerTo(server, '\x16\x03\x01\x02\x00\r\n\r\n')
  expect(answer).toMatch(/^HTTP\/1\.1 400 /u)
  expect(problemIn(answer)).toMatchObject({
    type: 'urn:daybook:problem:not_http',
    status: 400,
    code: 'not_http',
  })
})
