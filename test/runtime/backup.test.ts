import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { backUp, restoreBackup } from '../../src/runtime/backup.ts'
import { openStore } from '../../src/runtime/open-store.ts'
import { compactDatabase } from '../../src/store/sqlite/copy-database.ts'
import { clock, event, givenLog, newFolder, note, sealerFor, verifyFile } from '../seals/given-log.ts'

const at = '2026-01-02T03:04:05.000Z'

async function idsIn(path: string): Promise<string[]> {
  const store = await openStore(path, { clock, mode: 'read' })
  const ids: string[] = []
  for await (const { id } of store.readAll()) ids.push(id)
  await store.close()
  return ids
}

test('a backup made while others append is a whole log as of one moment', async () => {
  const { store, note, path, seals, folder } = await givenLog()
  await note(...Array.from({ length: 300 }, (_, index) => `${index} ${'x'.repeat(3_000)}`))
  const acknowledged: string[] = []
  let goesOn = true
  const appending = (async () => {
    while (goesOn) {
      const one = event('meanwhile')
      await store.append('memory-busy', [one], { expected: 'any' })
      acknowledged.push(one.id)
    }
  })()
  const before = acknowledged.length
  const backup = join(folder, 'backup')
  await backUp({ log: path, seals }, { folder: backup, at })
  goesOn = false
  await appending
  const copied = await idsIn(join(backup, 'log.db'))
  const all = await idsIn(path)
  expect(copied.length).toBeGreaterThanOrEqual(300 + before)
  expect(all.slice(0, copied.length)).toEqual(copied)
})

test('a restored log is the one that was backed up, and is as it was sealed', async () => {
  const { note, sealer, path, seals, folder } = await givenLog()
  await note('one', 'two')
  await sealer.seal()
  const backup = join(folder, 'backup')
  await backUp({ log: path, seals }, { folder: backup, at })
  expect(existsSync(join(backup, 'seals', 'signing-key.pem'))).toBe(false)
  const there = newFolder()
  const places = { log: join(there, 'deep', 'log.db'), seals: join(there, 'seals') }
  await restoreBackup(places, { folder: backup, replace: 'refuse', suffix: 'old' })
  expect(await idsIn(places.log)).toEqual(await idsIn(path))
  expect(await verifyFile(places.log, places.seals)).toMatchObject({ ok: true, sealed: 2, outside: 1 })
})

test('what stands there is moved aside, never overwritten, and only when told', async () => {
  const { note, sealer, store, path, seals, folder } = await givenLog()
  await note('one')
  await sealer.seal()
  const backup = join(folder, 'backup')
  await backUp({ log: path, seals }, { folder: backup, at })
  await note('two')
  await sealerFor(store, seals).seal()
  await store.close()
  const later = await idsIn(path)
  const options = { folder: backup, suffix: 'old' }
  await expect(restoreBackup({ log: path, seals }, { ...options, replace: 'refuse' })).rejects.toThrow(
    '--replace',
  )
  expect(await idsIn(path)).toEqual(later)
  const { aside } = await restoreBackup({ log: path, seals }, { ...options, replace: 'aside' })
  expect(aside).toContain(`${path}.old`)
  expect(await idsIn(`${path}.old`)).toEqual(later)
  expect(await verifyFile(path, seals)).toMatchObject({ ok: true, outside: 1 })
})

test('a log that somebody has open stays where it is, as it is', async () => {
  const { note, store, path, seals, folder } = await givenLog()
  await note('one')
  const backup = join(folder, 'backup')
  await backUp({ log: path, seals }, { folder: backup, at })
  await note('two')
  const before = readdirSync(folder)
  const restoring = () =>
    restoreBackup({ log: path, seals }, { folder: backup, suffix: 'old', replace: 'aside' })
  await expect(restoring()).rejects.toThrow(/Another process has .*log\.db open.*stop it first/u)
  expect(readdirSync(folder)).toEqual(before)
  await note('three')
  expect(await idsIn(path)).toHaveLength(3)
  const reader = await openStore(path, { clock, mode: 'read' })
  await store.close()
  await Array.fromAsync(reader.readAll())
  await expect(restoring()).rejects.toThrow('stop it first')
  await reader.close()
  expect((await restoring()).aside).toContain(`${path}.old`)
})

test('what a killed process left is moved aside as it is', async () => {
  const { note, path, seals, folder } = await givenLog()
  await note('one')
  const backup = join(folder, 'backup')
  await backUp({ log: path, seals }, { folder: backup, at })
  await note('two')
  const there = newFolder()
  const log = join(there, 'log.db')
  for (const end of ['', '-wal']) copyFileSync(`${path}${end}`, `${log}${end}`)
  const left = readFileSync(`${log}-wal`)
  expect(left.length).toBeGreaterThan(0)
  const places = { log, seals: join(there, 'seals') }
  await restoreBackup(places, { folder: backup, suffix: 'old', replace: 'aside' })
  expect(readFileSync(`${log}-wal.old`)).toEqual(left)
  expect(readdirSync(there).sort()).toEqual(['log.db', 'log.db-wal.old', 'log.db.old'])
})

test('a backup that was altered, or is none, is refused and changes nothing', async () => {
  const { note, path, seals, folder } = await givenLog()
  await note('one')
  const backup = join(folder, 'backup')
  await backUp({ log: path, seals }, { folder: backup, at })
  const copy = join(backup, 'log.db')
  const bytes = readFileSync(copy)
  bytes[bytes.length - 1] = bytes.at(-1)! ^ 1
  writeFileSync(copy, bytes)
  const places = { log: join(folder, 'new.db'), seals }
  const options = { replace: 'refuse' as const, suffix: 'old' }
  await expect(restoreBackup(places, { ...options, folder: backup })).rejects.toMatchObject({
    code: 'damaged',
  })
  await expect(restoreBackup(places, { ...options, folder: newFolder() })).rejects.toMatchObject({
    code: 'not_found',
  })
  await expect(backUp({ log: path, seals }, { folder: backup, at })).rejects.toThrow('not empty')
  expect(existsSync(places.log)).toBe(false)
})

test('compacting gives the disk back and changes no event', async () => {
  const { store, path, tamper } = await givenLog()
  await note(store, ...Array.from({ length: 200 }, () => 'x'.repeat(5_000)))
  await store.close()
  const ids = await idsIn(path)
  tamper('CREATE TABLE filler (text); INSERT INTO filler SELECT data FROM events; DROP TABLE filler')
  const { before, after } = compactDatabase(path)
  expect(after).toBeLessThan(before)
  expect(await idsIn(path)).toEqual(ids)
})
