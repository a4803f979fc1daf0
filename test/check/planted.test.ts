import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { inspect, uncaught } from '../../scripts/planted.ts'
import { projectFiles } from '../../scripts/project-files.ts'

const root = resolve(import.meta.dirname, '../..')
const planted = join(root, 'test/check/planted')

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daybook-planted-test-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function plant(file: string, content: string): Promise<void> {
  const path = join(folder, `${file}.txt`)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, content)
}

describe('the guards are awake', () => {
  test('every planted violation is caught by the rule that it names', async () => {
    expect(await uncaught(root, planted)).toEqual([])
  })

  test('every room, port and face of the import direction has a planted violation', async () => {
    const files = await projectFiles(planted)
    const contents = await Promise.all(files.map((file) => readFile(join(planted, file), 'utf8')))
    const covered = new Set(
      files
        .filter((_, index) => contents[index]?.includes('noRestrictedImports'))
        .map((file) => dirname(file)),
    )
    const expected = ['src/kernel', 'src/agents', 'src/memory', 'src/handoffs', 'src/store', 'src/models']
    expect([...covered]).toEqual(
      expect.arrayContaining([...expected, 'src/tools', 'src/runtime', 'src/api', 'projections']),
    )
  })
})

describe('a guard that sleeps is noticed', () => {
  test('an innocent file that claims to break a rule', async () => {
    await plant(
      'src/kernel/innocent.ts',
      '// caught by: lint/style/noRestrictedImports\nexport const one = 1\n',
    )
    expect(await uncaught(root, folder)).toMatchObject([{ file: 'src/kernel/innocent.ts', level: 'error' }])
  })

  test('a violation in a folder that the rule does not cover', async () => {
    await plant(
      'src/cli/clock.ts',
      '// caught by: lint/nursery/noJsRestrictedProperties\nexport const now = (): number => Date.now()\n',
    )
    expect(await uncaught(root, folder)).toMatchObject([{ file: 'src/cli/clock.ts' }])
  })

  test('a right rule for a wrong reason', async () => {
    await plant(
      'src/kernel/node.ts',
      "// caught by: lint/style/noRestrictedImports (Rooms meet only)\nimport { sep } from 'node:path'\n\nexport const s = sep\n",
    )
    expect(await uncaught(root, folder)).toMatchObject([{ file: 'src/kernel/node.ts' }])
  })

  test('a file that names no rule', async () => {
    await plant('src/kernel/nameless.ts', 'export const one = 1\n')
    expect(await uncaught(root, folder)).toMatchObject([
      { message: expect.stringContaining('names no rule') },
    ])
  })

  test('no violations at all', async () => {
    expect(await uncaught(root, folder)).toMatchObject([{ message: expect.stringContaining('no planted') }])
  })
})

describe('what is allowed stays allowed', () => {
  const innocent: readonly (readonly [string, string])[] = [
    [
      'src/handoffs/reads-events.ts',
      "import { memoryEvents } from '../memory/events.ts'\n\nexport const e = memoryEvents\n",
    ],
    ['src/handoffs/deep/own-room.ts', "import { own } from '../own.ts'\n\nexport const o = own\n"],
    ['src/agents/reads-yaml.ts', "import { parse } from 'yaml'\n\nexport const p = parse\n"],
    [
      'projections/reads-a-room.ts',
      "import { fold } from '../src/memory/fold.ts'\n\nexport const f = fold\n",
    ],
    ['src/memory/dates.ts', 'export const day = (ms: number): string => new Date(ms).toISOString()\n'],
    [
      'src/runtime/acts.ts',
      "import { open } from '../store/open.ts'\n\nexport const now = (): number => open(Date.now())\n",
    ],
  ]

  test.each(innocent)('%s', async (file, content) => {
    await plant(file, content)
    const { found } = await inspect(root, folder)
    expect(found.filter((one) => one.file === file)).toEqual([])
  })
})
