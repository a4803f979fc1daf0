import { expect, test } from 'vitest'
import { resolvePartners } from '../../src/agents/cross-check.ts'
import { declaredHandoffs } from '../../src/agents/declared-handoffs.ts'
import { readAgentFile } from '../../src/agents/definition.ts'
import { fileStem } from '../../src/agents/no-agent.ts'

function agent(file: string, text: string) {
  const read = readAgentFile(text, fileStem(file))
  if (read.kind === 'refused') throw new Error(read.rejection.message)
  return read
}

const planner = `---
description: Writes plans
tools: ['search', 'fetch']
handoffs:
  - label: Start Building
    agent: Feature Builder
    prompt: Build what the plan says.
    send: true
    model: Some Model (vendor)
  - label: Review
    agent: reviewer
  - label: Nobody is named
  - agent: agent
---
You plan.
`
const builder = '---\nname: Feature Builder\ndescription: Builds features\n---\nYou build.\n'

test('handoffs of an .agent.md file are partners, with what they are for', () => {
  const { definition } = agent('planner.agent.md', planner)
  expect(definition.name).toBe('planner')
  const [checked] = resolvePartners([definition, agent('feature-builder.agent.md', builder).definition])
  expect(checked?.definition.worksWith).toEqual([
    { raw: 'Feature Builder', target: 'Feature Builder', note: 'Start Building: Build what the plan says.' },
    { raw: 'reviewer', target: null, note: 'Review' },
    { raw: 'agent', target: null, note: null },
  ])
})

test('all that they say is read; what names nobody is told, and the rest is kept', () => {
  const { definition, diagnostics } = agent('planner.agent.md', planner)
  expect(declaredHandoffs(definition).handoffs).toEqual([
    { agent: 'Feature Builder', label: 'Start Building', prompt: 'Build what the plan says.', send: true },
    { agent: 'reviewer', label: 'Review', prompt: null, send: false },
    { agent: 'agent', label: null, prompt: null, send: false },
  ])
  const told = diagnostics.filter(({ code }) => code === 'handoffs_unreadable')
  expect(told).toHaveLength(1)
  expect(told[0]?.message).toContain('entry 3')
})

test.each([
  ['a word', 'handoffs: reviewer'],
  ['a mapping', 'handoffs:\n  agent: reviewer'],
  ['numbers', 'handoffs: [1, 2]'],
])('%s in the place of the list is told and harms nothing', (_, line) => {
  const { definition, diagnostics } = agent('odd.agent.md', `---\ndescription: Odd\n${line}\n---\nOdd.\n`)
  expect(definition.worksWith).toEqual([])
  expect(diagnostics.map(({ code }) => code)).toContain('handoffs_unreadable')
})

test('no handoffs are no fault', () => {
  const { diagnostics } = agent('plain.agent.md', '---\ndescription: Plain\nhandoffs: []\n---\nPlain.\n')
  expect(diagnostics.map(({ code }) => code)).not.toContain('handoffs_unreadable')
})
