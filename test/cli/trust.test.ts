import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Verified } from '../../src/runtime/seals/verify-log.ts'
import { cast, daybook, goal, result, temporaryFolder } from './given.ts'

let folder = ''
let remove = () => {}

/** A rehearsal with two seals, and what an import makes of its export elsewhere. */
beforeAll(async () => {
  folder = temporaryFolder((end) => {
    remove = end
  })
  const look = (...args: string[]) => result(args, { cwd: folder })
  for (let runs = 0; runs < 2; runs += 1)
    await look('run', goal, '--rehearse', '--agents', cast, '--depth', '1')
  await look('--rehearsal', 'export', 'whole.jsonl')
  await look('--dir', 'moved', 'import', 'whole.jsonl')
})
afterAll(() => remove())

const run = (...args: string[]) => daybook(args, { cwd: folder })

function alter(place: string, sql: string): void {
  const log = new DatabaseSync(join(folder, place, 'log.db'))
  log.exec(sql)
  log.close()
}

describe('verify of a log that was imported into another place', () => {
  test('says that the key is missing, once, what that means and how to give it', async () => {
    const told = await run('--dir', 'moved', 'verify')
    expect(told.code).toBe(3)
    expect(told.stdout).toContain('A key is missing')
    expect(told.stdout).not.toContain('not as it was sealed')
    expect(told.stdout.match(/whose public key is not here/gu)).toHaveLength(1)
    expect(told.stdout).toMatch(/keys\/ed25519-\w+\.pem .*seals\.jsonl.*--key/u)
    const { firstBad, seals } = JSON.parse(
      (await run('--dir', 'moved', 'verify', '--json')).stdout,
    ) as Verified
    expect({ seals, kind: firstBad?.kind }).toEqual({ seals: 2, kind: 'key' })
  })

  test('ends with 0 once the key is named, or lies with the seals', async () => {
    const { findings } = JSON.parse((await run('--dir', 'moved', 'verify', '--json')).stdout) as Verified
    const [name = ''] = /ed25519-\w+\.pem/u.exec(findings[0]!.message) ?? []
    const keys = join(folder, '.daybook/rehearsal/seals/keys')
    const named = await run('--dir', 'moved', 'verify', '--key', join(keys, name))
    expect(named).toMatchObject({ code: 0, stdout: expect.stringContaining('The log is as it was sealed') })
    cpSync(join(folder, 'moved'), join(folder, 'with-keys'), { recursive: true })
    cpSync(keys, join(folder, 'with-keys/seals/keys'), { recursive: true })
    expect(await run('--dir', 'with-keys', 'verify')).toMatchObject({ code: 0 })
  })

  test('says that the log was altered where it was, key or none', async () => {
    cpSync(join(folder, 'moved'), join(folder, 'altered'), { recursive: true })
    alter('altered', `UPDATE events SET data = replace(data, 'Rehearsed', 'rehearsed') WHERE pos = 60`)
    alter('altered', `UPDATE events SET data = replace(data, '"', ' "') WHERE pos = 3`)
    const told = await run('--dir', 'altered', 'verify')
    expect(told).toMatchObject({ code: 3, stdout: expect.stringContaining('not as it was sealed') })
  })
})

test('store health says that the log answers, and where to ask whether it can be read', async () => {
  cpSync(join(folder, '.daybook/rehearsal'), join(folder, 'damaged'), { recursive: true })
  alter('damaged', `UPDATE events SET data = '[' || substr(data, 2) WHERE pos = 30`)
  const told = await run('--dir', 'damaged', 'store', 'health')
  expect(told).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^ready: .*\n.*daybook doctor.*daybook verify/u),
  })
  expect((await run('--dir', 'damaged', 'doctor')).stdout).toMatch(/✗ store .*position 30/u)
})
