import { describe, expect, test } from 'vitest'
import { tidyFile } from '../../scripts/tidy.ts'

const lines = (count: number) => 'export {}\n'.repeat(count)
const rules = (file: string, content: string) => tidyFile(file, content).map((finding) => finding.rule)

describe('length', () => {
  test.each([
    [250, []],
    [251, ['warning']],
    [400, ['warning']],
    [401, ['error']],
  ])('a file of %i lines gives %j', (count, levels) => {
    expect(tidyFile('src/store/port.ts', lines(count)).map((finding) => finding.level)).toEqual(levels)
  })

  test('prose may be as long as it needs', () => {
    expect(rules('ARCHITECTURE.md', 'A line.\n'.repeat(500))).toEqual([])
  })
})

// The forbidden texts are put together here, so that the tidy check does not find this file.
describe('traces', () => {
  test.each([
    ['a promise for later', 'src/a.ts', `// ${['TO', 'DO'].join('')}: the rest`, ['tidy/promise-later']],
    ['a repair for later', 'scripts/a.sh', `# ${['FIX', 'ME'].join('')} soon`, ['tidy/promise-later']],
    [
      'a path of one machine',
      'README.md',
      `cd ${['', 'Users', 'ann', 'daybook'].join('/')}`,
      ['tidy/machine-path'],
    ],
    ['a registry in the lock file', 'package-lock.json', `${'"resol'}ved": "x"`, ['tidy/registry-host']],
    [
      'a registry in prose',
      'docs/a.md',
      `from ${['registry', 'example', 'com'].join('.')}`,
      ['tidy/registry-host'],
    ],
    ['an agent that is told to search for such notes', 'agents/a.md', ['TO', 'DO'].join(''), []],
    ['a word that only contains one', 'src/a.ts', 'const mastodont = 1', []],
    ['a path in a URL', 'docs/a.md', 'GET https://example.com/work/items', []],
    ['a relative path', 'docs/a.md', 'see ../shared/work/notes.md', []],
  ])('%s', (_, file, content, expected) => {
    expect(rules(file, `${content}\n`)).toEqual(expected)
  })

  test('the line is named, from 1', () => {
    expect(tidyFile('src/a.ts', `const a = 1\n// ${['TO', 'DO'].join('')}\n`)).toMatchObject([{ line: 2 }])
  })
})

describe('conditional skips', () => {
  const skip = "test.skipIf(absent)('reads the corpus', () => {})\n"

  test('one that says nothing is an error', () => {
    expect(rules('test/agents/corpus.test.ts', skip)).toEqual(['tidy/silent-skip'])
  })

  test('one that warns aloud is allowed', () => {
    expect(rules('test/agents/corpus.test.ts', `if (absent) console.warn('no corpus')\n${skip}`)).toEqual([])
  })
})
