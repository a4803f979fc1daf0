import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openStore } from '../../src/runtime/open-store.ts'
import { digestOfSeal } from '../../src/runtime/seals/seal.ts'
import { SealBook } from '../../src/runtime/seals/seal-book.ts'
import { exportLog, importLog } from '../../src/runtime/transfer.ts'
import type { EventStore } from '../../src/store/port.ts'
import { clock, givenLog, sealerFor, verifyFile } from './given-log.ts'

async function sealsIn(store: EventStore) {
  const seals: unknown[] = []
  for await (const { data } of store.readStream('audit')) seals.push(data)
  return seals
}

test('a seal covers what is there, is an event, and is kept outside; nothing new, no seal', async () => {
  const { note, sealer, store, seals } = await givenLog()
  await note('one', 'two', 'three')
  const line = await sealer.seal()
  expect(line?.seal).toMatchObject({ size: 3, previous: null })
  expect(await sealsIn(store)).toEqual([line?.seal])
  expect(new SealBook(join(seals, 'seals.jsonl')).read()).toEqual([line])
  expect(await sealer.seal()).toBeNull()
  expect(await sealsIn(store)).toHaveLength(1)
})

test('each seal names the one before, also in another process', async () => {
  const { note, sealer, store, seals } = await givenLog()
  await note('one')
  const first = await sealer.seal()
  await note('two')
  const second = await sealerFor(store, seals, 'here:2:0:0').seal()
  expect(second?.seal).toMatchObject({ size: 3, previous: digestOfSeal(first!.seal) })
  await note('three')
  const third = await sealer.seal()
  expect(third?.seal).toMatchObject({ size: 5, previous: digestOfSeal(second!.seal) })
})

test('sealing reads what came since the last seal, and nothing before', async () => {
  const { note, store, seals } = await givenLog()
  let read = 0
  const readStored = store.readStored!.bind(store)
  Object.assign(store, {
    readStored: async function* (options: object) {
      for await (const event of readStored(options)) {
        read += 1
        yield event
      }
    },
  })
  const sealer = sealerFor(store, seals)
  await note(...Array.from({ length: 50 }, (_, index) => `note ${index}`))
  await sealer.seal()
  expect(read).toBe(50)
  await note('one more')
  await sealer.seal()
  expect(read).toBe(52)
  await note('and one')
  read = 0
  await sealerFor(store, seals).seal()
  expect(read).toBe(2)
})

test('many sealers at once make one chain', async () => {
  const { note, store, path, seals, verify } = await givenLog()
  const others = await Promise.all([1, 2, 3].map(() => openStore(path, { clock })))
  const sealers = [store, ...others].map((each, index) => sealerFor(each, seals, `here:${index}:0:0`))
  for (let round = 0; round < 5; round += 1) {
    await note(`round ${round}`)
    await Promise.all(sealers.map((sealer) => sealer.seal()))
  }
  const verified = await verify()
  expect(verified).toMatchObject({ ok: true, findings: [] })
  expect(verified.outside).toBe(verified.seals)
  await Promise.all(others.map((each) => each.close()))
})

test('sealers on machines of their own, with keys of their own, make one chain', async () => {
  const { note, store, folder, seals, path } = await givenLog()
  const elsewhere = join(folder, 'elsewhere')
  await note('one')
  await sealerFor(store, seals).seal()
  await note('two')
  await sealerFor(store, elsewhere).seal()
  await note('three')
  await sealerFor(store, seals).seal()
  const verified = await verifyFile(path, seals)
  expect(verified.findings.map(({ kind }) => kind)).toEqual(['key'])
  const pem = readFileSync(join(elsewhere, 'keys', readKeyName(elsewhere)))
  writeFileSync(join(seals, 'keys', 'other.pem'), pem)
  expect(await verifyFile(path, seals)).toMatchObject({ ok: true, seals: 3, outside: 2 })
})

function readKeyName(seals: string): string {
  const { seal } = new SealBook(join(seals, 'seals.jsonl')).read()[0]!
  return `${seal.keyId.replace(':', '-')}.pem`
}

test('a log that moved to another store keeps its seals', async () => {
  const { note, sealer, store, folder, seals } = await givenLog()
  await note('one', 'two')
  await sealer.seal()
  await note('three')
  await sealer.seal()
  const lines: string[] = []
  await exportLog(store, async (line) => void lines.push(line))
  const moved = join(folder, 'moved.db')
  const there = await openStore(moved, { clock })
  await importLog(
    there,
    (async function* () {
      yield* lines
    })(),
  )
  await there.close()
  expect(await verifyFile(moved, seals)).toMatchObject({ ok: true, seals: 2, outside: 2 })
  const again = await openStore(moved, { clock })
  expect(await sealerFor(again, seals).seal()).toBeNull()
  await again.close()
})

test('a log that is not the one that was sealed is not sealed', async () => {
  const { note, sealer, store, seals, tamper } = await givenLog()
  await note('one', 'two', 'three')
  await sealer.seal()
  tamper(`UPDATE events SET data = replace(data, 'two', 'TWO')`)
  await note('four')
  rmSync(join(seals, 'tree.bin'))
  await expect(sealerFor(store, seals).seal()).rejects.toMatchObject({ code: 'damaged' })
})

test('a lost tree is made from the log again', async () => {
  const { note, sealer, store, seals, verify } = await givenLog()
  await note('one', 'two')
  await sealer.seal()
  const { size } = statSync(join(seals, 'tree.bin'))
  rmSync(join(seals, 'tree.bin'))
  await note('three')
  expect((await sealerFor(store, seals).seal())?.seal.size).toBe(4)
  expect(statSync(join(seals, 'tree.bin')).size).toBeGreaterThan(size)
  expect(await verify()).toMatchObject({ ok: true })
})

test('a crash between the event and the file outside costs nothing: the next seal is kept', async () => {
  const { note, sealer, store, seals, verify } = await givenLog()
  const book = join(seals, 'seals.jsonl')
  await note('one')
  await sealer.seal()
  const before = readFileSync(book, 'utf8')
  await note('two')
  await sealer.seal()
  writeFileSync(book, `${before}${readFileSync(book, 'utf8').slice(before.length, before.length + 40)}`)
  expect(await verify()).toMatchObject({ ok: true, seals: 2, outside: 1 })
  await note('three')
  await sealerFor(store, seals).seal()
  expect(await verify()).toMatchObject({ ok: true, seals: 3, outside: 2 })
})

test('the private key is for its owner only', async () => {
  const { note, sealer, seals } = await givenLog()
  await note('one')
  await sealer.seal()
  expect(statSync(join(seals, 'signing-key.pem')).mode & 0o777).toBe(0o600)
})
