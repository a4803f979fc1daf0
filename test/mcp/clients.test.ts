import type { Client } from '@modelcontextprotocol/client'
import { expect, test } from 'vitest'
import { call, overHttp, overStdio, type Protocol, project, served } from './given.ts'

const protocols: readonly Protocol[] = ['2025-06-18', '2025-11-25', '2026-07-28']

const ways = protocols.flatMap((protocol) => [
  {
    way: 'stdio',
    protocol,
    connect: async () => overStdio(await project(), protocol),
  },
  {
    way: 'HTTP',
    protocol,
    connect: async () => overHttp((await served(await project())).url, protocol),
  },
])

test.each(ways)(
  'a client of $protocol works over $way: past, own and foreign section',
  async ({ protocol, connect }) => {
    const client = await connect()
    expect(client.getNegotiatedProtocolVersion()).toBe(protocol)

    const now = await call(client, 'read_memory', { section: 'System Plans' })
    expect(now.text).toContain('one queue')

    const text = '## System Plans\n\n- Uploads go through two queues.\n'
    const own = { agent: 'system-planner', text, revision: now.data.revision }
    expect(await call(client, 'write_section', own)).toMatchObject({
      isError: false,
      data: { opened: false },
    })
    expect((await call(client, 'read_memory')).text).toContain('two queues')
    const yesterday = await call(client, 'read_memory', { section: 'System Plans', at: '1 day ago' })
    expect(yesterday.text).toContain('one queue')

    const foreign = {
      agent: 'load-runner',
      section: 'System Plans',
      text: '## System Plans\n\nMine.\n',
      revision: now.data.revision,
    }
    const refused = await call(client, 'write_section', foreign)
    expect(refused).toMatchObject({ isError: true, data: { code: 'not_owner', owner: 'system-planner' } })
    expect(refused.text).toContain('system-planner')
    await handsWorkOn(client)
  },
)

async function handsWorkOn(client: Client): Promise<void> {
  const handed = await call(client, 'hand_off', {
    agent: 'system-planner',
    need: 'Measure the throughput of the upload service under load',
  })
  expect(handed).toMatchObject({ isError: false, data: { chosen: 'load-runner' } })
}
