import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Json } from '../../src/kernel/event.ts'
import { editTool, multiEditTool } from '../../src/tools/edit-tool.ts'
import { readTool } from '../../src/tools/read-tool.ts'
import { writeTool } from '../../src/tools/write-tool.ts'
import { givenDesk, use } from './given-desk.ts'

describe('Read', () => {
  test('gives a file as it is, or the lines that are asked for', async () => {
    const desk = await givenDesk()
    await writeFile(join(desk.root, 'a.txt'), '\uFEFFone\r\ntwo\nthree\n')
    const read = readTool(desk)
    expect(await use(read, { file_path: 'a.txt' })).toMatchObject({
      output: '\uFEFFone\r\ntwo\nthree\n',
      isError: false,
    })
    expect((await use(read, { file_path: './a.txt', offset: 2, limit: 1 })).output).toBe('two')
    expect((await use(read, { file_path: join(desk.root, 'a.txt'), offset: 3 })).output).toBe('three\n')
    expect(await use(read, { file_path: 'a.txt', offset: 9 })).toMatchObject({ isError: true })
  })

  test('says what is wrong with what is no text', async () => {
    const desk = await givenDesk()
    await writeFile(join(desk.root, 'image'), new Uint8Array([137, 80, 78, 71, 0, 1]))
    await writeFile(join(desk.root, 'latin1'), new Uint8Array([0x41, 0xe9, 0x42]))
    await mkdir(join(desk.root, 'folder'))
    const said = async (file_path: string) => (await use(readTool(desk), { file_path })).output
    expect(await said('image')).toContain('binary file of 6 bytes')
    expect(await said('latin1')).toContain('is not UTF-8')
    expect(await said('folder')).toContain('no ordinary file')
    expect(await said('.')).toContain('no ordinary file')
    expect(await said('missing/too')).toContain('no such file')
    expect(await said('latin1/below')).toContain('no folder')
  })

  test('gives five megabytes whole and refuses what is larger than it may read', async () => {
    const desk = await givenDesk()
    const text = 'x'.repeat(5 * 1024 * 1024)
    await writeFile(join(desk.root, 'five'), text)
    await writeFile(join(desk.root, 'nine'), Buffer.alloc(9 * 1024 * 1024, 'x'))
    expect((await use(readTool(desk), { file_path: 'five' })).output.length).toBe(text.length)
    expect((await use(readTool(desk), { file_path: 'nine' })).output).toContain('at most 8388608 are read')
  })
})

describe('Write', () => {
  test('writes a file with its folders, and records it by digest', async () => {
    const desk = await givenDesk()
    const result = await use(writeTool(desk), { file_path: 'docs/new/a.md', content: 'Hello\n' })
    expect(await readFile(join(desk.root, 'docs/new/a.md'), 'utf8')).toBe('Hello\n')
    expect(result.isError).toBe(false)
    expect(result.findings).toEqual([
      {
        type: 'FileChanged',
        data: {
          path: 'docs/new/a.md',
          digest: 'sha256:66a045b452102c59d840ec097d59d9467e13a3f34f6494e539ffd32c1bb35f18',
          bytes: 6,
        },
      },
    ])
  })

  test('keeps the mode of a file, leaves nothing beside it, and changes nothing when nothing changed', async () => {
    const desk = await givenDesk()
    const path = join(desk.root, 'run.sh')
    await writeFile(path, 'old')
    await chmod(path, 0o755)
    await use(writeTool(desk), { file_path: 'run.sh', content: 'new' })
    expect((await stat(path)).mode & 0o777).toBe(0o755)
    expect(await readdir(desk.root)).toEqual(['run.sh'])
    const again = await use(writeTool(desk), { file_path: 'run.sh', content: 'new' })
    expect(again).toMatchObject({ isError: false, findings: [] })
    expect(again.output).toContain('nothing to change')
  })

  test('leaves alone what is kept from it: git, Daybook, agent files, folders', async () => {
    const desk = await givenDesk({ readOnly: ['agents', 'daybook.config.json'] })
    await mkdir(join(desk.root, 'agents'))
    await mkdir(join(desk.root, '.git/hooks'), { recursive: true })
    const said = async (file_path: string) => use(writeTool(desk), { file_path, content: 'x' })
    for (const path of [
      'agents/mine.md',
      'AGENTS/mine.md',
      'daybook.config.json',
      '.git/hooks/pre-commit',
      'deep/.GIT/config',
      '.daybook/log.db',
      '.daybook',
      'agents',
      '.',
      '',
    ])
      expect(await said(path), path).toMatchObject({ isError: true, findings: [] })
    expect(await readdir(join(desk.root, 'agents'))).toEqual([])
    expect(await readdir(join(desk.root, '.git/hooks'))).toEqual([])
    expect(await readdir(desk.root)).toEqual(['.git', 'agents'])
  })
})

