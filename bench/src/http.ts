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
 * nothing: the servers in processes of their own, the load from this one. With the store in memory, where no disk
 * hides the work, and on the disk.
 *
 * `node bench/src/http.ts [--requests 6000] [--rounds 7]`; one JSON line a figure.
 */
const connections = 64
const requests = numberOf('--requests', 6_000)
const rounds = numberOf('--rounds', 7)

interface Server {
  readonly port: number
  readonly usage: () => Promise<Usage>
  readonly child: ChildProcess
}

const bare = await begin('bare')
const bareLoad = await Load.open(bare.port, connections)
try {
  await measure('the store on tmpfs', mkdtempSync('/dev/shm/daybook-http-'))
  if (process.env.BENCH_DISK !== 'no')
    await measure('the store on the disk', mkdtempSync(join(tmpdir(), 'daybook-http-')))
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
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  const usage = async () => {
    child.send('usage')
    return ((await once(child, 'message')) as [Usage])[0]
  }
  return { port, usage, child }
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
    const each = (ms: number) => Math.round((ms * 1_000) / (requests * (rounds + 1)))
    console.log(
      JSON.stringify({
        what: 'computing of the server for a request, microseconds',
        figures: { daybook: each(spent.daybook), bare: each(spent.bare) },
      }),
    )
  } finally {
    load.close()
    server.child.disconnect()
    await once(server.child, 'exit')
    rmSync(folder, { recursive: true })
  }
}

function counting(
  server: Server,
  name: 'daybook' | 'bare',
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

/** As many agents that live elsewhere as there are connections, each at work on a handoff of its own. */
async function reports(port: number): Promise<(lane: number) => Buffer> {
  const bytes = await Promise.all(
    Array.from({ length: connections }, async (_, index) => {
      const need = `Measure the endpoint that lists invoices, part ${index}`
      const { id, chosen } = await post(port, '/v1/handoffs', { from: 'person', need, to: 'tester' })
      const { epoch } = await post(port, `/v1/handoffs/${id}/accept`, {
        agent: chosen,
        worker: `bench-${index}`,
      })
      const body = { epoch, note: 'Half of the paths are measured.' }
      return jsonRequest('POST', `/v1/handoffs/${id}/progress`, body)
    }),
  )
  return (lane) => bytes[lane]!
}

async function post(port: number, path: string, body: unknown) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  const answer = await response.json()
  if (!response.ok) throw new Error(JSON.stringify(answer))
  return answer as { id: string; chosen: string; epoch: number }
}
