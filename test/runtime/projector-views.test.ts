import { existsSync } from 'node:fs'
import { chmod, mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { DatabaseSync } from 'node:sqlite'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { type Position, position } from '../../src/kernel/event.ts'
import { memoryProjectionStore, openProjectionStore } from '../../src/runtime/projection-store.ts'

const notes = { name: 'notes', version: 1 }
const checkpoint = (place: number) => ({
  position: position(place),
  event: `event-${place}`,
  stream: 'toy-1',
  revision: place - 1,
})
const folded = (from: Position | null, to: number, states: Record<string, string>) => [
  { projection: notes, from, to: checkpoint(to), states: new Map(Object.entries(states)) },
]

let path = ''
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'daybook-views-'))
  path = join(folder, 'views.db')
  return () => rm(folder, { recursive: true, force: true })
})

function opened() {
  const store = openProjectionStore(path)
  onTestFinished(() => store.close())
  return store
}

test('states and checkpoint are there after the file is opened again', () => {
  const first = opened()
  expect(first.commit(folded(null, 1, { a: '{"n":1}', b: '{"n":2}' }))).toBe(true)
  expect(first.commit(folded(position(1), 2, { a: '{"n":3}' }))).toBe(true)
  first.close()
  const again = opened()
  expect(again.checkpoint(notes)).toEqual(checkpoint(2))
  expect(again.snapshot(notes)).toEqual({
    checkpoint: checkpoint(2),
    states: new Map([
      ['a', '{"n":3}'],
      ['b', '{"n":2}'],
    ]),
  })
  expect(again.read(notes, 'a')).toBe('{"n":3}')
})

test.each(['file', 'memory'])('who began from another checkpoint writes nothing, also in a %s', (kind) => {
  const first = kind === 'file' ? opened() : memoryProjectionStore()
  const second = kind === 'file' ? opened() : first
  expect(first.commit(folded(null, 5, { a: '1' }))).toBe(true)
  const other = { projection: { name: 'other', version: 1 }, from: null, to: checkpoint(5) }
  const late = [{ ...other, states: new Map([['x', '9']]) }, ...folded(null, 4, { a: '0' })]
  expect(second.commit(late)).toBe(false)
  expect(second.checkpoint({ name: 'other', version: 1 })).toBeNull()
  expect(second.read(notes, 'a')).toBe('1')
})

test('a fold from the start leaves nothing of another version', () => {
  const store = opened()
  store.commit(folded(null, 5, { a: '1', b: '2' }))
  const next = { name: 'notes', version: 2 }
  expect(store.checkpoint(next)).toBeNull()
  store.commit([{ projection: next, from: null, to: checkpoint(6), states: new Map([['a', '3']]) }])
  expect(store.keys(next)).toEqual(['a'])
  expect(store.checkpoint(notes)).toBeNull()
})

describe('a file that is no good is moved aside and begun again', () => {
  test.each([
    ['that is no database', Buffer.from('this was never a database, and is longer than a header would be')],
    ['of zeros', Buffer.alloc(8192)],
  ])('%s', async (_, bytes) => {
    await writeFile(path, bytes)
    const store = opened()
    expect(store.commit(folded(null, 1, { a: '1' }))).toBe(true)
    expect(store.read(notes, 'a')).toBe('1')
  })

  test('that belongs to another program, which is kept', async () => {
    const db = new DatabaseSync(path)
    db.exec('CREATE TABLE theirs (n INTEGER); INSERT INTO theirs VALUES (7)')
    db.close()
    const before = await readFile(path)
    const store = opened()
    expect(store.commit(folded(null, 1, { a: '1' }))).toBe(true)
    expect(store.diagnostics).toMatchObject([{ code: 'views_damaged' }])
    expect(await readFile(`${path}.damaged`)).toEqual(before)
  })

  test('that is damaged while it is open', async () => {
    const first = opened()
    const states = Object.fromEntries(
      Array.from({ length: 400 }, (_, n) => [`key-${n}`, `"${'x'.repeat(200)}"`]),
    )
    first.commit(folded(null, 1, states))
    first.close()
    const { size } = await stat(path)
    const file = await open(path, 'r+')
    await file.write(Buffer.alloc(size - 8192, 0xff), 0, size - 8192, 4096)
    await file.close()
    const store = opened()
    expect(store.snapshot(notes)).toBeUndefined()
    expect(store.commit(folded(null, 1, { a: '1' }))).toBe(true)
    expect(store.diagnostics).toMatchObject([{ code: 'views_damaged' }])
    expect(store.diagnostics[0]?.message).toContain('views.db.damaged')
  })

  test('whose tables are gone', () => {
    const store = opened()
    store.commit(folded(null, 1, { a: '1' }))
    const db = new DatabaseSync(path)
    db.exec('DROP TABLE state')
    db.close()
    expect(store.read(notes, 'a')).toBeUndefined()
    expect(store.commit(folded(null, 1, { a: '2' }))).toBe(true)
    expect(store.read(notes, 'a')).toBe('2')
  })
})

test('where no file can be written, views are kept in memory, and it is said', async () => {
  const blocked = join(path, 'below', 'views.db')
  await writeFile(path, 'a file where a folder would have to be')
  const store = openProjectionStore(blocked)
  expect(store.commit(folded(null, 1, { a: '1' }))).toBe(true)
  expect(store.read(notes, 'a')).toBe('1')
  expect(store.diagnostics).toMatchObject([{ code: 'views_in_memory' }])
  expect(store.diagnostics[0]?.message).toContain(blocked)
})

const root = process.getuid?.() === 0
if (root) console.warn('SKIPPED: a read-only folder stops everybody but root, and this is root')
test.skipIf(root)('in a read-only folder too', async () => {
  const folder = join(path, '..')
  await chmod(folder, 0o500)
  onTestFinished(() => chmod(folder, 0o700))
  const store = openProjectionStore(path)
  expect(store.description).toBe('memory:')
  expect(existsSync(path)).toBe(false)
})
