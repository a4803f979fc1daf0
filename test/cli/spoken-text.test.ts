import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { spokenText } from '../../src/cli/spoken-text.ts'

const heard = () => {
  const lines: string[] = []
  const plain = (line: string) => lines.push(stripVTControlCharacters(line))
  return { lines, spoken: spokenText({ agentOf: (session) => `agent-${session}`, say: plain }) }
}

test('pieces of two agents that speak at once are lines of one agent each', () => {
  const { lines, spoken } = heard()
  spoken.hear('a', 'The first ')
  spoken.hear('b', 'Meanwhile\nthe ')
  spoken.hear('a', 'line\n\nand a second')
  spoken.hear('b', 'other')
  expect(lines).toEqual(['agent-b │ Meanwhile', 'agent-a │ The first line'])
  spoken.end('a')
  spoken.end('b')
  spoken.end('b')
  expect(lines.slice(2)).toEqual(['agent-a │ and a second', 'agent-b │ the other'])
})

test('what a model says cannot steer the terminal', () => {
  const { lines, spoken } = heard()
  spoken.hear('a', 'clear\u001b[2Jed\u202e\n')
  expect(lines).toEqual(['agent-a │ clear\uFFFD[2Jed\uFFFD'])
})
