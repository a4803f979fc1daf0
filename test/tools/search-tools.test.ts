import { execFileSync } from 'node:child_process'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { globTool } from '../../src/tools/glob-tool.ts'
import { grepTool } from '../../src/tools/grep-tool.ts'
import { lsTool } from '../../src/tools/ls-tool.ts'
import { globMatcher, matcherOf } from '../../src/tools/pattern.ts'
import { givenDesk, use } from './given-desk.ts'

async function givenFiles() {
  const desk = await givenDesk()
  await mkdir(join(desk.root, 'src/deep'), { recursive: true })
  await mkdir(join(desk.root, 'node_modules/x'), { recursive: true })
  await mkdir(join(desk.root, '.daybook'))
  await writeFile(join(desk.root, 'src/a.ts'), 'one\nconst two = 2\nthree\nfour\n')
  await writeFile(join(desk.root, 'src/deep/b.test.ts'), 'Two of them\r\nTWO\r\n')
  await writeFile(join(desk.root, 'README.md'), 'nothing here\n')
  await writeFile(join(desk.root, 'node_modules/x/two.ts'), 'two')
  await writeFile(join(desk.root, '.daybook/two.ts'), 'two')
  await writeFile(join(desk.root, 'binary'), Buffer.from('two\0two'))
  await writeFile(join(desk.outside, 'secret.ts'), 'two')
  await symlink(desk.outside, join(desk.root, 'away'))
  await symlink(join(desk.outside, 'secret.ts'), join(desk.root, 'secret.ts'))
  return desk
}

describe('Glob', () => {
  test('lists files by pattern, in the order of names, and follows no link', async () => {
    const { workspace } = await givenFiles()
    const found = async (pattern: string, path?: string) =>
      (await use(globTool(workspace), path === undefined ? { pattern } : { pattern, path })).output.split(
        '\n',
      )
    expect(await found('**/*.ts')).toEqual(['src/a.ts', 'src/deep/b.test.ts'])
    expect(await found('*.ts')).toEqual(['src/a.ts', 'src/deep/b.test.ts'])
    expect(await found('src/*.ts')).toEqual(['src/a.ts'])
    expect(await found('*.{md,test.ts}', 'src')).toEqual(['src/deep/b.test.ts'])
    expect(await found('[!s]*.md')).toEqual(['README.md'])
    expect(await found('secret*')).toEqual(['Nothing was found.'])
    expect((await use(globTool(workspace), { pattern: '*', path: '../' })).isError).toBe(true)
    expect((await use(globTool(workspace), { pattern: '*', path: 'away' })).isError).toBe(true)
    expect((await use(globTool(workspace), { pattern: '*', path: '.daybook' })).isError).toBe(true)
  })

  test('reads every character as it is meant', () => {
    expect(globMatcher('a+(b).$^c')('a+(b).$^c')).toBe(true)
    expect(globMatcher('**/x/**')('a/b/x/c/d')).toBe(true)
    expect(globMatcher('**/x')('x')).toBe(true)
    expect(globMatcher('a?c')('a/c')).toBe(false)
    expect(globMatcher('[a-c]/{x,y}')('b/y')).toBe(true)
    expect(globMatcher('{a,b')('b')).toBe(true)
    expect(globMatcher('[')('[')).toBe(true)
    expect(globMatcher('a\\*')('a\\bc')).toBe(true)
  })
})

describe('LS', () => {
  test('lists a folder', async () => {
    const { workspace } = await givenFiles()
    expect((await use(lsTool(workspace), {})).output.split('\n')).toEqual([
      'README.md',
      'away (no ordinary file)',
      'binary',
      'node_modules/',
      'secret.ts (no ordinary file)',
      'src/',
    ])
    expect((await use(lsTool(workspace), { path: 'src' })).output).toBe('a.ts\ndeep/')
    expect((await use(lsTool(workspace), { path: 'nowhere' })).isError).toBe(true)
    expect((await use(lsTool(workspace), { path: '/' })).isError).toBe(true)
  })
})

describe('Grep', () => {
  test('finds lines, files and counts', async () => {
    const { workspace } = await givenFiles()
    const found = async (input: Record<string, string | number | boolean>) =>
      (await use(grepTool(workspace), input)).output
    expect(await found({ pattern: 'two' })).toBe('src/a.ts')
    expect(await found({ pattern: 'two', '-i': true })).toBe('src/a.ts\nsrc/deep/b.test.ts')
    expect(await found({ pattern: '^TWO$', output_mode: 'content' })).toBe('src/deep/b.test.ts:2:TWO')
    expect(await found({ pattern: 'two', '-i': true, output_mode: 'count', glob: '*.test.ts' })).toBe(
      'src/deep/b.test.ts:2',
    )
    expect(await found({ pattern: 'const', output_mode: 'content', '-C': 1 })).toBe(
      'src/a.ts-1-one\nsrc/a.ts:2:const two = 2\nsrc/a.ts-3-three',
    )
    expect(await found({ pattern: 'o', output_mode: 'content', head_limit: 1, path: 'src/a.ts' })).toBe(
      'src/a.ts:1:one',
    )
    expect(await found({ pattern: 'zebra' })).toBe('Nothing was found.')
  })

  test('says what is wrong with a pattern', async () => {
    const { workspace } = await givenFiles()
    for (const pattern of ['(', '(?=two)', '(t)\\1', '*', '((((a{1,1000}){1,1000}){1,1000}){1,1000})'])
      expect((await use(grepTool(workspace), { pattern })).output).toContain('The pattern cannot be used')
  })

  test('does not open what is no file', async () => {
    const desk = await givenFiles()
    execFileSync('mkfifo', [join(desk.root, 'src/pipe.ts')])
    expect((await use(grepTool(desk.workspace), { pattern: 'const' })).output).toBe('src/a.ts')
  })

  test('ends when it is told to', async () => {
    const { workspace } = await givenFiles()
    const signal = AbortSignal.abort(new Error('stop'))
    await expect(grepTool(workspace).run({ pattern: 'two' }, { key: 'k', signal })).rejects.toThrow('stop')
  })
})

describe('patterns that make a backtracking search crawl', () => {
  const crawlers = ['(a+)+$', '(a|a)*b', '(a|aa)+$', '(.*a){20}', '([a-z]+)*[0-9]', '(?:.?){60}a{60}!']

  test('take time in proportion to the text', async () => {
    const desk = await givenDesk()
    await writeFile(join(desk.root, 'a.txt'), `${'a'.repeat(9_000)}!\n`.repeat(20))
    for (const pattern of crawlers) {
      const began = performance.now()
      await use(grepTool(desk.workspace), { pattern, output_mode: 'count' })
      expect(performance.now() - began, pattern).toBeLessThan(4_000)
    }
  })

  test('as globs too', () => {
    const fits = globMatcher('*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b')
    const began = performance.now()
    expect(fits('a'.repeat(4_000))).toBe(false)
    expect(performance.now() - began).toBeLessThan(1_000)
  })

  test('and a RegExp would not', () => {
    const crawling = /^(a+)+$/u
    const began = performance.now()
    crawling.test(`${'a'.repeat(25)}!`)
    const crawled = performance.now() - began
    const again = performance.now()
    matcherOf('^(a+)+$', 'exact')(`${'a'.repeat(25)}!`)
    expect(performance.now() - again).toBeLessThan(crawled)
  })
})
