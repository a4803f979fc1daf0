import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { limits } from '../../src/kernel/limits.ts'
import { type ToolStage, toolStage } from './tool-stage.ts'
import { done, inTurn, use } from './worker-stage.ts'

/** A file outside the workspace that nobody may reach. */
async function outside(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'daybook-outside-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'secret.txt'), 'kept')
  return folder
}

async function recordOf(given: ToolStage) {
  const [called, returned] = await Promise.all([given.data('ToolCalled'), given.data('ToolReturned')])
  return { called, returned, ended: (await given.data('SessionCompleted')).length }
}

test('a path that leads out, by words or by a link, is an error on record, and nothing outside is touched', async () => {
  const folder = await outside()
  const secret = join(folder, 'secret.txt')
  const script = inTurn(
    use('Read', { file_path: secret }, { file_path: '../'.repeat(20) + secret }, { file_path: 'link' }),
    use('Write', { file_path: secret, content: 'gone' }, { file_path: 'door/secret.txt', content: 'gone' }),
    use('Edit', { file_path: 'link', old_string: 'kept', new_string: 'gone' }),
    done,
  )
  const given = await toolStage(script)
  await symlink(secret, join(given.root, 'link'))
  await symlink(folder, join(given.root, 'door'))
  await given.drain()
  const { called, returned, ended } = await recordOf(given)
  expect(called).toHaveLength(6)
  expect(returned.map(({ isError }) => isError)).toEqual(Array.from({ length: 6 }, () => true))
  for (const { output } of returned) {
    expect(output).not.toContain('kept')
    expect(output).toMatch(/outside|workspace/u)
  }
  expect(await readFile(secret, 'utf8')).toBe('kept')
  expect(await given.data('FileChanged')).toEqual([])
  expect(ended).toBe(1)
})

test('a link that is put in the place of a file between two calls is not followed', async () => {
  const folder = await outside()
  const swap = `rm a.txt && ln -s ${join(folder, 'secret.txt')} a.txt`
  const script = inTurn(
    use('Write', { file_path: 'a.txt', content: 'mine' }),
    use('Bash', { command: swap }),
    use('Write', { file_path: 'a.txt', content: 'gone' }),
    use('Read', { file_path: 'a.txt' }),
    done,
  )
  const given = await toolStage(script, { config: { allowBash: true } })
  await given.drain()
  const { returned, ended } = await recordOf(given)
  expect(returned.slice(2).map(({ isError }) => isError)).toEqual([true, true])
  expect(await readFile(join(folder, 'secret.txt'), 'utf8')).toBe('kept')
  expect(ended).toBe(1)
})

test('five megabytes of a command’s output are cut, with length and digest on record', async () => {
  const command = 'head -c 5242880 /dev/zero | tr "\\0" x'
  const given = await toolStage(inTurn(use('Bash', { command }), done), { config: { allowBash: true } })
  await given.drain()
  const { returned, ended } = await recordOf(given)
  expect(returned).toMatchObject([
    { isError: false, cutFrom: { chars: 5_242_880, digest: expect.stringMatching(/^sha256:/u) } },
  ])
  expect(String(returned[0]?.output)).toHaveLength(limits.toolOutputCharsMax)
  expect(ended).toBe(1)
})
