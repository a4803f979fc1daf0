import fc from 'fast-check'
import { v7 } from 'uuid'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { DaybookError } from '../../src/kernel/errors.ts'
import { type Json, type NewEvent, position } from '../../src/kernel/event.ts'
import { catalogue, textPaths } from '../../src/kernel/event-schema.ts'
import { events } from '../../src/runtime/catalogue.ts'
import { Codec, type EncodedEvent, stamped, toCanonical } from '../../src/store/codec.ts'
import { actor, happened, toyCatalogue } from '../contract/given.ts'

const at = '2024-05-06T07:08:09.012Z'
const codec = new Codec(toyCatalogue)

/** What a store does between the two: it keeps the strings. */
function throughStore(encoded: EncodedEvent, by = codec) {
  const { recordedAt: _, ...kept } = stamped(encoded, at)
  return by.decode({ ...kept, stream: 'memory-a', revision: 0, position: position(1) })
}

test('any JSON comes back as it went in', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.string({ unit: 'grapheme' }), (value, key) => {
      const event = happened('Anything', { value, [`k${key}`]: key }, { key: `x${key}`.slice(0, 200) })
      const [encoded] = codec.encode('memory-a', [event])
      const back = throughStore(encoded!)
      expect(back.data).toEqual(JSON.parse(JSON.stringify(event.data)))
      expect(back.meta).toEqual({ ...event.meta, recordedAt: at })
      expect(back).toMatchObject({ id: event.id, type: 'Anything', version: 1 })
    }),
    { numRuns: 300 },
  )
})

test('equal events have equal bytes, whatever the order of their keys', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })), (record) => {
      const turned = Object.fromEntries(Object.entries(record).reverse())
      expect(toCanonical(turned)).toBe(toCanonical(record))
    }),
  )
})

test('the stamp stands in its canonical place, and a stamp that came with the event is kept', () => {
  const [plain] = codec.encode('memory-a', [happened('Anything', {}, { key: 'k', rehearsal: true })])
  const meta = { actor, key: 'k', recordedAt: at, rehearsal: true }
  expect(stamped(plain!, at).meta).toBe(toCanonical(meta))
  const [imported] = codec.encode('memory-a', [happened('Anything', {}, { recordedAt: at })])
  expect(stamped(imported!, '2030-01-01T00:00:00.000Z')).toMatchObject({
    recordedAt: at,
    meta: imported!.meta,
  })
})

describe('upcasting', () => {
  const schema = z.object({ c: z.number() })
  const threeVersions = new Codec(
    catalogue([{ Counted: schema }], {
      Counted: [
        (data) => ({ b: (data as { a: number }).a * 2 }),
        (data) => ({ c: (data as { b: number }).b + 1 }),
      ],
    }),
  )
  const stored = (version: number, data: Json): NewEvent => ({ ...happened('Counted', data), version })
  const read = (event: NewEvent) => throughStore(threeVersions.encode('s', [event])[0]!, threeVersions)

  test('goes through every version between', () => {
    expect(read(stored(1, { a: 5 }))).toMatchObject({ version: 3, data: { c: 11 } })
    expect(read(stored(2, { b: 5 }))).toMatchObject({ version: 3, data: { c: 6 } })
    expect(read(stored(3, { c: 5 }))).toMatchObject({ version: 3, data: { c: 5 } })
  })

  test('leaves the data of a newer version and of an unknown type as it is, and the first under no known type', () => {
    const newer = read(stored(4, { d: 5 }))
    expect(newer).toMatchObject({ type: 'Counted (version 4)', version: 4, data: { d: 5 } })
    expect(threeVersions.encode('s', [newer])[0]).toMatchObject({ type: 'Counted', version: 4 })
    const unknown = read(happened('Elsewhere', { anything: [1] }))
    expect(unknown).toMatchObject({ type: 'Elsewhere', version: 1, data: { anything: [1] } })
  })

  test('an upcast that trips over what was never appended reports damage, with the position', () => {
    const raw = throughStore(threeVersions.encode('s', [stored(1, { a: 1 })])[0]!, codec)
    const broken = { ...raw, version: 1, data: 'null', meta: JSON.stringify(raw.meta) }
    expect(() => threeVersions.decode(broken)).toThrow(
      /position 1 \(Counted, revision 0 of memory-a, event .*\) has data that is no Counted of version 1/u,
    )
  })
})

test.for([
  ['an id that is no UUID', { id: 'x' }, /the id "x" is no UUID/u],
  ['a type with a blank', { type: 'Not so' }, /is no event type/u],
  ['a type with a $', { type: '$Noted' }, /is no event type/u],
  ['version 0', { version: 0 }, /expected a whole number from 1/u],
  ['data that its schema refuses', { type: 'Noted', data: { text: 3 } }, /Noted: text: /u],
  ['meta without an actor', { meta: {} }, /meta: actor: /u],
] as const)('%s is refused with a message that names it', ([, change, says]) => {
  const event = { ...happened('Anything'), ...change } as NewEvent
  expect(() => codec.encode('memory-a', [event])).toThrow(says)
  expect(() => codec.encode('memory-a', [event])).toThrow(DaybookError)
})

test('two events of one append with the same id are refused', () => {
  const event = { ...happened('Anything'), id: v7() }
  expect(() => codec.encode('memory-a', [event, { ...event }])).toThrow(/the same id/u)
})

describe("people's and models' text in the catalogue", () => {
  const pathsOf = (type: string) => textPaths(events.get(type)!.schema)

  test('is found wherever it lies: in lists, records, unions and optional fields', () => {
    expect(pathsOf('DocumentEdited')).toEqual(expect.arrayContaining(['changes[].text', 'changes[].heading']))
    expect(pathsOf('AgentRegistered')).toEqual(
      expect.arrayContaining([
        'file',
        'definition.prompt',
        'definition.worksWith[].note',
        'definition.extra{}',
        'diagnostics[].message',
      ]),
    )
    expect(pathsOf('SummaryRecorded')).toEqual(expect.arrayContaining(['fields[].text', 'raw']))
    expect(pathsOf('ApprovalGranted')).toContain('note')
  })

  test('is marked in every field that is called need, goal, text, reason, context, output or prompt', () => {
    const names = /(?:^|[.\]}])(?:need|goal|text|reason|context|output|prompt|heading|raw|note)$/u
    for (const [type, { schema }] of events) {
      const marked = new Set(textPaths(schema))
      const unmarked = stringPaths(schema).filter((path) => names.test(path) && !marked.has(path))
      expect({ type, unmarked }).toEqual({ type, unmarked: [] })
    }
  })
})

/** Paths of all plain strings, in the notation of `textPaths`. */
function stringPaths(schema: z.ZodType): string[] {
  const walk = (node: z.core.JSONSchema._JSONSchema, path: string): string[] => {
    if (typeof node === 'boolean') return []
    const below = (child: z.core.JSONSchema._JSONSchema | undefined, suffix: string) =>
      child === undefined ? [] : walk(child, path + suffix)
    return [
      ...(node.type === 'string' && node.enum === undefined && node.const === undefined ? [path] : []),
      ...Object.entries(node.properties ?? {}).flatMap(([key, child]) =>
        below(child, path ? `.${key}` : key),
      ),
      ...below(node.items as z.core.JSONSchema._JSONSchema | undefined, '[]'),
      ...below(node.additionalProperties, '{}'),
      ...[...(node.anyOf ?? []), ...(node.oneOf ?? [])].flatMap((child) => below(child, '')),
    ]
  }
  return [...new Set(walk(z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }), ''))]
}
