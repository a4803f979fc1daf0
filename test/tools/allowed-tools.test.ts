import { expect, test } from 'vitest'
import { allowedTools, notesOnTools, workspaceTools } from '../../src/tools/allowed-tools.ts'

test('what an agent file allows of the tools', () => {
  expect([...allowedTools(null).keys()]).toEqual([...workspaceTools])
  expect([...allowedTools([])]).toEqual([])
  expect([...allowedTools(['READ', 'multi-edit', 'web_fetch', ' ls ', 'Grep']).keys()]).toEqual([
    'Read',
    'MultiEdit',
    'WebFetch',
    'LS',
    'Grep',
  ])
  const never = [
    'constructor',
    'toString',
    '__proto__',
    'Reader',
    'mcp__files__Read',
    'Read(src/**)',
    '*',
    '',
  ]
  expect([...allowedTools(never)]).toEqual([])
})

test('which commands an agent file allows', () => {
  const only = (...tools: string[]) => allowedTools(tools).get('Bash')?.only
  expect(only('Bash')).toBeNull()
  expect(only('Bash(*)')).toBeNull()
  expect(only('Bash(git diff:*, npm test)', 'bash(ls)')).toEqual(['git diff:*', 'npm test', 'ls'])
  expect(only('Bash(ls)', 'Bash')).toBeNull()
  expect(only('Bash()')).toEqual([])
  expect(only('Read')).toBeUndefined()
})

test('what an agent is told of tools that are left out', () => {
  expect(notesOnTools(['Read', 'multi_edit'], ['Read', 'MultiEdit', 'hand_off'])).toEqual([])
  expect(notesOnTools([], ['memory'])).toEqual([])
  expect(notesOnTools(['WebSearch', 'Bash(ls)'], ['Read'])).toEqual([
    'Your file names tools that are not offered here: WebSearch. Work without them.',
    'Commands (Bash) run only where a person allowed them, and nobody did here.',
  ])
  expect(notesOnTools(null, workspaceTools)).toEqual([])
})
