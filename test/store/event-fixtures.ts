import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { accessEvents } from '../../src/access/events.ts'
import { agentEvents } from '../../src/agents/events.ts'
import { handoffEvents } from '../../src/handoffs/events.ts'
import { auditEvents } from '../../src/kernel/audit-events.ts'
import { memoryEvents } from '../../src/memory/events.ts'
import { events } from '../../src/runtime/catalogue.ts'
import { sessionEvents } from '../../src/sessions/events.ts'
import { toCanonical } from '../../src/store/codec.ts'
import { type Shape, sampleOf } from './event-sample.ts'

/**
 * An event as some Daybook stored it: `data` and `meta` are the very bytes. `schema` is the digest of the schema
 * that it was written by. A line never changes and never goes; a new version, or a version whose schema got
 * another optional field before its release, gets lines of its own.
 */
export interface EventFixture {
  readonly type: string
  readonly version: number
  readonly schema: string
  readonly shape: Shape
  readonly stream: string
  readonly data: string
  readonly meta: string
}

const file = new URL('event-fixtures.jsonl', import.meta.url)

export function eventFixtures(): EventFixture[] {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as EventFixture)
}

/** Writes lines for every type and schema that has none. */
export function addMissingFixtures(): void {
  const known = eventFixtures()
  const missing = [...events].flatMap(([type, { version, schema }]) => {
    const digest = fingerprint(schema)
    if (known.some((fixture) => isOf(fixture, { type, version, schema: digest }))) return []
    return (['full', 'least'] as const).map((shape) => fixtureOf({ type, version, schema, digest, shape }))
  })
  const all = [...known, ...missing].sort((a, b) => (lineKey(a) < lineKey(b) ? -1 : 1))
  writeFileSync(file, all.map((fixture) => `${JSON.stringify(fixture)}\n`).join(''))
}

export function isOf(
  fixture: EventFixture,
  { type, version, schema }: Pick<EventFixture, 'type' | 'version'> & { readonly schema?: string },
): boolean {
  const isVersion = fixture.type === type && fixture.version === version
  return isVersion && (schema === undefined || fixture.schema === schema)
}

/** Every digit of a limit counts: a text that was legal once must stay readable, not be appended again. */
export function fingerprint(schema: z.ZodType): string {
  const described = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' })
  return createHash('sha256').update(toCanonical(described)).digest('hex')
}

interface Making {
  readonly type: string
  readonly version: number
  readonly schema: z.ZodType
  readonly digest: string
  readonly shape: Shape
}

function fixtureOf({ type, version, schema, digest, shape }: Making): EventFixture {
  const data = sampleOf(schema, shape)
  const checked = schema.safeParse(data)
  if (!checked.success) throw new Error(`the sample of ${type} is none: ${checked.error.message}`)
  const meta = {
    actor: { kind: 'worker', id: 'worker-1' },
    ...(shape === 'full' ? { correlation: 'w1', key: 'a key', rehearsal: true } : {}),
    recordedAt: '2026-03-01T09:31:00.000Z',
  }
  const bytes = { data: toCanonical(data), meta: toCanonical(meta) }
  return { type, version, schema: digest, shape, stream: streamFor(type), ...bytes }
}

const rooms = [
  [agentEvents, 'agent-text'],
  [memoryEvents, 'memory-text'],
  [sessionEvents, 'session-s1'],
  [handoffEvents, 'handoff-h1'],
  [auditEvents, 'audit'],
  [accessEvents, 'keys'],
] as const

function streamFor(type: string): string {
  return rooms.find(([room]) => Object.hasOwn(room, type))?.[1] ?? 'workflow-w1'
}

function lineKey({ type, version, schema, shape }: EventFixture): string {
  return `${type} ${String(version).padStart(4, '0')} ${schema} ${shape}`
}
