import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { limits } from '../../../src/kernel/limits.ts'
import { follow, noted, refusal } from '../../contract/given.ts'
import { givenServer, givenStore } from './given-server.ts'
import { makeCertificate } from './server/certificate.ts'

test('a server that is away is said to be; everything goes on when it is there', async () => {
  const gone = await givenServer()
  await gone.stop()
  const store = await givenStore(gone.url)
  const following = follow(store)
  const health = await store.health()
  expect(health.state).toBe('unavailable')
  expect(health.detail).toMatch(/cannot be reached.*ECONNREFUSED.*Check that it runs/u)
  await givenServer({ port: gone.port, log: gone.log })
  expect(await store.health()).toMatchObject({ state: 'ready' })
  await store.append('memory-a', [noted()], { expected: 'no_stream' })
  await following.until(() => following.events().length === 1)
  await store.close()
  expect(await store.health()).toMatchObject({ state: 'closed' })
})

test('a host name that nobody knows is said to be unreachable', async () => {
  const store = await givenStore('esdb://nowhere.invalid:2113?tls=false')
  const { state, detail } = await store.health({ timeoutMs: 3_000 })
  expect(state).toBe('unavailable')
  expect(detail).toContain('nowhere.invalid')
})

test('a silent server is unavailable within the time given', async () => {
  const server = await givenServer()
  const store = await givenStore(server.url)
  server.gate.swallow()
  const began = performance.now()
  expect(await store.health({ timeoutMs: 300 })).toMatchObject({ state: 'unavailable' })
  expect(performance.now() - began).toBeLessThan(limits.storeTimeoutMs)
  server.gate.open()
  expect(await store.health()).toMatchObject({ state: 'ready' })
})

test('certificate and password: what is wrong is said, and the password is not', async () => {
  const certificate = makeCertificate()
  const server = await givenServer({ certificate, credentials: 'admin:correct:horse' })
  const folder = await mkdtemp(join(tmpdir(), 'daybook-tls-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const authority = join(folder, 'ca.pem')
  await writeFile(authority, certificate.cert)
  const url = (user: string, options: string) => `kurrentdb://${user}@127.0.0.1:${server.port}?${options}`

  const untrusting = await givenStore(url('admin:correct%3Ahorse', 'tls=true'))
  const untrusted = await untrusting.health()
  expect(untrusted.state).toBe('unavailable')
  expect(untrusted.detail).toMatch(/certificate is not trusted.*tlsCAFile=FILE/u)

  const stranger = await givenStore(url('admin:secret', `tlsCAFile=${encodeURIComponent(authority)}`))
  const denied = await refusal(stranger.append('memory-a', [noted()], { expected: 'no_stream' }))
  expect(denied.code).toBe('access_denied')
  expect(denied.message).toMatch(/Check user and password/u)
  for (const text of [denied.message, stranger.description, untrusted.detail])
    expect(text).not.toMatch(/secret|correct|horse/u)

  for (const options of [`tlsCAFile=${encodeURIComponent(authority)}`, 'tlsVerifyCert=false']) {
    const store = await givenStore(url('admin:correct:horse', options))
    expect(await store.health()).toMatchObject({ state: 'ready' })
    await store.append('memory-a', [noted()], { expected: 'any' })
  }
})

test('a certificate file that is not there, or is none, is wrong usage', async () => {
  await expect(givenStore('esdb://h?tlsCAFile=/nowhere/ca.pem')).rejects.toMatchObject({ code: 'usage' })
})
