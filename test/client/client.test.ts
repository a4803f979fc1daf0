import { expect, test } from 'vitest'
import { examineServer } from '../../src/cli/doctor-url.ts'
import { daybookClient } from '../../src/client/client.ts'
import { createKey } from '../../src/runtime/access/api-keys.ts'
import { served } from '../api/given.ts'

const by = { kind: 'person', id: 'owner' } as const

test('the typed client hands over, reads and pages, with types from the routes', async () => {
  const { url } = await served()
  const client = daybookClient(url)
  const handed = await client.v1.handoffs.$post({
    header: { 'idempotency-key': 'one' },
    json: { from: 'person', need: 'Run load tests of the upload service' },
  })
  if (handed.status !== 201) throw new Error(`answered ${handed.status}`)
  const { id, chosen, workflow } = await handed.json()
  expect(chosen).toBe('load-runner')
  const shown = await client.v1.handoffs[':id'].$get({ param: { id } })
  expect(await shown.json()).toMatchObject({ id, workflow, to: 'load-runner' })
  const listed = await client.v1.workflows.$get({ query: { limit: '1' } })
  expect(await listed.json()).toMatchObject({ workflows: [{ id: workflow }], next: null })
  // @ts-expect-error: a need is a text, and the compiler knows.
  const wrong = await client.v1.handoffs.$post({ header: {}, json: { from: 'person', need: 7 } })
  expect(wrong.status).toBe(400)
})

const version = '0.0.0'

test('a server that runs is found well, and the key is tried', async () => {
  const { url, daybook } = await served()
  const well = await examineServer({ url, key: null, version })
  expect(well.map(({ check, status }) => `${check} ${status}`)).toEqual(['server ok', 'ready ok', 'entry ok'])
  const { secret } = await createKey(daybook.project, { name: 'doctor', role: 'reader', by })
  const withKey = await examineServer({ url, key: secret, version })
  expect(withKey.at(-1)).toMatchObject({ check: 'entry', status: 'ok' })
  expect(JSON.stringify(withKey)).not.toContain(secret)
  // What was seen before there was a key is believed for a moment.
  await expect
    .poll(async () => (await examineServer({ url, key: null, version })).at(-1)?.status, { timeout: 60_000 })
    .toBe('failed')
  const other = await examineServer({ url, key: null, version: '9.9.9' })
  expect(other[0]).toMatchObject({ check: 'server', status: 'note' })
})

test('what cannot be reached, or is no address, is said', async () => {
  const [gone] = await examineServer({ url: 'http://127.0.0.1:9', key: null, version })
  expect(gone).toMatchObject({ check: 'server', status: 'failed' })
  for (const url of ['localhost', 'file:///etc/passwd', 'http://key@localhost'])
    await expect(examineServer({ url, key: null, version })).rejects.toThrow(/expected an address/u)
})
