import type { Client } from '@modelcontextprotocol/client'
import { expect, test } from 'vitest'
import { limits } from '../../src/kernel/limits.ts'
import { call, overHttp, overStdio, project, served } from './given.ts'

const mine = 'daybook://memory/insights/load-results'
const text = '## Load Results\n\n- 400 a second\n'
const write = { agent: 'load-runner', text, revision: null }

/** Resolves with the first address that the client is told of. */
function firstTold(client: Client): Promise<string> {
  return new Promise((resolve) => {
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => resolve(params.uri))
  })
}

test('a client of the earlier protocols hears over stdio of what it subscribed to, and of nothing else', async () => {
  const client = await overStdio(await project(), '2025-06-18')
  const told = firstTold(client)
  await client.subscribeResource({ uri: mine })
  expect((await call(client, 'write_section', write)).isError).toBe(false)
  expect(await told).toBe(mine)
})

test.each(['stdio', 'HTTP'])('a client of the later protocol hears of changes over %s', async (way) => {
  const folder = await project()
  const client =
    way === 'stdio'
      ? await overStdio(folder, '2026-07-28')
      : await overHttp((await served(folder)).url, '2026-07-28')
  const told = firstTold(client)
  await client.listen({ resourceSubscriptions: [mine] })
  expect((await call(client, 'write_section', write)).isError).toBe(false)
  expect(await told).toBe(mine)
})

test('over HTTP an earlier client is not promised what nobody could tell it', async () => {
  const client = await overHttp((await served(await project())).url, '2025-06-18')
  expect(client.getServerCapabilities()?.resources?.subscribe).toBe(false)
  await expect(client.subscribeResource({ uri: mine })).rejects.toThrow()
})

test('subscriptions are bounded', async () => {
  const client = await overStdio(await project(), '2025-11-25')
  for (let count = 0; count < limits.mcpSubscriptionsMax; count += 1)
    await client.subscribeResource({ uri: `${mine}-${count}` })
  await expect(client.subscribeResource({ uri: mine })).rejects.toThrow(/unsubscribe/u)
  await client.unsubscribeResource({ uri: `${mine}-0` })
  await client.subscribeResource({ uri: mine })
})
