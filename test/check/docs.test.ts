import { describe, expect, test } from 'vitest'
import { missingEvents, unknownCommands } from '../../scripts/docs.ts'

describe('events', () => {
  test('every type has to be named as a word of its own', () => {
    const text = 'A handoff is asked for (`HandoffRequested`) and SessionStartedLate is something else.'
    expect(missingEvents('ARCHITECTURE.md', text, ['HandoffRequested', 'SessionStarted'])).toMatchObject([
      { level: 'error', file: 'ARCHITECTURE.md', message: expect.stringContaining('SessionStarted') },
    ])
  })
})

describe('commands', () => {
  const scripts = new Set(['start', 'test', 'daybook', 'check'])

  test.each([
    ['npm ci && npm start', []],
    ['npm test', []],
    ['npm run --silent daybook -- agents doctor', []],
    ['npm run chekc', ['chekc']],
    ['npm stop', ['stop']],
    ['npm run check, then npm run soak and npm run soak', ['soak']],
  ])('%s', (text, unknown) => {
    const found = unknownCommands('README.md', text, scripts)
    expect(found.map((finding) => /npm run ([\w-]+)/u.exec(finding.message)?.[1])).toEqual(unknown)
  })
})
