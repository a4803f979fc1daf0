import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { shortPosition } from '../../src/kernel/event.ts'
import { openStore } from '../../src/runtime/open-store.ts'
import { attack, chanceOf } from './attacks.ts'
import { clock, givenLog, note, sealerFor, verifyFile } from './given-log.ts'

/** Three seals: after 4, 9 and 14 events; two events after the last one. Positions 5, 10 and 15 are the seals. */
async function givenSealed() {
  const log = await givenLog()
  for (const round of ['a', 'b', 'c']) {
    await log.note(...[1, 2, 3, 4].map((number) => `${round}${number}`))
    await log.sealer.seal()
  }
  await log.note('d1', 'd2')
  await log.store.close()
  return log
}

test('a log that nobody touched is as it was sealed, and says how far seals reach', async () => {
  const { verify } = await givenSealed()
  expect(await verify()).toEqual({
    ok: true,
    events: 17,
    sealed: 14,
    seals: 3,
    outside: 3,
    firstBad: null,
    findings: [],
  })
})

test.each([
  ['a changed text', `UPDATE events SET data = replace(data, 'b2', 'b3') WHERE pos = 7`, 'altered', 7],
  [
    'a changed actor',
    `UPDATE events SET meta = replace(meta, 'writer', 'reader') WHERE pos = 3`,
    'altered',
    3,
  ],
  ['a changed time', `UPDATE events SET meta = replace(meta, '202', '201') WHERE pos = 3`, 'altered', 3],
  ['a blank more in the JSON', `UPDATE events SET data = data || ' ' WHERE pos = 2`, 'altered', 2],
  ['another type', `UPDATE events SET type = 'Notes' WHERE pos = 1`, 'altered', 1],
  ['another version', `UPDATE events SET version = 2 WHERE pos = 1`, 'altered', 1],
  ['another id', `UPDATE events SET id = '00000000-0000-7000-8000-000000000000' WHERE pos = 8`, 'altered', 8],
  ['another stream', `UPDATE streams SET name = 'memory-9' WHERE name = 'memory-0'`, 'altered', 1],
  ['an event taken out', `DELETE FROM events WHERE pos = 6`, 'missing', 7],
  ['three events taken out', `DELETE FROM events WHERE pos BETWEEN 6 AND 8`, 'missing', 9],
  ['a seal taken out', `DELETE FROM events WHERE pos = 5`, 'missing', 6],
  [
    'a changed seal',
    `UPDATE events SET data = replace(data, '"size":9', '"size":8') WHERE pos = 10`,
    'altered',
    10,
  ],
])('%s is found and named', async (_, sql, kind, position) => {
  const { tamper, verify } = await givenSealed()
  tamper(sql)
  const { ok, firstBad } = await verify()
  expect(ok).toBe(false)
  expect({ ...firstBad, position: shortPosition(firstBad!.position!) }).toMatchObject({
    kind,
    position: String(position),
  })
  expect(firstBad?.message).toContain(`position ${position},`)
})

test('events that changed places are found and named', async () => {
  const { tamper, verify } = await givenSealed()
  tamper(
    'UPDATE events SET pos = -1 WHERE pos = 6; UPDATE events SET pos = 6 WHERE pos = 8; UPDATE events SET pos = 8 WHERE pos = -1',
  )
  expect((await verify()).firstBad).toMatchObject({ kind: 'swapped', position: '6'.padStart(20, '0') })
})

test('a tail that was cut off so that the file agrees with itself is found by the seals outside', async () => {
  const { tamper, verify } = await givenSealed()
  tamper(`
    DELETE FROM events WHERE pos > 12;
    UPDATE streams SET head = coalesce((SELECT max(rev) FROM events e WHERE e.sid = streams.sid), -1);
    UPDATE sqlite_sequence SET seq = 12 WHERE name = 'events';
  `)
  expect((await verify()).findings).toMatchObject([{ kind: 'truncated', position: '12'.padStart(20, '0') }])
})

test('the last seal alone cut off is found', async () => {
  const { tamper, verify } = await givenSealed()
  tamper(`
    DELETE FROM events WHERE pos > 14;
    UPDATE streams SET head = coalesce((SELECT max(rev) FROM events e WHERE e.sid = streams.sid), -1);
    UPDATE sqlite_sequence SET seq = 14 WHERE name = 'events';
  `)
  expect((await verify()).firstBad).toMatchObject({ kind: 'truncated' })
})

test('an older copy of the log put back is found', async () => {
  const log = await givenLog()
  await log.note('one')
  await log.sealer.seal()
  await log.store.close()
  copyFileSync(log.path, `${log.path}.old`)
  const store = await openStore(log.path, { clock })
  await note(store, 'two')
  await sealerFor(store, log.seals).seal()
  await store.close()
  copyFileSync(`${log.path}.old`, log.path)
  expect((await log.verify()).firstBad).toMatchObject({ kind: 'truncated' })
})

