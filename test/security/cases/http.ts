import { once } from 'node:events'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { limits } from '../../../src/kernel/limits.ts'
import { daybook } from '../../cli/given.ts'
import { type Answered, casesFor, type Expected } from '../case.ts'
import { ask, bodyWork, type HttpTarget, key, refusedWith, type Sent, takenAs } from '../targets/server.ts'

const need = 'Run load tests against the upload service'
const handoffs = '/v1/handoffs'
const agentList = '/v1/agents'

const refused = (code: string, says: RegExp = /\w/u): Expected => ({ kind: 'refused', code, says })

/** A request that is refused as it comes. */
const asked = (name: string, expects: Expected, sent: Sent) => ({
  name,
  expects,
  aim: async (target: HttpTarget) => async () => refusedWith(await target.ask(sent)),
})

const posted = (name: string, expects: Expected, body: string, headers: Record<string, string> = {}) =>
  asked(name, expects, { method: 'POST', path: handoffs, body, headers })

/** The same on the address where a key is asked for. */
const locked = (name: string, authorization: string | undefined) => ({
  name,
  expects: authorization?.startsWith('Bearer ')
    ? refused('401 key_unknown', /The key that was sent is not valid here/u)
    : refused('401 no_key', /Send a key/u),
  aim: async (target: HttpTarget) => async () => {
    const headers: Record<string, string> =
      authorization === undefined ? {} : { Authorization: authorization }
    const reply = await target.askLocked({ path: agentList, headers })
    const challenge = String(reply.headers['www-authenticate'] ?? '')
    const wrong =
      /^Bearer/u.test(challenge) && !reply.text.includes(key)
        ? {}
        : { wrong: 'no challenge, or the key in it' }
    return { ...refusedWith(reply), ...wrong }
  },
})

/** Four times as much as is taken, and no end: the answer must come without one. */
async function* endless(): AsyncGenerator<string> {
  for (let sent = 0; sent < 4 * limits.httpBodyBytesMax; sent += 65_536) {
    yield 'x'.repeat(65_536)
    await nextTurn()
  }
  await new Promise<never>(() => undefined)
}

const oversize = (name: string, headers: Record<string, string>) => ({
  name,
  expects: refused('413 too_large', /at most 1048576 bytes/u),
  aim: async (target: HttpTarget) => async () => {
    const reply = await target.ask({ method: 'POST', path: handoffs, headers, body: endless() })
    return refusedWith(reply, bodyWork(reply))
  },
})

const notFound = (path: string) => asked(path, refused('404 not_found', /\w/u), { path })

const nested = (open: string, close: string, levels: number) =>
  `${open.repeat(levels)}1${close.repeat(levels)}`

/** What the server says to bytes on a connection of their own, until it closes. */
async function spoken(url: string, request: string, drip?: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.write(request)
  const dripping =
    drip === undefined ? undefined : setInterval(() => socket.writable && socket.write(drip), 50)
  try {
    return await text(socket)
  } finally {
    clearInterval(dripping)
  }
}

const slow = (name: string, request: string, drip?: string) => ({
  name,
  waits: true,
  expects: refused('408 too_slow', /must be here within 300 ms, and all of it within 900 ms/u),
  aim: async (target: HttpTarget) => {
    const url = await target.hasty()
    return async (): Promise<Answered> => {
      const answer = await spoken(url, request, drip)
      const problem = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))
      const work = [{ limit: 'httpHeaderBytesMax', used: Buffer.byteLength(answer) }] as const
      return { code: `${answer.slice(9, 12)} ${problem.code}`, says: problem.detail, work }
    }
  },
})

const head = 'POST /v1/handoffs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
const streamed = { Accept: 'text/event-stream' }
const forging =
  'A need\n\nid: 999\ndata: {"forged":true}\n\nevent: message\r\ndata: forged\u2028data: x\u0085data: y'

/** The first frames of a stream, until one holds these words. */
async function framesUntil(url: string, words: string): Promise<string> {
  const left = new AbortController()
  const { body } = await fetch(url, { headers: streamed, signal: left.signal })
  let read = ''
  try {
    for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
      read += chunk
      if (read.includes(words) && read.endsWith('\n\n')) return read
    }
    throw new Error(`the stream ended without ${words}`)
  } finally {
    left.abort()
  }
}

async function openStreams(url: string): Promise<number> {
  const { text: metrics } = await ask(url, { path: '/metrics' })
  return Number(/daybook_event_streams_open (\d+)/u.exec(metrics)?.[1])
}

