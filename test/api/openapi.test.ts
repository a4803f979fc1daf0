import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ask, type Served, send, served } from './given.ts'

/**
 * What openapi.json promises, and nothing else, is used here: a client made from it drives a workflow, and each of
 * its operations is sent valid and invalid requests made from it.
 */

interface Schema {
  readonly [keyword: string]: unknown
}
interface Parameter {
  readonly in: 'path' | 'query' | 'header'
  readonly name: string
  readonly required?: boolean
  readonly schema: Schema
}
interface Operation {
  readonly operationId: string
  readonly method: string
  readonly path: string
  readonly parameters: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
  readonly responses: Readonly<Record<string, Answered>>
}
interface Answered {
  readonly $ref?: string
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>
}
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Omit<Operation, 'method' | 'path'>>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>
    readonly responses: Readonly<Record<string, Answered>>
  }
}

/** Calls operations by their names, knowing nothing but the description. */
class Client {
  readonly operations: readonly Operation[]
  readonly #url: string
  readonly #document: Description
  readonly #auth: Record<string, string>
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false })

  constructor(url: string, document: Description, auth: Record<string, string> = {}) {
    this.#auth = auth
    this.#url = url
    this.#document = document
    this.#ajv.addSchema({ $id: 'api', ...(document as unknown as Schema) })
    this.operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, one]) => ({ ...one, method: method.toUpperCase(), path })),
    )
  }

  schemaOf(operation: Operation): Schema | null {
    return operation.requestBody?.content['application/json']?.schema ?? null
  }

  resolve(schema: Schema): Schema {
    const name = typeof schema.$ref === 'string' ? schema.$ref.split('/').at(-1)! : null
    return name === null ? schema : this.resolve(this.#document.components.schemas[name]!)
  }

  async call(operationId: string, given: { params?: Record<string, string>; body?: unknown } = {}) {
    const operation = this.operations.find((one) => one.operationId === operationId)
    if (operation === undefined) throw new Error(`openapi.json has no operation ${operationId}`)
    const answer = await this.send(operation, {
      path: {},
      query: {},
      headers: {},
      ...given,
      ...at(given.params),
    })
    expect(answer.unlike, `${operationId}: ${JSON.stringify(answer.body)}`).toBeNull()
    return answer
  }

  /** `unlike`: how the answer is not as the description has it; null when it is. */
  async send(operation: Operation, request: Sent) {
    const path = operation.path.replace(/\{(\w+)\}/gu, (_, name: string) =>
      encodeURIComponent(request.path[name] ?? 'x'),
    )
    const query = new URLSearchParams(request.query)
    const headers = {
      ...this.#auth,
      ...request.headers,
      ...(request.body === undefined ? {} : { 'Content-Type': 'application/json' }),
    }
    const body = request.body === undefined ? {} : { body: JSON.stringify(request.body) }
    const answer = await ask(`${this.#url}${path}?${query}`, { method: operation.method, headers, ...body })
    return { ...answer, unlike: this.#difference(operation, answer) }
  }

  #difference(
    operation: Operation,
    { status, headers, body }: Awaited<ReturnType<typeof ask>>,
  ): string | null {
    const pointer = this.#document.paths[operation.path]![operation.method.toLowerCase()]!.responses[status]
    if (pointer === undefined) return `status ${status} is not described`
    const name = pointer.$ref?.split('/').at(-1)
    const answered = name === undefined ? pointer : this.#document.components.responses[name]!
    const type = headers.get('Content-Type')?.split(';')[0] ?? ''
    if (answered.content === undefined) return null
    const described = answered.content[type]
    if (described === undefined) return `content type ${type} is not described`
    if (!type.endsWith('json')) return null
    const [section, key] = name === undefined ? ['paths', null] : ['components/responses', name]
    const place =
      key === null
        ? `${section}/${escaped(operation.path)}/${operation.method.toLowerCase()}/responses/${status}`
        : `${section}/${key}`
    const valid = this.#ajv.getSchema(`api#/${place}/content/${escaped(type)}/schema`)
    if (valid === undefined) return `no schema at ${place}`
    return valid(body) ? null : this.#ajv.errorsText(valid.errors)
  }
}

