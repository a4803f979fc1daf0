import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { startMessagesServer } from '../models/server/messages-server.ts'
import type { AnswerPlay, Block, MessagesRequest } from '../models/server/play.ts'
import { teamBrain } from '../models/server/team-brain.ts'
import { whenUnconnected } from '../models/server/when-unconnected.ts'
import { crewAnswer } from './crew.ts'

/** A model call that reached the world outside. */
export interface AskedCall {
  /** As `ModelAnswered` names the request that it is the answer to. */
  readonly id: string
  /** Equal for equal requests. */
  readonly digest: string
  /** Kills of this history that came before it. */
  readonly kills: number
}

/** What the world outside remembers. */
export interface OutsideMemory {
  readonly calls: readonly AskedCall[]
  readonly effects: readonly (readonly [string, number])[]
  /** What was said to a key. */
  readonly keys: readonly (readonly [string, string])[]
  readonly kills: number
}

/** The world outside the processes that are killed: it counts what they do, and remembers it. */
export interface Outside {
  readonly url: string
  /** Of the Messages server. */
  readonly messagesUrl: string
  /** In the order in which they arrived. */
  readonly calls: readonly AskedCall[]
  /** How often each effect happened, by its token. */
  readonly effects: ReadonlyMap<string, number>
  /** A process was killed. Resolves when everything that it had sent has arrived. */
  killed(): Promise<void>
  memory(): OutsideMemory
  close(): Promise<void>
}

const nothing: OutsideMemory = { calls: [], effects: [], keys: [], kills: 0 }

/** Starts the world, new or with what it remembers. */
export async function startOutside(memory: OutsideMemory = nothing): Promise<Outside> {
  const calls: AskedCall[] = [...memory.calls]
  const effects = new Map(memory.effects)
  const keys = new Map(memory.keys)
  let { kills } = memory
  const count = (id: string, request: unknown) => calls.push({ id, digest: digestOf(request), kills })
  const answer = (path: string, body: { token: string; key: string }): unknown => {
    if (path === '/model') {
      const id = `stand-in-${calls.length}`
      count(id, body)
      return { id }
    }
    const [, , tool = ''] = path.split('/')
    if (tool === 'look') return { said: keys.get(body.key) ?? null }
    const said = `${body.token}: done`
    if (tool === 'lookup' || (tool === 'charge' && keys.has(body.key))) return { said }
    keys.set(body.key, said)
    effects.set(body.token, (effects.get(body.token) ?? 0) + 1)
    return { said }
  }
  const server = createServer((incoming, outgoing) => {
    // A body that was cut off by a kill asks for nothing.
    text(incoming)
      .then((body) => outgoing.end(JSON.stringify(answer(incoming.url ?? '', JSON.parse(body)))))
      .catch(() => outgoing.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const messages = await startMessagesServer({
    requestsBefore: calls.length,
    script: (request) => {
      count(`req_${String(calls.length + 1).padStart(6, '0')}`, request)
      return played(request)
    },
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    messagesUrl: messages.url,
    calls,
    effects,
    killed: async () => {
      await Promise.all([whenUnconnected(server), messages.unconnected()])
      kills += 1
    },
    memory: () => ({ calls: [...calls], effects: [...effects], keys: [...keys], kills }),
    close: async () => {
      server.closeAllConnections()
      await Promise.all([messages.close(), new Promise((resolve) => server.close(resolve))])
    },
  }
}

/** Who has no script keeps a section and sums up. */
function played(request: MessagesRequest): AnswerPlay {
  const answer = crewAnswer(request)
  return answer === null ? teamBrain(request) : { content: answer.content as Block[] }
}

function digestOf(request: unknown): string {
  return createHash('sha256').update(JSON.stringify(request)).digest('hex')
}
