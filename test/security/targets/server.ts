import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { createApp } from '../../../src/api/app.ts'
import { renderDocument } from '../../../src/memory/document.ts'
import { splitSections } from '../../../src/memory/markdown-sections.ts'
import { createKey, type KeyRequest } from '../../../src/runtime/access/api-keys.ts'
import { type Daybook, openDaybook } from '../../../src/runtime/daybook.ts'
import { type Serving, serve } from '../../../src/runtime/serve.ts'
import { resolveSettings } from '../../../src/runtime/settings.ts'
import type { Answered, State, Target, Work } from '../case.ts'
import { agents, insights } from './project.ts'

export interface Sent {
  readonly method?: string
  /** As it goes over the wire. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** An object goes as JSON; pieces go without a length. */
  readonly body?: object | string | AsyncIterable<string>
}

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: what is in an answer is what a case is about
  readonly json: any
  /** Of the request, with its headers, that left this side. */
  readonly sentBytes: number
}

/** A server that cases about requests need, in whatever process. */
export interface HttpTarget extends Target {
  readonly url: string
  ask(sent: Sent): Promise<Reply>
  /** A second address of the same log, where a key is asked for. */
  askLocked(sent: Sent): Promise<Reply>
  /** A second address of the same log with short waits, where a late request is let go soon. */
  readonly hasty: () => Promise<string>
}

export interface ServerTarget extends HttpTarget {
  readonly folder: string
  readonly daybook: Daybook
  /** Headers that show a key of an agent. From then on the open address asks for one, too, and `ask` shows it an admin's. */
  keyFor(agent: string): Promise<Record<string, string>>
  close(): Promise<void>
}

export const key = 'a-key-of-the-environment-for-tests'
const hasty = { headersMs: 300, requestMs: 900, lookMs: 50 }

export interface ServerGiven {
  /** Whether the agents live elsewhere, and whether this process works on what they do not take. */
  readonly external?: 'all' | readonly string[]
  readonly rehearsal?: boolean
}

