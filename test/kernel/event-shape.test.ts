import { expect, test } from 'vitest'
import { z } from 'zod'
import type { Json } from '../../src/kernel/event.ts'
import { shapeOf } from '../../src/kernel/event-shape.ts'
import { events } from '../../src/runtime/catalogue.ts'
import { alterations, altered, pathsOf, pick } from '../altered.ts'
import { mulberry32 } from '../memory/generated-texts.ts'
import { eventFixtures } from '../store/event-fixtures.ts'

const samples = eventFixtures()
  .filter(({ type, version }) => events.get(type)?.version === version)
  .map(({ type, data }) => ({ type, data: JSON.parse(data) as Json }))

test('what every version of an event was stored as has its shape', () => {
  const refused = samples.filter(({ type, data }) => !events.get(type)!.shape(data))
  expect(refused).toEqual([])
  expect(new Set(samples.map(({ type }) => type))).toEqual(new Set(events.keys()))
})

/** A limit, or a text that has no UTF-8; not a number beyond what a double counts. */
function isMost(issue: z.core.$ZodIssue): boolean {
  return (issue.code === 'too_big' && issue.origin !== 'int') || issue.code === 'custom'
}

test('a shape refuses what its schema refuses, but for the most that a value may be', () => {
  const seed = 20_260_301
  const random = mulberry32(seed)
  let refused = 0
  const disagreed: unknown[] = []
  for (const { type, data } of samples) {
    const paths = pathsOf(data)
    for (let round = 0; round < (paths.length === 0 ? 0 : 60); round += 1) {
      const other = altered(data, { path: pick(random, paths), how: pick(random, alterations), random })
      const { schema, shape } = events.get(type)!
      const { error } = schema.safeParse(other)
      const least = error?.issues.some((issue) => !isMost(issue)) ?? false
      if (shape(other) === least) disagreed.push({ seed, type, other, issue: error?.issues[0] })
      if (least) refused += 1
    }
  }
  expect(disagreed).toEqual([])
  expect(refused).toBeGreaterThan(1_000)
})

test('a kind of schema that no event had so far is named when the catalogue is made', () => {
  expect(() => shapeOf(z.object({ at: z.date() }))).toThrow('no shape is known for the schema date')
})
