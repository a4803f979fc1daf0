import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { events } from '../../src/runtime/catalogue.ts'
import { addMissingFixtures, fingerprint } from './event-fixtures.ts'

/**
 * Type and version of every event with the digest of its schema. A version that was released is in people's
 * logs, so its line here never changes; an edited event gets a new version and an upcast, and a new line.
 * `UPDATE_FINGERPRINTS=1 vitest run test/store/schema-fingerprints` writes the file anew: for new types and
 * versions, and for schemas that no release has carried yet. It adds what `event-versions.test.ts` needs of them.
 */
const file = new URL('schema-fingerprints.json', import.meta.url)

const current = Object.fromEntries(
  [...events]
    .map(([type, { version, schema }]) => [`${type} ${version}`, fingerprint(schema)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1)),
)

if (process.env.UPDATE_FINGERPRINTS === '1') {
  const old = shipped()
  const kept = Object.entries(old).filter(([line]) => !isCurrent(line))
  const all = Object.fromEntries([...kept, ...Object.entries(current)].sort(([a], [b]) => (a < b ? -1 : 1)))
  writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`)
  addMissingFixtures()
}

test.for(Object.entries(current))('the schema of %s is the one that was shipped', ([line, digest]) => {
  const known = shipped()[line]
  const [type, version] = line.split(' ')
  const advice =
    known === undefined
      ? `${line} is not in schema-fingerprints.json yet: add it with UPDATE_FINGERPRINTS=1.`
      : `The schema of ${line} was edited, and logs hold events of that version. Put it back, and say what is new in version ${Number(version) + 1} of ${type}: change the schema in its room's events.ts and add an upcast from ${version} to the histories in src/runtime/catalogue.ts. (Only while no release has carried it: UPDATE_FINGERPRINTS=1.)`
  expect(digest, advice).toBe(known)
})

test('every shipped version of a type can still be read: its type is known, with an upcast from each version on', () => {
  for (const line of Object.keys(shipped())) {
    const [type, version] = line.split(' ') as [string, string]
    const definition = events.get(type)
    expect(definition, `${type} was shipped and is gone from the catalogue`).toBeDefined()
    for (let from = Number(version); from < definition!.version; from += 1)
      expect(definition!.upcasts[from], `${type} lacks the upcast from version ${from}`).toBeTypeOf(
        'function',
      )
  }
})

test('a schema refuses what is not there at all: every event type says what it holds', () => {
  for (const [type, { schema }] of events) expect(schema.safeParse(undefined).success, type).toBe(false)
})

function shipped(): Record<string, string> {
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>
}

function isCurrent(line: string): boolean {
  const type = line.split(' ')[0] as string
  return Object.hasOwn(current, line) || !events.has(type)
}