interface Sent {
  readonly path: Readonly<Record<string, string>>
  readonly query: Record<string, string>
  readonly headers: Record<string, string>
  readonly body?: unknown
}

const at = (path: Record<string, string> | undefined) => (path === undefined ? {} : { path })
const escaped = (text: string) => encodeURIComponent(text.replaceAll('~', '~0').replaceAll('/', '~1'))

let server: Served
let client: Client
/** Things that are there, so that requests reach what lies behind a name. */
interface Known {
  readonly handoff: string
  readonly workflow: string
  readonly session: string
  readonly event: string
}

let known: Known

async function prepare(auth: Record<string, string> = {}): Promise<void> {
  const { body } = await ask(`${server.url}/openapi.json`, { headers: auth })
  client = new Client(server.url, body, auth)
}

describe('a client made from openapi.json', () => {
  test('drives a workflow from its goal to its end, and asks what became of it', async () => {
    server = await served({ work: 'runs' })
    await prepare()
    const goal = 'Run load tests of the upload service and measure throughput'
    const begun = await client.call('postWorkflows', { body: { goal } })
    expect(begun.status).toBe(201)
    const params = { id: begun.body.id as string }
    await expect
      .poll(async () => (await client.call('getWorkflowsId', { params })).body.status, {
        timeout: 60_000,
        interval: 200,
      })
      .toBe('completed')
    const { body: workflow } = await client.call('getWorkflowsId', { params })
    expect(workflow.sessionList.length).toBeGreaterThan(0)
    const handoff = await client.call('getHandoffsId', { params: { id: workflow.handoffTree[0].id } })
    expect(handoff.body.decisions[0].to).toBe('load-runner')
    const proof = await client.call('getWorkflowsIdProve', { params })
    expect(proof.body).toMatchObject({ intact: true })
    const verifying = await client.call('postVerify')
    expect(verifying.status).toBe(202)
    expect(verifying.headers.get('Location')).toBe(`/v1/verify/${verifying.body.id}`)
    const place = { params: { id: verifying.body.id as string } }
    await expect
      .poll(async () => (await client.call('getVerifyId', place)).body.status, {
        timeout: 60_000,
        interval: 100,
      })
      .toBe('done')
    expect((await client.call('getVerifyId', place)).body.result).toMatchObject({ ok: true })
  })
})

const seed = Number(process.env.FUZZ_SEED ?? 20_261_123)
const runs = Number(process.env.FUZZ_RUNS ?? 16)

/** The schemas' own words for what is wrong, which are for programmers. */
const ofSchemas =
  /Invalid \w|expected (?:string|number|array|object|boolean)|, received |Unrecognized|Too (?:small|big)/u

