import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { editTool } from '../../src/tools/edit-tool.ts'
import { readTool } from '../../src/tools/read-tool.ts'
import { writeTool } from '../../src/tools/write-tool.ts'
import { type GivenDesk, givenDesk, use } from '../tools/given-desk.ts'

async function givenSecret(): Promise<GivenDesk> {
  const desk = await givenDesk()
  await writeFile(join(desk.outside, 'secret.txt'), 'secret')
  await writeFile(join(desk.root, 'own.txt'), 'own')
  return desk
}

/** Everything that a tool says or does with a path stays inside. */
async function expectClosed(desk: GivenDesk, file_path: string): Promise<void> {
  const read = await use(readTool(desk), { file_path })
  expect(read, file_path).toMatchObject({ isError: true, findings: [] })
  expect(read.output).not.toContain('secret"')
  const write = await use(writeTool(desk), { file_path, content: 'overwritten' })
  expect(write, file_path).toMatchObject({ isError: true, findings: [] })
  const edit = await use(editTool(desk), { file_path, old_string: 'secret', new_string: 'x' })
  expect(edit, file_path).toMatchObject({ isError: true, findings: [] })
  expect(await readFile(join(desk.outside, 'secret.txt'), 'utf8')).toBe('secret')
  expect((await readdir(desk.outside)).filter((name) => name !== 'effects')).toEqual(['secret.txt'])
}

describe('no path leads out of the workspace', () => {
  test('by words', async () => {
    const desk = await givenSecret()
    const aside = desk.outside.split('/').at(-1)
    for (const path of [
      join(desk.outside, 'secret.txt'),
      `../${aside}/secret.txt`,
      `a/b/../../../${aside}/secret.txt`,
      `./../${aside}/secret.txt`,
      `${desk.root}/../${aside}/secret.txt`,
      `${desk.root}-not/secret.txt`,
      `//${desk.outside}/secret.txt`,
      '/etc/passwd',
      '/proc/self/environ',
      '/dev/stdin',
      `own.txt\0/../../${aside}/secret.txt`,
      'x'.repeat(5_000),
      `${'../'.repeat(1_000)}etc/passwd`,
    ])
      await expectClosed(desk, path)
  })

  test('by links: of a file, of a folder, to a link, to nothing yet, in a circle', async () => {
    const desk = await givenSecret()
    await symlink(join(desk.outside, 'secret.txt'), join(desk.root, 'file'))
    await symlink(desk.outside, join(desk.root, 'folder'))
    await symlink('folder', join(desk.root, 'twice'))
    await symlink(join(desk.outside, 'new.txt'), join(desk.root, 'nothing'))
    await symlink('round', join(desk.root, 'round'))
    await symlink('/proc/self/root', join(desk.root, 'proc'))
    await symlink(`../${desk.outside.split('/').at(-1)}`, join(desk.root, 'relative'))
    for (const path of [
      'file',
      'folder/secret.txt',
      'folder/new.txt',
      'folder/new/deep.txt',
      'twice/secret.txt',
      'nothing',
      'round',
      'relative/secret.txt',
      `proc${desk.outside}/secret.txt`,
    ])
      await expectClosed(desk, path)
  })

  test('and links that stay inside are followed', async () => {
    const desk = await givenSecret()
    await mkdir(join(desk.root, 'deep'))
    await symlink('../own.txt', join(desk.root, 'deep/link'))
    await symlink(join(desk.root, 'deep'), join(desk.root, 'absolute'))
    expect((await use(readTool(desk), { file_path: 'absolute/link' })).output).toBe('own')
    const written = await use(writeTool(desk), { file_path: 'absolute/link', content: 'changed' })
    expect(written.findings[0]?.data.path).toBe('own.txt')
    expect(await readFile(join(desk.root, 'own.txt'), 'utf8')).toBe('changed')
  })

  test('nor to what is hidden or kept inside it', async () => {
    const desk = await givenSecret()
    await mkdir(join(desk.root, '.daybook'))
    await writeFile(join(desk.root, '.daybook/log.db'), 'log')
    await symlink('.daybook', join(desk.root, 'other-name'))
    await symlink('.daybook/log.db', join(desk.root, 'log'))
    for (const file_path of ['.daybook/log.db', 'other-name/log.db', 'log', 'x/../.DAYBOOK/log.db'])
      expect((await use(readTool(desk), { file_path })).isError, file_path).toBe(true)
    await use(writeTool(desk), { file_path: 'log', content: 'x' })
    await use(writeTool(desk), { file_path: 'other-name/log.db', content: 'x' })
    expect(await readFile(join(desk.root, '.daybook/log.db'), 'utf8')).toBe('log')
  })
})

test('pipes, sockets and devices are not opened: a call on them ends', async () => {
  const desk = await givenDesk()
  execFileSync('mkfifo', [join(desk.root, 'pipe')])
  await symlink('/dev/zero', join(desk.root, 'zero'))
  for (const file_path of ['pipe', 'zero']) {
    expect((await use(readTool(desk), { file_path })).isError).toBe(true)
    expect((await use(writeTool(desk), { file_path, content: 'x' })).isError).toBe(true)
  }
})
