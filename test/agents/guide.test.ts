import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readAgentFile } from '../../src/agents/definition.ts'

const guide = readFileSync(join(import.meta.dirname, '../../docs/agents.md'), 'utf8')

test('the agent file that the guide shows is read as the guide says', () => {
  const shown = /^````markdown\n(.*?)^````$/msu.exec(guide)?.[1] ?? ''
  const read = readAgentFile(shown, 'recipe-tester')
  if (read.kind === 'refused') throw new Error(read.rejection.message)
  expect(read.diagnostics).toEqual([])
  expect(read.definition).toMatchObject({
    name: 'recipe-tester',
    description: expect.stringContaining('Cooks recipes'),
    tools: ['Read', 'Edit', 'Grep'],
    model: 'sonnet',
    claims: [{ document: 'insights', heading: 'Kitchen Findings' }],
    template: { subheadings: ['Findings', 'Collaboration Patterns'] },
    worksWith: [
      { raw: 'recipe-writer (new and changed recipes)', note: 'new and changed recipes' },
      { raw: 'photographer (pictures of the finished plate)', note: 'pictures of the finished plate' },
    ],
    requirements: ['recipe text', 'list of ingredients'],
    summaryFields: ['Work Done', 'Key Finding', 'Collaboration Needs'],
  })
})
