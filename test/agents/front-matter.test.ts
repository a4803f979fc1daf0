import { afterEach, expect, test } from 'vitest'
import { type FrontMatter, readFrontMatter } from '../../src/agents/front-matter.ts'

function read(file: string): FrontMatter {
  const result = readFrontMatter(file)
  if (result.kind === 'refused') throw new Error(result.rejection.message)
  return result.frontMatter
}
const refusal = (file: string) => {
  const result = readFrontMatter(file)
  return result.kind === 'refused' ? result.rejection.code : 'read'
}
const codes = (file: string) => read(file).diagnostics.map((diagnostic) => diagnostic.code)

const marked = globalThis as { daybookWasRun?: boolean }
afterEach(() => {
  expect(marked.daybookWasRun).toBeUndefined()
})

test('valid YAML gives its values and the body exactly', () => {
  const found = read('---\nname: a\ntools: [Read, Grep]\n---\n\n# Body\r\n')
  expect(Object.fromEntries(found.values)).toEqual({ name: 'a', tools: ['Read', 'Grep'] })
  expect(found).toMatchObject({ body: '\n# Body\r\n', recovered: false, diagnostics: [] })
})

test('a byte order mark, CRLF, CR alone and blank lines before the fence change nothing', () => {
  for (const file of [
    '\uFEFF---\nname: a\n---\nb',
    '---\r\nname: a\r\n---\r\nb',
    '---\rname: a\r---\rb',
    '\n\n---\nname: a\n---\nb',
  ]) {
    expect(read(file).values.get('name')).toBe('a')
    expect(read(file).body).toBe('b')
  }
})

test('no other language is ever run or parsed', () => {
  const code = '{ name: (globalThis.daybookWasRun = true) }'
  const spellings = [
    '---js',
    '--- javascript',
    '---JS',
    '--- JavaScript ',
    '---coffee',
    '---json',
    '---toml',
    '---cson',
  ]
  const odd = ['---constructor', '---__proto__', '---node']
  for (const fence of [...spellings, ...odd]) {
    for (const mark of ['', '\uFEFF', '\n']) {
      expect(refusal(`${mark}${fence}\n${code}\n---\nbody`), fence).toBe('front_matter_engine')
    }
  }
  expect(refusal('---yaml\nname: a\n---\n')).toBe('read')
})

test('the same file read twice gives the same: no cache hides the error', () => {
  const broken = '---\nname: a\ndescription: b: c: d\n---\n'
  expect(read(broken)).toEqual(read(broken))
  expect(read(broken).recovered).toBe(true)
})

test('broken YAML is read line by line, and text stays in the value it belongs to', () => {
  const found = read(
    '---\nname: a\nvibe: calm\ndescription: Use it when: always.\n\n<example>\nuser: "hm: so?"\nother: x\n</example>\nname: not me\nmodel: this is a sentence\ncolor: red\ntools: Read, "Gr: ep"\n---\nbody',
  )
  expect(Object.fromEntries(found.values)).toEqual({
    name: 'a',
    vibe: 'calm',
    description:
      'Use it when: always.\n\n<example>\nuser: "hm: so?"\nother: x\n</example>\nname: not me\nmodel: this is a sentence',
    color: 'red',
    tools: 'Read, "Gr: ep"',
  })
  expect(found.diagnostics.map(({ code }) => code)).toEqual(['front_matter_recovered'])
})

test('the line reader knows lists, block texts, quotes and nulls', () => {
  const found = read(
    '---\nbroken: a: b: c\ntools:\n  - Read\n  - "Grep"\ntags: [x, \'y\']\nmodel: ~\nversion: "1.0"\ndescription: |\n  one\n    two\n\n  three\n---\n',
  )
  expect(Object.fromEntries(found.values)).toEqual({
    broken: 'a: b: c',
    tools: ['Read', 'Grep'],
    tags: ['x', 'y'],
    model: null,
    version: '1.0',
    description: 'one\n  two\n\nthree',
  })
})

test('alias bombs and deep nesting are refused before they cost anything', () => {
  const bomb = ['a: &a [l,l,l,l,l,l,l,l]', ...'bcdefgh'].map((line, at, all) =>
    at === 0 ? line : `${line}: &${line} [${`*${at === 1 ? 'a' : all[at - 1]},`.repeat(8)}]`,
  )
  const deep = [
    `a: ${'['.repeat(30_000)}`,
    '- '.repeat(30_000),
    '? '.repeat(30_000),
    Array.from({ length: 300 }, (_, at) => `${' '.repeat(at)}a:`).join('\n'),
    'a: &a [*a]',
  ]
  const start = performance.now()
  expect(refusal(`---\n${bomb.join('\n')}\n---\n`)).toBe('front_matter_aliases')
  for (const block of deep) expect(refusal(`---\n${block}\n---\n`)).toBe('front_matter_too_deep')
  expect(performance.now() - start).toBeLessThan(15_000)
})

test('keys that reach into objects are left out and said so', () => {
  const file = '---\nname: a\n__proto__:\n  polluted: yes\n<<: { b: 1 }\nconstructor: x\n---\n'
  expect([...read(file).values.keys()]).toEqual(['name'])
  expect(codes(file)).toEqual(Array(3).fill('front_matter_key_refused'))
  expect(({} as { polluted?: string }).polluted).toBeUndefined()
})

test('of duplicate keys the first counts, with a diagnostic', () => {
  const file = '---\nname: a\nname: b\ncolor: red\n---\n'
  expect(read(file).values.get('name')).toBe('a')
  expect(codes(file)).toEqual(['front_matter_recovered', 'front_matter_duplicate_key'])
})

test('an unclosed block ends at its first blank line', () => {
  const found = read('---\nname: a\ndescription: b\n\n# Body')
  expect(Object.fromEntries(found.values)).toEqual({ name: 'a', description: 'b' })
  expect(found.body).toBe('\n# Body')
  expect(found.diagnostics.map(({ code }) => code)).toEqual([
    'front_matter_recovered',
    'front_matter_unclosed',
  ])
})

test('a rule at the top of a file is no front matter', () => {
  for (const file of ['---\n\nText\n\n---\n', '----\nname: a\n----\n', '--- a title ---\nText', '---', '']) {
    const found = readFrontMatter(file)
    expect(found.kind, file).toBe('read')
  }
  expect(read('----\nname: a\n----\n').present).toBe(false)
})

test('oversize is refused, and hostile blocks cost little', () => {
  expect(refusal(`---\n${'a'.repeat(70_000)}\n---\n`)).toBe('front_matter_too_large')
  const blocks = [
    '\n',
    ' ',
    '#\n',
    ': ',
    '!',
    '&a ',
    '!!a ',
    '%a\n',
    "''",
    '"x\n',
    '- - ',
    'a,',
    '\t',
    '`',
    '{}',
  ].map((part) => `name: ${part.repeat(Math.floor(60_000 / part.length))}`)
  for (const block of blocks) {
    const start = performance.now()
    readFrontMatter(`---\n${block}\n---\n`)
    expect(performance.now() - start, block.slice(0, 20)).toBeLessThan(15_000)
  }
})

test('a lone surrogate in an escape does not get into a value', () => {
  expect(read('---\nname: "\\ud800a"\n---\n').values.get('name')).toBe('\ufffda')
})
