import { mkdirSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { startServer } from '../../src/cli/server.ts'
import { openDaybook } from '../../src/runtime/daybook.ts'
import { resolveSettings, shippedAgents } from '../../src/runtime/settings.ts'

/**
 * A server in a process of its own: `node http-server.ts daybook FOLDER` or `node http-server.ts bare`. Tells its
 * port when it listens, and its memory and computing time when asked; ends with the process that began it.
 */
export interface Usage {
  readonly rssMb: number
  readonly cpuMs: number
  /** What is in use after a collection, in the heap and beside it. */
  readonly heldMb: number
}

const [, , kind, folder] = process.argv

const port = kind === 'bare' ? await serveBare() : await serveDaybook(folder!)
process.send!({ port })
process.on('message', (asked) => {
  if (asked === 'memory') globalThis.gc?.()
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed, external } = process.memoryUsage()
  const usage: Usage = {
    rssMb: Math.round(rss / 1024 ** 2),
    heldMb: Math.round((heapUsed + external) / 1024 ** 2),
    cpuMs: (user + system) / 1_000,
  }
  process.send!(usage)
})
process.on('disconnect', () => process.exit())

/** The same adapter with one route that reads its body and does nothing. */
async function serveBare(): Promise<number> {
  const app = new Hono()
  app.post('/*', async (c) => {
    const { epoch = 0 } = await c.req.json<{ epoch?: number }>()
    return c.json({ epoch }, 201)
  })
  const server = createAdaptorServer({ fetch: app.fetch })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** As `daybook serve` does, with agents that all live elsewhere: nobody takes the work but who asks for it. */
async function serveDaybook(dir: string): Promise<number> {
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, 'daybook.config.json'), JSON.stringify({ external: 'all' }))
  const place = { dir, agents: shippedAgents(), memory: join(dir, 'memory') }
  const daybook = await openDaybook(resolveSettings(place, {}, dir), { agents: 'sync', documents: 'sync' })
  const { url } = await startServer(daybook, { host: '127.0.0.1', port: 0 }, { say: console.error })
  return Number(new URL(url).port)
}
