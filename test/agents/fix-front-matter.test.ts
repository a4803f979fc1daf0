import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fixFrontMatter } from '../../src/agents/fix-front-matter.ts'
import { readFrontMatter } from '../../src/agents/front-matter.ts'

function values(file: string) {
  const result = readFrontMatter(file)
  if (result.kind === 'refused') throw new Error(result.rejection.message)
  const { values, recovered, body } = result.frontMatter
  return { values: [...values], recovered, body }
}

test('a mended file is valid and says the same', () => {
  const broken = [
    '---\nname: a\ndescription: Use it when: always. It\'s "so".\\n\\nuser: x\ncolor: red\n---\n\nbody\n',
    '---\r\nname: a\r\ndescription: b: c\r\n  more: text\r\n\r\n  end\r\nmodel: opus\r\n---\r\nbody',
    '\uFEFF---\nname: a\nname: b\n---\nbody',
    '---\nname: a\ndescription: b\n\n# Body',
    '---\nname: a\ndescription: \ttab: x\n tools: [Read\n---\nbody',
  ]
  for (const file of broken) {
    const fixed = fixFrontMatter(file)
    expect(fixed, file).not.toBeNull()
    expect(values(fixed!)).toEqual({ ...values(file), recovered: false })
  }
})

test('lines that are fine stay as they are', () => {
  const fixed = fixFrontMatter('---\nname:   "a"\ndescription: b: c\ntools: [Read,  Grep]\n---\nbody')
  expect(fixed).toBe('---\nname:   "a"\ndescription: \'b: c\'\ntools: [Read,  Grep]\n---\nbody')
})

test('a file that is valid, or refused, is left alone', () => {
  expect(fixFrontMatter('---\nname: a\n---\n')).toBeNull()
  expect(fixFrontMatter('no front matter')).toBeNull()
  expect(fixFrontMatter('---js\nx\n---\n')).toBeNull()
})

test('whatever it mends says the same', () => {
  const line = fc.oneof(
    fc.constantFrom(
      'name: a',
      'description: x: y',
      'tools: [a',
      '  - b',
      'color: "',
      '---x',
      'user: "q"',
      '',
      '|',
    ),
    fc.string({ maxLength: 30 }),
  )
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      const file = `---\n${lines.join('\n')}\n---\nbody\n`
      const fixed = fixFrontMatter(file)
      if (fixed !== null) expect(values(fixed)).toEqual({ ...values(file), recovered: false })
    }),
    { numRuns: 300 },
  )
})