/** A server of this process on a free port, over a log of its own with three agents and a section for each. */
export async function serverTarget({ external, rehearsal = true }: ServerGiven = {}): Promise<ServerTarget> {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-security-'))
  for (const place of ['agents', 'memory', 'workspace', 'outside']) mkdirSync(join(folder, place))
  for (const [name, file] of Object.entries(agents)) writeFileSync(join(folder, 'agents', `${name}.md`), file)
  writeFileSync(join(folder, 'memory', 'insights.md'), insights)
  writeFileSync(join(folder, 'outside', 'secret.txt'), 'kept')
  if (external !== undefined) writeFileSync(join(folder, 'daybook.config.json'), JSON.stringify({ external }))
  const at = (place: string) => join(folder, place)
  const places = {
    dir: at('log'),
    agents: at('agents'),
    memory: at('memory'),
    workspace: at('workspace'),
    rehearsal,
  }
  const daybook = await openDaybook(resolveSettings(places, {}, folder), {
    agents: 'sync',
    documents: 'sync',
  })
  const work = external === undefined ? 'waits' : 'runs'
  const open = await listen(daybook, { work })
  const others: Serving[] = []
  const another = (given: Listening) => {
    let opened: Promise<Serving> | null = null
    return async () => {
      opened ??= listen(daybook, given).then((serving) => {
        others.push(serving)
        return serving
      })
      return (await opened).url
    }
  }
  const locked = another({ work: 'waits', key })
  const shown = new Map<string, Record<string, string>>()
  const keyFor = async (agent: string) => {
    if (shown.size === 0) shown.set('', await newKey(daybook, { role: 'admin', name: 'the suite' }))
    const headers = shown.get(agent) ?? (await newKey(daybook, { role: 'agent', name: agent, agent }))
    shown.set(agent, headers)
    return headers
  }
  return {
    url: open.url,
    folder,
    daybook,
    canary: join(folder, 'canary'),
    ask: (sent) => ask(open.url, { ...sent, headers: { ...shown.get(''), ...sent.headers } }),
    keyFor,
    askLocked: async (sent) => ask(await locked(), sent),
    hasty: another({ work: 'waits', hasty: true }),
    state: () => stateOf(daybook, folder),
    async close() {
      for (const serving of [open, ...others]) await serving.stop()
      await daybook.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function newKey(
  { project }: Daybook,
  wanted: Pick<KeyRequest, 'role' | 'name' | 'agent'>,
): Promise<Record<string, string>> {
  const { secret } = await createKey(project, { by: { kind: 'person', id: 'owner' }, ...wanted })
  return { Authorization: `Bearer ${secret}` }
}

interface Listening {
  readonly work: 'runs' | 'waits'
  readonly key?: string
  readonly hasty?: boolean
}

function listen(
  daybook: Daybook,
  { work, key = null as never, hasty: isHasty = false }: Listening,
): Promise<Serving> {
  const secret: string | null = key
  return serve(daybook, {
    host: '127.0.0.1',
    port: 0,
    key: secret,
    work,
    answer: (stopping) => {
      const options = { daybook, key: secret, version: '0.0.0', log: () => undefined, stopping }
      const eventStreams = { heartbeatMs: 50, stalledMs: isHasty ? 300 : 30_000 }
      return createApp({ ...options, eventStreams }).fetch
    },
    say: () => undefined,
    ...(isHasty ? { connections: hasty } : {}),
  })
}

/** One request on a connection of its own, so that what went over it can be counted. */
export function ask(url: string, { method = 'GET', path, headers = {}, body }: Sent): Promise<Reply> {
  const isPieces = typeof body === 'object' && Symbol.asyncIterator in body
  const text = typeof body === 'object' && !isPieces ? JSON.stringify(body) : body
  const { hostname, port, host } = new URL(url)
  const length = typeof text === 'string' ? { 'Content-Length': String(Buffer.byteLength(text)) } : {}
  const type = text === undefined ? {} : { 'Content-Type': 'application/json' }
  return new Promise((resolve, reject) => {
    const all = { Host: host, Connection: 'keep-alive', ...type, ...length, ...headers }
    const asked = request({ hostname, port, path, method, headers: all, agent: false })
    const pieces = typeof text === 'object' ? Readable.from(text) : null
    let answered = false
    asked.on('error', (error) => answered || reject(error))
    asked.on('response', (answer) => {
      answered = true
      // Whoever went on writing would hear of the server's end before the rest of its answer.
      pieces?.unpipe(asked)
      answer.socket.on('error', () => undefined)
      const socket = answer.socket as Socket
      buffer(answer).then((bytes) => {
        const said = bytes.toString()
        const json = /json/u.test(answer.headers['content-type'] ?? '') ? JSON.parse(said) : null
        const sentBytes = socket.bytesWritten
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: said, json, sentBytes })
        asked.destroy()
      }, reject)
    })
    if (pieces === null) asked.end(text)
    else pieces.pipe(asked)
  })
}

/** What the system's own buffers on the way may hold of a request that is not read. */
const bufferedBytes = 4 * 1024 * 1024

/** A problem as it must look; what is none is said as what is wrong. */
export function refusedWith(reply: Reply, ...more: readonly Work[]): Answered {
  const { status, headers, json, text } = reply
  const isProblem = headers['content-type'] === 'application/problem+json' && json?.status === status
  const wrong =
    isProblem && json.type === `urn:daybook:problem:${json.code}`
      ? {}
      : { wrong: `no problem: ${text.slice(0, 200)}` }
  const says = `${json?.detail ?? text}`
  return { code: `${status} ${json?.code ?? ''}`.trim(), says, work: [answerWork(reply), ...more], ...wrong }
}

/** What is no problem, but an answer. */
export function takenAs(code: string, reply: Reply, ...more: readonly Work[]): Answered {
  const said = reply.status < 300 ? code : `${reply.status} ${reply.json?.code ?? ''}`
  return {
    code: said,
    says: reply.json?.detail ?? reply.text.slice(0, 2_000),
    work: [answerWork(reply), ...more],
  }
}

/** A problem repeats a little of what was sent, never the whole. */
function answerWork({ text }: Reply): Work {
  return { limit: 'httpBodyBytesMax', used: Buffer.byteLength(text) }
}

/** Of a body that is too large no more is taken than the limit and what stands in buffers. */
export function bodyWork({ sentBytes }: Reply): Work {
  return { limit: 'httpBodyBytesMax', used: Math.max(0, sentBytes - bufferedBytes) }
}

/** The log, the sections of insights.md as its rendered text has them, and every file that is nobody's business. */
async function stateOf({ project }: Daybook, folder: string): Promise<State> {
  const recorded = await Array.fromAsync(project.store.readAll())
  await project.view.refresh()
  const document = project.view.document('insights')
  const { preamble, sections } = splitSections(document === null ? '' : renderDocument(document))
  const owned = new Map((document?.sections ?? []).map((one) => [one.heading, one.owner]))
  return {
    events: recorded
      .filter(({ type }) => type !== 'LogSealed')
      .map((event) => ({ type: event.type, stream: event.stream, text: JSON.stringify(event) })),
    documents: {
      'insights, before its sections': preamble,
      ...Object.fromEntries(
        sections.map(({ heading, text }) => [
          `insights ## ${heading}`,
          `${owned.get(heading)}: ${text.trimEnd()}`,
        ]),
      ),
    },
    files: filesIn(folder, ['agents', 'outside', 'workspace']),
  }
}

export function filesIn(folder: string, places: readonly string[]): Record<string, string> {
  const names = places.flatMap((place) =>
    readdirSync(join(folder, place), { recursive: true, encoding: 'utf8' }).map((name) => join(place, name)),
  )
  const files = names.filter((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.isFile())
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), 'latin1')]))
}
