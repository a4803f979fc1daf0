import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { boundedEcho } from '../../src/kernel/bounded-echo.ts'
import { limits } from '../../src/kernel/limits.ts'
import { speakPlainly, toldIssue } from '../../src/kernel/plain-issues.ts'

beforeAll(speakPlainly)

const either = z.union([z.literal('all'), z.array(z.string())])
const kind = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('a') }),
  z.object({ kind: z.literal('b'), more: z.string() }),
])

const cases: [name: string, schema: z.ZodType, input: unknown, told: string][] = [
  ['text', z.string(), undefined, 'x is missing'],
  ['text', z.string(), 5, 'x must be text, not a number'],
  ['text', z.string(), null, 'x must be text, not null'],
  ['text', z.string().min(1), '', 'x must not be empty'],
  ['text', z.string().min(8), 'abc', 'x must have at least 8 characters'],
  ['text', z.string().max(2), 'abc', 'x must have at most 2 characters'],
  ['an id', z.uuid(), '5', 'x is not an id'],
  ['a time', z.iso.datetime(), 'soon', 'x is not a time such as 2026-03-01T09:00:00.000Z'],
  ['a form without words of its own', z.string().regex(/^a/u), 'b', 'x has another form than is expected'],
  ['words of its own', z.string().regex(/^a/u, 'an x begins with a'), 'b', 'x: an x begins with a'],
  ['a whole number', z.int(), 1.5, 'x must be a whole number'],
  ['a whole number', z.int(), '7', 'x must be a number, not text'],
  ['a number of a query', z.coerce.number(), 'abc', 'x must be a number'],
  ['a number', z.number().positive(), 0, 'x must be more than 0'],
  ['a number', z.number().min(2), 1, 'x must be at least 2'],
  ['a number', z.number().max(2), 3, 'x must be at most 2'],
  ['one of several', z.enum(['a', 'b', 'c']), 'd', 'x must be "a", "b" or "c"'],
  ['one of several', z.enum(['a', 'b', 'c']), undefined, 'x is missing'],
  ['true or false', z.boolean(), 'yes', 'x must be true or false, not text'],
  ['a list', z.array(z.string()).min(1), [], 'x must not be empty'],
  ['a list', z.array(z.string()).max(1), ['a', 'b'], 'x must have at most 1 entries'],
  ['a list', z.array(z.string()), { a: 1 }, 'x must be a list, not an object'],
  ['an entry', z.array(z.string()), ['a', 1], 'x.1 must be text, not a number'],
  ['either', either, 'none', 'x must be "all" or must be a list, not text'],
  ['either', either, undefined, 'x is missing'],
  ['one of several kinds', kind, { kind: 'c' }, 'x.kind must be "a" or "b"'],
  [
    'a key',
    z.strictObject({ a: z.int(), b: z.int() }).partial(),
    { c: 1 },
    'x does not take "c"; it takes a, b',
  ],
]

test.each(cases)('%s: what is wrong is said in plain words (%#)', (_, schema, x, told) => {
  const read = z.object({ x: schema }).safeParse(x === undefined ? {} : { x })
  expect(read.error?.issues.map((issue) => toldIssue(issue, 'it'))).toEqual([told])
})

test('what has no path is named by what it is', () => {
  const read = z.strictObject({ a: z.int() }).safeParse({ a: 1, b: 2 })
  expect(toldIssue(read.error!.issues[0]!, 'the file')).toBe('the file does not take "b"; it takes a')
})

describe('an input is said again only as far as it is known again by it', () => {
  const long = 'ab cd '.repeat(1_000)

  test.each([
    ['a word', `There is no session ${'x'.repeat(5_000)}. Look.`],
    ['in quotes', `There is no key "${long}". Look.`],
    ['in single quotes', `argument '${long}' is invalid. Look.`],
  ])('%s', (_, message) => {
    const bounded = boundedEcho(message)
    expect(bounded.length).toBeLessThan(limits.echoCutCharsMax + 100)
    expect(bounded).toMatch(/^\w.*… \(\d+ characters\).*Look\.$/su)
  })

  test('what is short stays as it is, whatever its quotes', () => {
    const message = `It's "${'x '.repeat(limits.echoCharsMax / 2)}" or 'that'. It isn't. `.padEnd(
      3_000,
      'Some words. ',
    )
    expect(boundedEcho(message)).toBe(message)
  })
})