describe('Edit and MultiEdit', () => {
  test('replace one occurrence, or all of them when asked', async () => {
    const desk = await givenDesk()
    const path = join(desk.root, 'a.ts')
    await writeFile(path, 'let a = 1\nlet b = 1\n')
    const edit = editTool(desk)
    const input = { file_path: 'a.ts', old_string: 'let', new_string: 'const' }
    expect((await use(edit, input)).output).toContain('more than once')
    expect(await readFile(path, 'utf8')).toBe('let a = 1\nlet b = 1\n')
    await use(edit, { ...input, replace_all: true })
    await use(edit, { file_path: 'a.ts', old_string: 'b = 1', new_string: "b = '$&'" })
    expect(await readFile(path, 'utf8')).toBe("const a = 1\nconst b = '$&'\n")
  })

  test('change all or nothing', async () => {
    const desk = await givenDesk()
    const path = join(desk.root, 'a.txt')
    await writeFile(path, 'one two')
    const edits = [
      { old_string: 'one', new_string: 'two' },
      { old_string: 'three', new_string: 'four' },
    ]
    const result = await use(multiEditTool(desk), { file_path: 'a.txt', edits })
    expect(result).toMatchObject({ isError: true })
    expect(result.output).toContain('edit 2 of 2: old_string does not occur')
    expect(await readFile(path, 'utf8')).toBe('one two')
    const twice = [edits[0]!, { old_string: 'two two', new_string: 'done' }]
    await use(multiEditTool(desk), { file_path: 'a.txt', edits: twice })
    expect(await readFile(path, 'utf8')).toBe('done')
  })

  test('find lines in a file that ends them otherwise, and keep its endings', async () => {
    const desk = await givenDesk()
    await writeFile(join(desk.root, 'a.txt'), 'one\r\ntwo\r\nthree\r\n')
    const input = { file_path: 'a.txt', old_string: 'one\ntwo', new_string: 'one\n1.5\ntwo' }
    await use(editTool(desk), input)
    expect(await readFile(join(desk.root, 'a.txt'), 'utf8')).toBe('one\r\n1.5\r\ntwo\r\nthree\r\n')
  })
})

describe('a second run of the same call', () => {
  const input = { file_path: 'a.txt', old_string: 'a', new_string: 'aa' }
  const run = { key: 'k1', signal: new AbortController().signal }

  test('finds out that the change is there, although it could be made once more', async () => {
    const desk = await givenDesk()
    await writeFile(join(desk.root, 'a.txt'), 'a')
    const edit = editTool(desk)
    expect(await edit.probe?.(input, run)).toBeNull()
    const first = await use(edit, input)
    expect(await edit.probe?.(input, run)).toMatchObject({ isError: false, findings: first.findings })
    expect(await readFile(join(desk.root, 'a.txt'), 'utf8')).toBe('aa')
    expect(await edit.probe?.(input, { ...run, key: 'k2' })).toBeNull()
    await edit.settled?.('k1')
    expect(await edit.probe?.(input, run)).toBeNull()
  })

  test('says that it does not know when somebody changed the file since', async () => {
    const desk = await givenDesk()
    await writeFile(join(desk.root, 'a.txt'), 'a')
    await use(editTool(desk), input)
    await writeFile(join(desk.root, 'a.txt'), 'somebody else')
    const probed = await editTool(desk).probe?.(input, run)
    expect(probed).toMatchObject({ isError: true })
    expect(probed).toHaveProperty('output', expect.stringContaining('not known'))
  })

  test('may run when nothing had been changed yet', async () => {
    const desk = await givenDesk()
    await writeFile(join(desk.root, 'a.txt'), 'a')
    const before = (await desk.workspace.look('a.txt'))?.digest ?? null
    await desk.effects.begin({ key: 'k1', path: 'a.txt', before, after: `sha256:${'0'.repeat(64)}` })
    expect(await editTool(desk).probe?.(input, run)).toBeNull()
  })
})

test('what a model gives instead of an input is told, and pollutes nothing', async () => {
  const desk = await givenDesk()
  const hostile = JSON.parse(
    '{"file_path":"a.txt","content":"x","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
  )
  expect((await use(writeTool(desk), hostile)).isError).toBe(false)
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  const bad: Json[] = [null, 'a.txt', [], {}, { file_path: 5, content: 'x' }, '{"file_path": "a']
  for (const input of bad)
    expect((await use(writeTool(desk), input)).output).toContain('The input does not fit')
})