async function untilOpen(url: string, wanted: number): Promise<void> {
  for (let look = 0; look < 2_000; look += 1) {
    if ((await openStreams(url)) === wanted) return
    await delay(10)
  }
  throw new Error(`there are not ${wanted} streams open`)
}

export const httpCases = casesFor<HttpTarget>()('HTTP', {
  'foreign Host': [
    'evil.example',
    'evil.example:8080',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
  ].map((Host) =>
    asked(Host, refused('403 foreign_host', /answers to localhost only/u), {
      path: agentList,
      headers: { Host },
    }),
  ),
  'foreign Origin': [
    ...['http://evil.example', 'null', 'file://', 'http://127.0.0.1.evil.example'].map((Origin) =>
      asked(Origin, refused('403 foreign_origin', /may not use/u), { path: agentList, headers: { Origin } }),
    ),
    asked('a change from a page of another port', refused('403 foreign_origin', /may not use/u), {
      method: 'POST',
      path: handoffs,
      headers: { Origin: 'http://127.0.0.1:1' },
      body: { from: 'person', need },
    }),
  ],
  'form posts': ['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain'].map(
    (type) =>
      posted(type, refused('415 unsupported_media_type', /send application\/json/u), 'from=person&need=x', {
        'Content-Type': type,
      }),
  ),
  'wrong keys': [
    locked('none', undefined),
    locked('one character more', `Bearer ${key}x`),
    locked('one character less', `Bearer ${key.slice(0, -1)}`),
    locked('one character wrong', `Bearer ${key.slice(0, -1)}_`),
    locked('another scheme', `Basic ${key}`),
    locked('a key of the log that never was', `Bearer daybook_0123456789abcdef_${'a'.repeat(43)}`),
    locked('oversize', `Bearer ${'k'.repeat(10_000)}`),
  ],
  'oversize with length': [
    posted(
      'two mebibytes',
      refused('413 too_large', /at most 1048576 bytes/u),
      JSON.stringify('x'.repeat(2 ** 21)),
    ),
    oversize('a gibibyte is announced', { 'Content-Length': String(2 ** 30) }),
  ],
  'oversize without length': [oversize('a stream without an end', {})],
  'encoded traversal': [
    notFound('/v1/agents/..%2f..%2fetc%2fpasswd'),
    notFound('/v1/projections/..%2f..%2flog.db'),
    notFound('/v1/projections/%2e%2e/%2e%2e'),
    notFound('/%2e%2e/%2e%2e/etc/passwd'),
    notFound('/v1/sessions/%2e%2e%2f%2e%2e%2fsecret.txt'),
    asked('a document that is a path', refused('400 bad_request', /document/u), {
      path: '/v1/memory/..%2f..%2foutside%2fsecret',
    }),
    asked('a NUL in a document', refused('400 bad_request', /document/u), { path: '/v1/memory/insights%00' }),
    asked('an escape that is none', refused('400 bad_request', /\w/u), { path: '/v1/memory/%zz' }),
  ],
  'prototype pollution': [
    ...['__proto__', 'constructor', 'prototype'].map((name) =>
      posted(
        name,
        refused('400 forbidden_key', /which is not taken/u),
        `{"from":"person","need":"x","${name}":{"polluted":true}}`,
      ),
    ),
    posted(
      'deep inside',
      refused('400 forbidden_key', /__proto__/u),
      `{"from":"person","need":"x","provides":[{"__proto__":{}}]}`,
    ),
    posted(
      'escaped',
      refused('400 forbidden_key', /__proto__/u),
      '{"from":"person","need":"x","\\u005f_proto__":{}}',
    ),
    notFound('/v1/projections/constructor'),
    notFound('/v1/projections/handoff-board/__proto__'),
  ],
  'deep JSON': [
    posted('objects', refused('400 too_nested', /32 levels/u), nested('{"a":', '}', 200)),
    posted('lists, half a million deep', refused('400 too_nested', /32 levels/u), '['.repeat(500_000)),
    posted('cut off', refused('400 not_json', /not JSON/u), '{"from":'),
  ],
  'absurd paging numbers': [
    ...['0', '-1', '1e9', '99999999999999999999', 'NaN', '1.5', '', '1001'].map((limit) =>
      asked(`limit=${limit}`, refused('400 bad_request', /limit/u), { path: `/v1/events?limit=${limit}` }),
    ),
    asked('twice', refused('400 bad_request', /limit/u), { path: '/v1/events?limit=1&limit=2' }),
    asked('after the end of numbers', refused('400 usage', /\w/u), {
      path: '/v1/events?after=99999999999999999999',
    }),
  ],
  'gzip bombs': [
    {
      name: '64 MiB of one letter',
      expects: refused('415 unsupported_media_type', /Content-Encoding gzip/u),
      aim: async (target) => {
        const body = gzipSync(Buffer.alloc(64 * 1024 * 1024, 'x')).toString('latin1')
        const headers = { 'Content-Encoding': 'gzip' }
        return async () => refusedWith(await target.ask({ method: 'POST', path: handoffs, headers, body }))
      },
    },
  ],
  'slow clients': [
    slow('headers that do not end', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: '),
    slow('a body that does not come', `${head}Content-Length: 60\r\n\r\n{"from":`),
    slow('a body in drops', `${head}Transfer-Encoding: chunked\r\n\r\n`, '1\r\n \r\n'),
  ],
  'idle event streams': [
    {
      name: 'one more than there may be',
      waits: true,
      expects: refused('503 too_many_streams', /which is the limit/u),
      aim: async (target) => {
        const left = new AbortController()
        const { eventStreamsMax } = limits
        const opened = Array.from({ length: eventStreamsMax }, () =>
          fetch(`${target.url}/v1/events`, { headers: streamed, signal: left.signal }),
        )
        await Promise.all(opened)
        return async () => {
          const used = await openStreams(target.url)
          const reply = await target.ask({ path: '/v1/events', headers: streamed })
          left.abort()
          await untilOpen(target.url, 0)
          return refusedWith(reply, { limit: 'eventStreamsMax', used })
        }
      },
    },
  ],
  'unread event streams': [
    {
      name: 'a client that takes nothing',
      waits: true,
      expects: {
        kind: 'harmless',
        code: 'let go',
        as: 'the connection is closed after a while',
        records: [],
      },
      aim: async (target) => {
        const context = 'x'.repeat(limits.contextCharsMax)
        for (let count = 0; count < 40; count += 1)
          await target.ask({
            method: 'POST',
            path: handoffs,
            body: { from: 'person', need: `${need} ${count}`, context },
          })
        return async (): Promise<Answered> => {
          const url = await target.hasty()
          const { hostname, port } = new URL(url)
          const socket = connect(Number(port), hostname)
          socket.on('error', () => undefined)
          const closed = once(socket, 'close')
          socket.write('GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n')
          await once(socket, 'data')
          socket.pause()
          await untilOpen(url, 0)
          socket.resume()
          await closed
          const work = [{ limit: 'readPageBytesMax', used: socket.bytesRead }] as const
          return { code: 'let go', says: 'closed', work }
        }
      },
    },
  ],
  'bad Last-Event-ID': ['x', '-1', '1e3', '99999999999999999999', '1 OR 1=1', '0x10'].map((id) =>
    asked(id, refused('400 bad_last_event_id', /\w/u), {
      path: '/v1/events',
      headers: { ...streamed, 'Last-Event-ID': id },
    }),
  ),
  'event text that forges SSE frames': [
    {
      name: 'every kind of line break',
      expects: {
        kind: 'harmless',
        code: 'one frame an event',
        as: 'every line break is escaped, also those that JSON leaves alone',
        records: ['WorkflowStarted', 'HandoffRequested', 'HandoffRouted', 'HandoffUnrouted'],
      },
      aim: async (target) => async () => {
        const reply = await target.ask({
          method: 'POST',
          path: handoffs,
          body: { from: 'person', need: forging },
        })
        const path = `${target.url}/v1/events?stream=handoff-${reply.json.id}`
        const frames = (await framesUntil(path, 'HandoffRequested')).split('\n\n').filter((one) => one !== '')
        const whole = /^(?:retry: \d+|: [^\n\r]*|id: \d{20}(?:\ndata: \{[^\n\r\u0085\u2028\u2029]*\})?)$/u
        const forged = frames.filter((frame) => !whole.test(frame))
        const taken = takenAs('one frame an event', reply)
        return forged.length === 0 ? taken : { ...taken, wrong: `forged frames: ${JSON.stringify(forged)}` }
      },
    },
  ],
  'listening elsewhere without a key': ['0.0.0.0', '::', '192.0.2.1', '127.0.0.1.evil.example'].map(
    (host) => ({
      name: host,
      waits: true,
      expects: refused('exit 2', /others must show a key/u),
      aim: async (target: HttpTarget) => async () => {
        const ran = await daybook(['serve', '--host', host, '--port', '0', '--rehearsal'], {
          cwd: dirname(target.canary),
        })
        const work = [{ limit: 'httpBodyBytesMax', used: ran.stderr.length }] as const
        return { code: `exit ${ran.code}`, says: ran.stderr, work }
      },
    }),
  ),
})