describe('every operation, valid and invalid', () => {
  test(`no 500, and no answer that is not described (seed ${seed}, ${runs} requests each)`, async () => {
    // With a key, since the keys that are made on the way would shut out whoever has none.
    const key = 'a-long-random-text-for-tests'
    server = await served({ requestsPerMinute: 10_000_000, key })
    await prepare({ Authorization: `Bearer ${key}` })
    known = await furnish(server.url, { Authorization: `Bearer ${key}` })
    const unlike: string[] = []
    const raw: string[] = []
    const counts = { requests: 0, statuses: new Map<number, number>() }
    for (const operation of client.operations) {
      const requests = fc.sample(requestFor(operation), { numRuns: runs, seed })
      for (const request of requests) {
        const answer = await client.send(operation, request)
        counts.requests += 1
        counts.statuses.set(answer.status, (counts.statuses.get(answer.status) ?? 0) + 1)
        const said = `${operation.operationId} ${JSON.stringify(request).slice(0, 300)} -> ${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`
        if (answer.status === 400 && ofSchemas.test(JSON.stringify(answer.body))) raw.push(said)
        if (answer.status === 500 || answer.unlike !== null) unlike.push(`${answer.unlike}: ${said}`)
      }
    }
    console.info(
      `${counts.requests} requests to ${client.operations.length} operations`,
      Object.fromEntries(counts.statuses),
    )
    expect(unlike).toEqual([])
    expect(raw).toEqual([])
    expect(server.logged.filter((line) => /failed:/u.test(line))).toEqual([])
    expect(counts.statuses.get(200)).toBeGreaterThan(client.operations.length)
    expect(counts.statuses.get(400)).toBeGreaterThan(client.operations.length)
  })

  test('an answer that is not described is noticed', async () => {
    server = await served()
    const { body } = await ask(`${server.url}/openapi.json`)
    body.paths['/v1/agents'].get.responses = { 404: body.paths['/v1/agents'].get.responses[404] }
    body.components.schemas.Workflow.properties.id = { type: 'number' }
    const lying = new Client(server.url, body)
    await send(`${server.url}/v1/workflows`, { goal: 'Run load tests' })
    const operation = (id: string) => lying.operations.find((one) => one.operationId === id)!
    const nothing = { path: {}, query: {}, headers: {} }
    expect((await lying.send(operation('getAgents'), nothing)).unlike).toMatch(/not described/u)
    expect((await lying.send(operation('getWorkflows'), nothing)).unlike).toMatch(/number/u)
  })
})

/** A workflow, a handoff, a session, a section: ids that lead somewhere. */
async function furnish(url: string, auth: Record<string, string>): Promise<Known> {
  const need = { from: 'person', need: 'Run load tests', to: 'load-runner' }
  const handed = await send(`${url}/v1/handoffs`, need, auth)
  const taken = await send(`${url}/v1/handoffs/${handed.body.id}/accept`, { agent: 'load-runner' }, auth)
  await send(
    `${url}/v1/memory/insights/sections/load-results`,
    { text: '### Collaboration Patterns\nNone.', by: 'load-runner' },
    { ...auth, 'If-None-Match': '*' },
    'PUT',
  )
  const events = await ask(`${url}/v1/events?limit=3`, { headers: auth })
  return {
    handoff: handed.body.id,
    workflow: handed.body.workflow,
    session: taken.body.session,
    event: events.body.events[0].id,
  }
}

function requestFor(operation: Operation): fc.Arbitrary<Sent> {
  const of = (place: Parameter['in']) => operation.parameters.filter((one) => one.in === place)
  const path = fc.record(Object.fromEntries(of('path').map(({ name }) => [name, pathValue(operation, name)])))
  const query = fc.oneof(values(of('query')), values(of('query').filter(({ required }) => required === true)))
  const headers = fc.oneof(values(of('header')), fc.constant({}))
  const schema = client.schemaOf(operation)
  const body =
    schema === null
      ? fc.constant(undefined)
      : fc.oneof({ weight: 2, arbitrary: fitting(schema) }, fc.jsonValue(), spoiled(schema))
  return fc.record({ path, query, headers, body })
}

/** Some of the parameters, fitting or not. */
function values(parameters: readonly Parameter[]): fc.Arbitrary<Record<string, string>> {
  const each = Object.fromEntries(
    parameters.map(({ name, in: place, schema }) => {
      const odd = place === 'header' ? fc.constantFrom('"r1"', '*', 'x'.repeat(300), 'a b') : fc.string()
      return [name, fc.oneof(fitting(schema).map(String), odd, knownValue)]
    }),
  )
  return fc
    .record(each, {
      requiredKeys: parameters.filter(({ required }) => required === true).map(({ name }) => name),
    })
    .map((record) => {
      const printable = Object.entries(record).map(
        ([name, value]) =>
          [name, name === 'Idempotency-Key' ? value.replace(/[^ -~]/gu, '?') : value] as const,
      )
      return Object.fromEntries(printable)
    })
}

const knownValue = fc
  .constantFrom('handoff', 'workflow', 'session', 'event')
  .map((kind) => known[kind as keyof Known])

