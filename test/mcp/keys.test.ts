import { describe, expect, test } from 'vitest'
import { createKey } from '../../src/runtime/access/api-keys.ts'
import { call, overHttp, type Protocol, project, type Served, served } from './given.ts'

const by = { kind: 'person', id: 'owner' } as const

async function keyFor({ daybook }: Served, agent: string): Promise<string> {
  const { secret } = await createKey(daybook.project, { name: agent, role: 'agent', agent, by })
  return secret
}

describe.each<Protocol>(['2025-11-25', '2026-07-28'])("an agent's key over MCP %s", (protocol) => {
  test('speaks as that agent only, and is told nothing about the handoffs of others', async () => {
    const server = await served(await project())
    const planner = await overHttp(server.url, protocol, await keyFor(server, 'system-planner'))
    const keeper = await overHttp(server.url, protocol, await keyFor(server, 'bench-keeper'))
    const need = 'Run load tests of the upload service and measure throughput'
    const forged = await call(planner, 'hand_off', { agent: 'load-runner', need })
    expect(forged.isError).toBe(true)
    const handed = await call(planner, 'hand_off', { need, to: 'load-runner' })
    expect(handed.isError).toBe(false)
    const { handoff } = handed.data
    expect((await call(planner, 'why', { handoff })).isError).toBe(false)
    const others = await call(keeper, 'why', { handoff })
    expect(others).toMatchObject({
      isError: true,
      text: expect.stringContaining('bench-keeper has no handoff'),
    })
    expect((await call(keeper, 'inbox', { agent: 'load-runner' })).isError).toBe(true)
    const events = await Array.fromAsync(server.daybook.project.store.readAll())
    const requested = events.filter(({ type }) => type === 'HandoffRequested')
    expect(requested.map(({ meta }) => meta.actor)).toEqual([{ kind: 'agent', id: 'system-planner' }])
  })

  test('without a key, or with a reader’s, there is no connection', async () => {
    const server = await served(await project())
    const { secret } = await createKey(server.daybook.project, { name: 'r', role: 'reader', by })
    await expect(overHttp(server.url, protocol)).rejects.toThrow()
    await expect(overHttp(server.url, protocol, secret)).rejects.toThrow()
  })
})
