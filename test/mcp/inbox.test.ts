import type { Client } from '@modelcontextprotocol/client'
import { expect, test } from 'vitest'
import { agentFile, crew } from '../api/given.ts'
import { call, overHttp, overStdio, project, served } from './given.ts'

const need = 'Measure the throughput of the upload service under load'

async function handedTo(client: Client): Promise<string> {
  const { data } = await call(client, 'hand_off', { agent: 'system-planner', need })
  return data.handoff
}

test('a declined handoff goes to somebody else, and never back', async () => {
  const client = await overHttp((await served(await project())).url, '2025-06-18')
  const handoff = await handedTo(client)
  const said = { agent: 'load-runner', handoff, reason: 'No machine is free.' }
  const declined = await call(client, 'decline_handoff', said)
  expect(declined.isError).toBe(false)
  expect(declined.data.to).not.toBe('load-runner')
  expect((await call(client, 'inbox', { agent: 'load-runner' })).data.items).toEqual([])
  const late = await call(client, 'accept_handoff', { agent: 'load-runner', handoff })
  expect(late.isError).toBe(true)
})

test('what is completed is completed once: the same words again are taken, other ones refused', async () => {
  const client = await overHttp((await served(await project())).url, '2026-07-28')
  const handoff = await handedTo(client)
  const { data } = await call(client, 'accept_handoff', { agent: 'load-runner', handoff })
  const said = { agent: 'load-runner', handoff, epoch: data.epoch, summary: 'Done.', labels: 'as_it_is' }
  expect(await call(client, 'complete_handoff', said)).toMatchObject({ isError: false })
  expect(await call(client, 'complete_handoff', said)).toMatchObject({ isError: false })
  const other = await call(client, 'complete_handoff', { ...said, summary: 'Something else.' })
  expect(other).toMatchObject({ isError: true, data: { code: 'not_open', status: 'completed' } })
})

test('what is said under another epoch or as another agent counts for nothing', async () => {
  const { url, daybook } = await served(await project())
  const client = await overHttp(url, '2026-07-28')
  const handoff = await handedTo(client)
  const { data } = await call(client, 'accept_handoff', { agent: 'load-runner', handoff })
  const wrong = [
    await call(client, 'complete_handoff', { agent: 'load-runner', handoff, epoch: 7, summary: 'Done.' }),
    await call(client, 'complete_handoff', {
      agent: 'bench-keeper',
      handoff,
      epoch: data.epoch,
      summary: 'Done.',
    }),
    await call(client, 'report_progress', {
      agent: 'bench-keeper',
      handoff,
      epoch: data.epoch,
      note: 'Mine',
    }),
    await call(client, 'write_section', {
      agent: 'system-planner',
      text: '## System Plans\n\nFor the work of another.\n',
      revision: 0,
      working_on: { handoff, epoch: data.epoch },
    }),
  ]
  expect(wrong.map((one) => one.data.code)).toEqual(['lease_lost', 'not_yours', 'not_yours', 'not_yours'])
  const types = await Array.fromAsync(
    daybook.project.store.readStream(`handoff-${handoff}`),
    ({ type }) => type,
  )
  expect(types.at(-1)).toBe('HandoffAccepted')
})

test('a connection that speaks for one agent hands over as that agent, and takes no other work', async () => {
  const client = await overStdio(await project(), '2025-11-25', ['--agent', 'load-runner'])
  const first = await call(client, 'hand_off', { need: 'Plan the boundaries of the upload service' })
  expect(first.data.chosen).toBe('system-planner')
  const other = await call(client, 'accept_handoff', { handoff: first.data.handoff })
  expect(other).toMatchObject({ isError: true, data: { code: 'not_yours' } })
})

test('a person hands over by leaving the sender out; an agent that works hands on in the same workflow', async () => {
  const { url, daybook } = await served(await project())
  const client = await overHttp(url, '2026-07-28')
  const { data } = await call(client, 'hand_off', { need })
  expect(data.chosen).toBe('load-runner')
  const taken = await call(client, 'accept_handoff', { agent: 'load-runner', handoff: data.handoff })
  const working_on = { handoff: data.handoff, epoch: taken.data.epoch }
  const on = {
    agent: 'load-runner',
    need: 'Book the benchmark machines for a week',
    to: 'bench-keeper',
    working_on,
  }
  const handed = await call(client, 'hand_off', on)
  expect(handed).toMatchObject({ isError: false, data: { chosen: 'bench-keeper', workflow: data.workflow } })
  expect((await call(client, 'hand_off', on)).data.handoff).toBe(handed.data.handoff)
  const requested = []
  for await (const event of daybook.project.store.readAll())
    if (event.type === 'HandoffRequested')
      requested.push((event.data as { from: { kind: string } }).from.kind)
  expect(requested).toEqual(['person', 'agent'])
})

test('the same key hands over once', async () => {
  const client = await overHttp((await served(await project())).url, '2025-06-18')
  const said = { agent: 'system-planner', need, key: 'load-1' }
  const first = await call(client, 'hand_off', said)
  expect((await call(client, 'hand_off', said)).data.handoff).toBe(first.data.handoff)
  const other = await call(client, 'hand_off', { ...said, need: `${need}, twice` })
  expect(other).toMatchObject({ isError: true, data: { code: 'key_reused' } })
})

test('what the receiver needs first is listed, waits in the inbox of the sender, and is supplied by nobody else', async () => {
  const picky = agentFile('load-runner', {
    description: 'Runs load tests and measures throughput of services under load',
    heading: 'Load Results',
    patterns: '- **Handoff requirements**: load profile, throughput target',
  })
  const client = await overHttp(
    (await served(await project({ ...crew, 'load-runner': picky }))).url,
    '2026-07-28',
  )
  const handed = await call(client, 'hand_off', { agent: 'system-planner', need })
  expect(handed).toMatchObject({
    isError: true,
    data: {
      code: 'requirements_missing',
      chosen: 'load-runner',
      missing: ['load profile', 'throughput target'],
    },
  })
  const back = await call(client, 'inbox', { agent: 'system-planner' })
  expect(back.data.items).toMatchObject([
    { state: 'returned', missing: ['load profile', 'throughput target'] },
  ])
  const handoff = back.data.items[0].id
  const provides = [
    { requirement: 'load profile', value: '200 uploads at once, 5 MB each' },
    { requirement: 'throughput target', value: '50 uploads a second' },
  ]
  const stranger = await call(client, 'supply_handoff', { agent: 'bench-keeper', handoff, provides })
  expect(stranger).toMatchObject({ isError: true, data: { code: 'forged_sender' } })
  const some = await call(client, 'supply_handoff', {
    agent: 'system-planner',
    handoff,
    provides: provides.slice(0, 1),
  })
  expect(some.data).toMatchObject({ status: 'returned', missing: ['throughput target'] })
  const all = await call(client, 'supply_handoff', {
    agent: 'system-planner',
    handoff,
    provides: provides.slice(1),
  })
  expect(all.data).toMatchObject({ status: 'routed', to: 'load-runner', missing: [] })
  const taken = await call(client, 'accept_handoff', { agent: 'load-runner', handoff })
  expect(taken.text).toContain('200 uploads at once')
})
