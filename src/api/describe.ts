import { Role } from '../access/events.ts'
import { isProbe, verdictOn } from '../access/policy.ts'
import { codesByStatus, titles } from './problem.ts'

/** The parts of an OpenAPI document that are added to here. */
export interface Description {
  paths?: Record<string, unknown>
  components?: Record<string, unknown>
  [member: string]: unknown
}

/** Requests and answers that once were, by route; answers by status and content type. */
export type Examples = Readonly<
  Record<
    string,
    {
      readonly request?: unknown
      readonly answers: Readonly<Record<string, Readonly<Record<string, unknown>>>>
    }
  >
>

interface WithContent {
  readonly content?: Readonly<Record<string, object>>
  readonly [member: string]: unknown
}

interface Operation {
  readonly requestBody?: WithContent
  readonly parameters?: readonly { readonly in?: string; readonly name?: string }[]
  readonly responses: Readonly<Record<string, unknown>>
  readonly [member: string]: unknown
}

const idempotencyKey = {
  in: 'header',
  name: 'Idempotency-Key',
  description: 'The same key and body get the first answer again.',
  schema: { type: 'string', minLength: 1, maxLength: 200, pattern: '^[!-~]{1,200}$' },
}

const everywhere = [400, 401, 403, 404, 429, 500, 503]
const whereThingsChange = [409, 410, 413, 415, 422, 507]

/** What holds for every route is said once, here: errors, keys, roles, idempotency, names for generated clients. */
export function describe(document: Description, examples: Examples): Description {
  const paths = Object.entries(document.paths ?? {}).map(([path, methods]) => {
    const operations = Object.entries(methods as Record<string, Operation>)
    const described = operations.map(
      ([method, one]) =>
        [method, withExamples(operation(method, path, one), examples[routeOf(method, path)])] as const,
    )
    return [path, Object.fromEntries(described)] as const
  })
  const securitySchemes = { key: { type: 'http', scheme: 'bearer' } }
  const components = { ...document.components, responses: problemResponses(), securitySchemes }
  const whole = { ...document, paths: Object.fromEntries(paths), components, security: [{ key: [] }, {}] }
  return withoutFlags(whole) as Description
}

/** JSON Schema's patterns have no flags, and are Unicode's anyway; the generator leaves them in. */
function withoutFlags(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutFlags)
  if (value === null || typeof value !== 'object') return value
  const members = Object.entries(value).map(([name, one]) => {
    const isPattern = name === 'pattern' && typeof one === 'string'
    return [name, isPattern ? one.replace(/\/[a-z]+$/u, '') : withoutFlags(one)] as const
  })
  return Object.fromEntries(members)
}

function operation(method: string, path: string, one: Operation): Operation {
  const route = routeOf(method, path)
  const { default: _, ...answers } = one.responses
  const parameters = one.parameters ?? []
  const isKeyed = parameters.some(({ name }) => name?.toLowerCase() === 'idempotency-key')
  const added = method === 'post' && !isKeyed ? [idempotencyKey] : []
  return {
    operationId: operationId(method, path),
    ...one,
    ...(isProbe(route) ? { security: [] } : {}),
    parameters: [...parameters, ...added],
    responses: { ...answers, ...problemsOf(method, path) },
    'x-daybook-roles': Role.options.filter((role) => verdictOn(role, route) !== 'no'),
  }
}

/** As the policy names it. */
function routeOf(method: string, path: string): string {
  return `${method.toUpperCase()} ${path}`
}

function withExamples(one: Operation, known: Examples[string] | undefined): Operation {
  if (known === undefined) return one
  const { requestBody } = one
  const responses = Object.entries(one.responses).map(([status, answer]) => {
    const given = known.answers[status]
    return [status, given === undefined ? answer : exemplified(answer as WithContent, given)] as const
  })
  const body =
    requestBody === undefined || known.request === undefined
      ? {}
      : { requestBody: exemplified(requestBody, { 'application/json': known.request }) }
  return { ...one, ...body, responses: Object.fromEntries(responses) }
}

function exemplified(place: WithContent, byType: Readonly<Record<string, unknown>>): WithContent {
  const content = Object.entries(place.content ?? {}).map(([type, given]) => {
    const example = byType[type]
    return [type, example === undefined ? given : { ...given, example }] as const
  })
  return { ...place, content: Object.fromEntries(content) }
}

function problemsOf(method: string, path: string): Record<string, unknown> {
  const tagged = /^\/v1\/memory\/\{document\}(?:\/sections\/\{section\})?$/u.test(path)
  const statuses = [
    ...everywhere,
    ...(path.endsWith('/proof') ? [409] : []),
    ...(method === 'get' ? [410, 422] : whereThingsChange),
    ...(method === 'put' ? [412, 428] : []),
  ]
  const refs = statuses.map(
    (status) => [status, { $ref: `#/components/responses/Problem${status}` }] as const,
  )
  const unchanged = tagged && method === 'get' ? { 304: { description: 'You have this state already' } } : {}
  return { ...unchanged, ...Object.fromEntries(refs) }
}

function problemResponses(): Record<string, unknown> {
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
  const responses = [...codesByStatus()].map(([status, codes]) => {
    const description = `${titles[status] ?? 'Not possible'}: ${codes.join(', ')}`
    return [`Problem${status}`, { description, content, headers: headersOf(status) }] as const
  })
  return Object.fromEntries(responses)
}

function headersOf(status: number): Record<string, unknown> {
  if (status !== 429 && status !== 503) return {}
  return { 'Retry-After': { description: 'Seconds', schema: { type: 'integer' } } }
}

/** `POST /v1/handoffs/{id}/accept` is `postHandoffsIdAccept`. */
function operationId(method: string, path: string): string {
  const words = path.replace(/^\/v1/u, '').match(/[\p{L}\p{N}]+/gu) ?? []
  return method + words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('')
}
