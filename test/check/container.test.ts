import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import process from 'node:process'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

// No Docker engine was available where these files were written: nothing here builds or starts a container.
// The Compose file was checked once against the Compose specification's JSON schema; the shape below repeats
// the keys that it uses, so that a misspelt one is found.

const root = resolve(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(resolve(root, file), 'utf8')
const duration = z.string().regex(/^\d+s$/u)

const Compose = z.strictObject({
  services: z.strictObject({
    daybook: z.strictObject({
      build: z.literal('.'),
      image: z.string(),
      init: z.boolean(),
      restart: z.enum(['no', 'always', 'on-failure', 'unless-stopped']),
      command: z.array(z.string()),
      environment: z.record(z.string(), z.string().nullable()),
      ports: z.array(z.string().regex(/^127\.0\.0\.1:\d+:\d+$/u, 'published on loopback only')),
      volumes: z.array(z.string().regex(/^[^:]+:\/[^:]+(?::ro)?$/u)),
      healthcheck: z.strictObject({
        test: z.tuple([z.literal('CMD'), z.literal('node'), z.literal('-e'), z.string()]),
        interval: duration,
        timeout: duration,
        start_period: duration,
        retries: z.int(),
      }),
      stop_grace_period: duration,
    }),
  }),
  volumes: z.record(z.string(), z.null()),
})

const compose = Compose.parse(parse(read('docker-compose.yml')))
const service = compose.services.daybook
/** One instruction an entry, continued lines joined, comments left out. */
const instructions = read('Dockerfile')
  .replaceAll(/\\\n\s*/gu, '')
  .split('\n')
  .filter((line) => line.trim() !== '' && !line.startsWith('#'))
const of = (name: string) =>
  instructions.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1))
const list = (json: string | undefined) => z.array(z.string()).parse(JSON.parse(json ?? 'null'))

describe('docker-compose.yml', () => {
  test('refuses to start without a key, because it listens elsewhere than on loopback', () => {
    expect(service.command).toEqual(expect.arrayContaining(['--host', '0.0.0.0']))
    expect(service.environment.DAYBOOK_API_KEY).toMatch(/^\$\{DAYBOOK_API_KEY:\?.+\}$/u)
  })

  test('holds no secret', () => {
    expect(service.environment.ANTHROPIC_API_KEY).toBeNull()
  })

  test('every named volume is declared, and every declared one is used', () => {
    const named = service.volumes
      .map((volume) => volume.split(':')[0] ?? '')
      .filter((name) => /^\w/u.test(name))
    expect(named.toSorted()).toEqual(Object.keys(compose.volumes).toSorted())
  })

  test('mounts what the image keeps: the log, the memory and the agents', () => {
    const mounted = service.volumes.map((volume) => volume.split(':')[1])
    expect(mounted).toEqual(['/data', '/memory', '/agents'])
    const environment = of('ENV').join(' ')
    for (const path of mounted) expect(environment).toContain(`=${path}`)
  })

  test('starts what the image starts', () => {
    expect(service.command).toEqual(list(of('CMD')[0]))
  })
})

describe('Dockerfile', () => {
  test('runs as a user who is not root, and ends on SIGTERM', () => {
    const lastStage = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM ')))
    expect(lastStage).toContain('USER node')
    expect(lastStage).toContain('STOPSIGNAL SIGTERM')
  })

  test('copies only what exists and what .dockerignore lets through', () => {
    const allowed = new Set(
      read('.dockerignore')
        .split('\n')
        .filter((line) => line.startsWith('!'))
        .map((line) => line.slice(1)),
    )
    const sources = of('COPY')
      .filter((copy) => !copy.startsWith('--from'))
      .flatMap((copy) => copy.split(' ').slice(0, -1))
    expect(sources.filter((source) => !existsSync(resolve(root, source)))).toEqual([])
    expect(sources.filter((source) => !allowed.has(source))).toEqual([])
  })

  test('starts the command that package.json publishes', () => {
    const { bin } = z
      .object({ bin: z.object({ daybook: z.string() }) })
      .parse(JSON.parse(read('package.json')))
    expect(list(of('ENTRYPOINT')[0])).toEqual(['node', bin.daybook])
  })
})

describe('the health check', () => {
  const script = service.healthcheck.test[3]

  async function exitCode(port: number): Promise<number | null> {
    const code = script.replace(':8080/', `:${port}/`)
    const child = spawn(process.execPath, ['-e', code], { stdio: 'ignore' })
    const [exit] = (await once(child, 'exit')) as [number | null]
    return exit
  }

  test('is the same in the image and in the Compose file', () => {
    expect(instructions.some((line) => line.startsWith('HEALTHCHECK ') && line.includes(script))).toBe(true)
  })

  test.each([
    [200, 0],
    [503, 1],
  ])('an answer of %i from /healthz ends it with %i', async (status, expected) => {
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/healthz' ? status : 404).end()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    try {
      expect(await exitCode(port)).toBe(expected)
    } finally {
      server.close()
    }
  })

  test('nobody listening ends it with 1', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    expect(await exitCode(port)).toBe(1)
  })
})
