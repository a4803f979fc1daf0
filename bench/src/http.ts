import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jsonRequest, Load } from './http-load.ts'
import type { Usage } from './http-server.ts'
import { numberOf, race, tell } from './race.ts'

/**
 * POSTs over 64 connections that are kept, beside a Hono handler on the same adapter that reads its body and does
 * nothing: one event in each, and several in each (counted by events, beside the handler's requests). The servers are
 * in processes of their own, the load comes from this one. With the store in memory, where no disk hides the work,
 * and on the disk.
 *
 * Then the same with clients that follow the log, and without; only that with `--streams`.
 *
 * `node bench/src/http.ts [--requests 6000] [--rounds 7] [--streams]`; one JSON line a figure.
 */
const connections = 64
const requests = numberOf('--requests', 6_000)
const rounds = numberOf('--rounds', 7)
/** Notes that a client sends together; every one is an event of its own. */
const together = [8, 32]
const quietOnes = 250
/** Requests whose events are more than the system keeps for a client that takes nothing. */
const filling = 8_000

interface Server {
  readonly port: number
  readonly usage: (about?: 'memory') => Promise<Usage>
  readonly child: ChildProcess
}

const bare = await begin('bare')
const bareLoad = await Load.open(bare.port, connections)
try {
  if (!process.argv.includes('--streams')) {
    await measure('the store in memory', mkdtempSync('/dev/shm/daybook-http-'))
    await measure('the store on the disk', mkdtempSync(join(tmpdir(), 'daybook-http-')))
  }
  await measureStreams()
} finally {
  bareLoad.close()
  bare.child.disconnect()
}

async function begin(kind: 'bare' | 'daybook', ...more: string[]): Promise<Server> {
  const { ANTHROPIC_API_KEY: _, DAYBOOK_API_KEY: __, ...env } = process.env
  const child = fork(join(import.meta.dirname, 'http-server.ts'), [kind, ...more], {
    env,
    execArgv: ['--expose-gc', ...(process.env.BENCH_SERVER_ARGS?.split(' ') ?? [])],
  })
  const { port } = await told<{ port: number }>(child)
  const usage = (about: 'memory' | 'computing' = 'computing') => {
    child.send(about)
    return told<Usage>(child)
  }
  return { port, usage, child }
}

/** What a process says next. */
async function told<Said>(child: ChildProcess): Promise<Said> {
  const heard = new AbortController()
  const ended = once(child, 'exit', { signal: heard.signal }).then(([code]) => {
    throw new Error(`a process ended with ${code}, see above`)
  })
  try {
    const [said] = await Promise.race([once(child, 'message', { signal: heard.signal }), ended])
    return said as Said
  } finally {
    heard.abort()
    ended.catch(() => undefined)
  }
}

async function measure(where: string, folder: string): Promise<void> {
  const server = await begin('daybook', folder)
  const load = await Load.open(server.port, connections)
  try {
    const report = await reports(server.port)
    const spent = { daybook: 0, bare: 0 }
    const contenders = {
      'POST /v1/handoffs/{id}/progress': counting(server, 'daybook', spent, () =>
        load.send(requests, report),
      ),
      'a Hono handler that does nothing': counting(bare, 'bare', spent, () =>
        bareLoad.send(requests, report),
      ),
    }
    tell(await race(`one event a request, ${connections} connections, ${where}`, contenders, rounds))
    tellSpent(spent)
    for (const notes of together) {
      const many = await reports(server.port, notes - 1)
      const events = {
        [`POST /v1/handoffs/{id}/progress, ${notes} notes in each`]: async () =>
          notes * (await load.send(Math.ceil(requests / notes), many)),
        'a Hono handler that does nothing, requests': () => bareLoad.send(requests, report),
      }
      tell(await race(`${notes} events a request, ${connections} connections, ${where}`, events, rounds))
    }
  } finally {
    load.close()
    await end(server, folder)
  }
}

/**
 * The same load on two servers in turns: 500 clients follow one of them in which nothing happens for them, and 50
 * that take nothing. The other one is left alone.
 */