test('without the tree the seals still tell, if not which event', async () => {
  const { tamper, verify, seals } = await givenSealed()
  rmSync(join(seals, 'tree.bin'))
  expect(await verify()).toMatchObject({ ok: true })
  tamper(`UPDATE events SET data = replace(data, 'b2', 'b3') WHERE pos = 7`)
  expect((await verify()).firstBad).toMatchObject({ kind: 'range', position: '9'.padStart(20, '0') })
})

test('a tree that was changed to fit an altered event is not believed', async () => {
  const { tamper, verify, seals } = await givenSealed()
  tamper(`UPDATE events SET data = replace(data, 'b2', 'b3') WHERE pos = 7`)
  const tree = readFileSync(join(seals, 'tree.bin'))
  tree[0] = tree[0]! ^ 1
  writeFileSync(join(seals, 'tree.bin'), tree)
  expect((await verify()).findings.map(({ kind }) => kind)).toEqual(['tree', 'range'])
})

test('without the seals outside, those in the log still tell', async () => {
  const { tamper, verify, seals } = await givenSealed()
  rmSync(join(seals, 'seals.jsonl'))
  expect(await verify()).toMatchObject({ ok: true, sealed: 14, outside: 0 })
  tamper(`UPDATE events SET data = replace(data, 'b2', 'b3') WHERE pos = 7`)
  expect((await verify()).firstBad).toMatchObject({ kind: 'range' })
})

test('a seal outside that was altered is found', async () => {
  const { verify, seals } = await givenSealed()
  const book = join(seals, 'seals.jsonl')
  writeFileSync(book, readFileSync(book, 'utf8').replace('"size":9', '"size":8'))
  expect((await verify()).firstBad).toMatchObject({ kind: 'seal' })
  writeFileSync(book, `no seal\n${readFileSync(book, 'utf8')}`)
  expect((await verify()).firstBad?.message).toContain('line 1 is no seal')
})

test('seals that somebody else signed are not believed', async () => {
  const { seals, verify } = await givenSealed()
  rmSync(join(seals, 'keys'), { recursive: true })
  const { ok, sealed, findings } = await verify()
  expect({ ok, sealed, kinds: new Set(findings.map(({ kind }) => kind)) }).toEqual({
    ok: false,
    sealed: 0,
    kinds: new Set(['key']),
  })
})

test.each([
  ['a stream that hides its beginning', `UPDATE streams SET first = 2 WHERE name = 'memory-0'`, 'hides'],
  ['a stream that is closed', `UPDATE streams SET deleted = 1 WHERE name = 'memory-0'`, 'closed'],
  [
    'a stream that says it is shorter',
    `UPDATE streams SET head = head - 1 WHERE name = 'memory-0'`,
    'last revision',
  ],
])('%s is found beside the events', async (_, sql, words) => {
  const { tamper, verify } = await givenSealed()
  tamper(sql)
  const { ok, findings } = await verify()
  expect(ok).toBe(false)
  expect(findings.some(({ kind, message }) => kind === 'store' && message.includes(words))).toBe(true)
})

test('bytes moved from one column into the next are found although the sealed text is the same', async () => {
  const log = await givenLog()
  const data = { a: 1, id: 'x', meta: 'y' }
  const actor = { kind: 'agent' as const, id: 'writer' }
  const id = '01900000-0000-7000-8000-000000000001'
  await log.store.append('memory-0', [{ id, type: 'Noted', version: 1, data, meta: { actor } }], {
    expected: 'any',
  })
  await log.sealer.seal()
  await log.store.close()
  log.tamper(`UPDATE events SET
    data = '{"a":1', id = 'x',
    meta = '"y"},"id":"' || id || '","meta":' || meta WHERE pos = 1`)
  expect((await log.verify()).firstBad).toMatchObject({ kind: 'altered', position: '1'.padStart(20, '0') })
})

test('whatever is done to a sealed log is found and named', { timeout: 120_000 }, async () => {
  const log = await givenLog()
  for (let seal = 0; seal < 4; seal += 1) {
    await log.note(...Array.from({ length: 25 }, (_, index) => `seal ${seal}, note ${index}: grüße, 你好`))
    await log.sealer.seal()
  }
  await log.store.close()
  const seed = Number(process.env.SEALS_SEED ?? Math.floor(Math.random() * 1e9))
  const chance = chanceOf(seed)
  const copy = join(log.folder, 'copy.db')
  for (let round = 0; round < 120; round += 1) {
    copyFileSync(log.path, copy)
    const { what, position } = attack(copy, 103, chance)
    const { ok, firstBad } = await verifyFile(copy, log.seals)
    const told = `SEALS_SEED=${seed} round ${round}: ${what}; found ${firstBad?.message}`
    expect(ok, told).toBe(false)
    const found = firstBad?.position === null ? 0 : Number(firstBad?.position)
    if (position !== null) expect(found, told).toBe(position)
  }
})
