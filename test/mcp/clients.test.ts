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
  'a client of $protocol works over $way: past, own and foreign section, a handoff to its end',
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

/** Hand off, find it in the inbox, accept, write the own section for it, complete; others cannot. */
async function handsWorkOn(client: Client): Promise<void> {
  const handed = await call(client, 'hand_off', {
    agent: 'system-planner',
    need: 'Measure the throughput of the upload service under load',
  })
  expect(handed).toMatchObject({ isError: false, data: { chosen: 'load-runner' } })
  const { handoff } = handed.data

  const me = { agent: 'load-runner' }
  const inbox = await call(client, 'inbox', me)
  expect(inbox.data.items).toMatchObject([{ id: handoff, state: 'open', from: 'system-planner' }])
  const stranger = await call(client, 'accept_handoff', { agent: 'bench-keeper', handoff })
  expect(stranger).toMatchObject({ isError: true, data: { code: 'not_yours' } })

  const taken = await call(client, 'accept_handoff', { ...me, handoff, worker: 'run-1' })
  expect(taken).toMatchObject({ isError: false, data: { epoch: 1, worker: 'run-1' } })
  expect(taken.text).toContain('Measure the throughput')
  const twice = await call(client, 'accept_handoff', { ...me, handoff, worker: 'run-2' })
  expect(twice).toMatchObject({ isError: true, data: { code: 'lease_held' } })

  const working_on = { handoff, epoch: taken.data.epoch }
  const text = '## Load Results\n\n- 400 uploads a second\n'
  const wrote = await call(client, 'write_section', { ...me, text, revision: null, working_on })
  expect(wrote.isError).toBe(false)
  const noted = await call(client, 'report_progress', { ...me, ...working_on, note: 'Half of it' })
  expect(noted.isError).toBe(false)

  const done = { ...me, ...working_on, summary: 'Measured: 400 uploads a second.' }
  expect(await call(client, 'complete_handoff', done)).toMatchObject({ isError: false, data: { handoff } })
  expect((await call(client, 'inbox', me)).data.items).toEqual([])
  const why = await call(client, 'why', { line: '400 uploads' })
  expect(why.data).toMatchObject({
    line: { by: { id: 'load-runner' } },
    session: { id: taken.data.session, runner: 'external' },
    handoff: { id: handoff, from: 'system-planner' },
  })
  expect((await call(client, 'why', { handoff })).data.status).toBe('completed')
}