async function measureStreams(): Promise<void> {
  const folders = [0, 1].map(() => mkdtempSync('/dev/shm/daybook-http-'))
  const followed = await begin('daybook', folders[0]!)
  const alone = await begin('daybook', folders[1]!)
  const loads = [
    await Load.open(followed.port, connections),
    await Load.open(alone.port, connections),
  ] as const
  const report = await reports(followed.port)
  const other = await reports(alone.port)
  const [quiet] = await Promise.all([quietWorkflows(followed.port), quietWorkflows(alone.port)])
  const before = await followed.usage('memory')
  const streams = fork(join(import.meta.dirname, 'http-streams.ts'), [String(followed.port), '500', '50'])
  streams.send(quiet)
  await told(streams)
  // Until the system's buffers of the stalled ones are full: 4 MB each.
  await loads[0].send(filling, report)
  await loads[1].send(filling, other)
  const [full, otherFull] = [await followed.usage('memory'), await alone.usage('memory')]
  const spent = { followed: 0, alone: 0 }
  const contenders = {
    '500 idle and 50 stalled clients': counting(followed, 'followed', spent, () =>
      loads[0].send(requests, report),
    ),
    'no client': counting(alone, 'alone', spent, () => loads[1].send(requests, other)),
  }
  tell(await race('one event a request, while clients follow the log', contenders, rounds))
  tellSpent(spent)
  streams.send('letGo')
  const { letGo } = await told<{ letGo: number }>(streams)
  const [last, otherLast] = [await followed.usage('memory'), await alone.usage('memory')]
  const mb = {
    'followed, in use before the clients': before.heldMb,
    'followed, when they are stalled': full.heldMb,
    'followed, at the end': last.heldMb,
    'alone, after as many requests': otherFull.heldMb,
    'alone, at the end': otherLast.heldMb,
    'followed, resident, when they are stalled': full.rssMb,
    'followed, resident, at the end': last.rssMb,
    'alone, resident, after as many requests': otherFull.rssMb,
    'alone, resident, at the end': otherLast.rssMb,
  }
  console.log(JSON.stringify({ what: 'memory of the servers', mb, figures: { 'let go meanwhile': letGo } }))
  streams.disconnect()
  for (const load of loads) load.close()
  await Promise.all([end(followed, folders[0]!), end(alone, folders[1]!)])
}

async function end({ child }: Server, folder: string): Promise<void> {
  child.disconnect()
  await once(child, 'exit')
  rmSync(folder, { recursive: true })
}

function counting(
  server: Server,
  name: string,
  spent: Record<string, number>,
  run: () => Promise<number>,
): () => Promise<number> {
  return async () => {
    const { cpuMs } = await server.usage()
    const count = await run()
    spent[name]! += (await server.usage()).cpuMs - cpuMs
    return count
  }
}

function tellSpent(spent: Readonly<Record<string, number>>): void {
  const each = (ms: number) => Math.round((ms * 1_000) / (requests * (rounds + 1)))
  const figures = Object.fromEntries(Object.entries(spent).map(([name, ms]) => [name, each(ms)]))
  console.log(JSON.stringify({ what: 'computing of the server for a request, microseconds', figures }))
}

/** As many agents that live elsewhere as there are connections, each at work on a handoff of its own. */
async function reports(port: number, earlier = 0): Promise<(lane: number) => Buffer> {
  const bytes = await Promise.all(
    Array.from({ length: connections }, async (_, index) => {
      const need = `Measure the endpoint that lists invoices, part ${index}`
      const { id, chosen } = await post(port, '/v1/handoffs', { from: 'person', need, to: 'tester' })
      const { epoch } = await post(port, `/v1/handoffs/${id}/accept`, {
        agent: chosen,
        worker: `bench-${index}`,
      })
      const note = 'Half of the paths are measured.'
      const before = Array.from({ length: earlier }, () => note)
      const body = { epoch, note, earlier: earlier === 0 ? undefined : before }
      return jsonRequest('POST', `/v1/handoffs/${id}/progress`, body)
    }),
  )
  return (lane) => bytes[lane]!
}

/** Workflows that wait for an agent that never comes. */
async function quietWorkflows(port: number): Promise<string[]> {
  const ids: string[] = []
  while (ids.length < quietOnes) {
    const need = `Review the endpoint that lists invoices, part ${ids.length}`
    ids.push((await post(port, '/v1/handoffs', { from: 'person', need, to: 'security-reviewer' })).workflow)
  }
  return ids
}

async function post(port: number, path: string, body: unknown) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  const answer = await response.json()
  if (!response.ok) throw new Error(JSON.stringify(answer))
  return answer as { id: string; workflow: string; chosen: string; epoch: number }
}