/** What is there under this name, and what is not. */
function pathValue({ path }: Operation, name: string): fc.Arbitrary<string> {
  const kind = (['handoff', 'workflow', 'session', 'event'] as const).find((one) =>
    path.startsWith(`/v1/${one}s`),
  )
  const names: Record<string, string> = { document: 'insights', section: 'load-results', key: 'board' }
  const name1 = path.startsWith('/v1/projections') ? 'handoff-board' : 'load-runner'
  const there = name === 'name' ? name1 : (names[name] ?? (kind === undefined ? known.event : known[kind]))
  const odd = fc.constantFrom('..', '__proto__', 'constructor', '%00', 'a/b', 'x'.repeat(5_000), '\u202e')
  return fc.oneof(
    { weight: 6, arbitrary: fc.constant(there) },
    { weight: 1, arbitrary: knownValue },
    { weight: 1, arbitrary: odd },
    { weight: 1, arbitrary: fc.string({ minLength: 1 }) },
  )
}

/** A value of this schema, as far as a schema says it. */
function fitting(schema: Schema, depth = 0): fc.Arbitrary<unknown> {
  const {
    type,
    enum: options,
    anyOf,
    const: only,
    allOf,
    ...rest
  } = client.resolve(schema) as Record<string, unknown>
  // Closed objects that are put together refuse each other's members: nothing fits them.
  if (allOf !== undefined) throw new Error(`a body is described by allOf: ${JSON.stringify(allOf)}`)
  if (only !== undefined) return fc.constant(only)
  if (options !== undefined) return fc.constantFrom(...(options as unknown[]))
  if (anyOf !== undefined) return fc.oneof(...(anyOf as Schema[]).map((one) => fitting(one, depth + 1)))
  const types = (Array.isArray(type) ? type : [type]) as string[]
  return fc.oneof(...types.map((one) => ofType(one, rest, depth)))
}

function ofType(type: string, rest: Record<string, unknown>, depth: number): fc.Arbitrary<unknown> {
  switch (type) {
    case 'object': {
      const properties = (rest.properties ?? {}) as Record<string, Schema>
      const each = Object.entries(properties).map(([name, one]) => [name, fitting(one, depth + 1)] as const)
      return fc.record(Object.fromEntries(each), { requiredKeys: (rest.required ?? []) as string[] })
    }
    case 'array':
      return fc.array(fitting((rest.items ?? {}) as Schema, depth + 1), { maxLength: depth > 3 ? 0 : 3 })
    case 'integer':
      return fc.integer({
        min: Math.max(1, Number(rest.minimum ?? 1)),
        max: Math.min(1_000_000, Number(rest.maximum ?? 1_000)),
      })
    case 'number':
      return fc.double({ min: 0.1, max: 10_000, noNaN: true })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'string':
      return textFor(rest)
    default:
      return fc.jsonValue()
  }
}

function textFor(rest: Record<string, unknown>): fc.Arbitrary<string> {
  const { format, pattern } = rest
  const [minLength, maxLength] = [Number(rest.minLength ?? 0), Number(rest.maxLength ?? 40)]
  if (format === 'date-time') return fc.constantFrom('2031-01-01T00:00:00.000Z', '2001-01-01T00:00:00.000Z')
  if (format === 'uuid') return fc.uuid()
  const plain = fc.constantFrom(
    'load-runner',
    'person',
    'Run load tests',
    '2 hours ago',
    '1',
    'now',
    'insights',
  )
  if (pattern !== undefined) return fc.oneof(fc.stringMatching(new RegExp(String(pattern), 'u')), plain)
  const max = Math.max(minLength, Math.min(60, maxLength))
  return fc.oneof(plain, knownValue, fc.string({ minLength, maxLength: max, unit: 'grapheme' }))
}

/** A fitting value in which one member is not what it should be. */
function spoiled(schema: Schema): fc.Arbitrary<unknown> {
  return fc.tuple(fitting(schema), fc.nat(), fc.jsonValue()).map(([value, nth, other]) => {
    if (value === null || typeof value !== 'object') return other
    const names = Object.keys(value)
    const name = names[nth % Math.max(1, names.length)] ?? 'extra'
    return { ...value, [name]: other }
  })
}
