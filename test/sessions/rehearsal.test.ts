import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { AgentDefinition } from '../../src/agents/events.ts'
import { parsePatterns } from '../../src/kernel/collaboration-patterns.ts'
import { kebab } from '../../src/kernel/words.ts'
import { readAgentFolder } from '../../src/runtime/agent-folder.ts'
import { needsOf } from '../../src/sessions/needs.ts'
import { readSummary } from '../../src/sessions/summary.ts'
import { agentDefinition } from './prompt-given.ts'
import { asSection, playAgent, remembered, type Stage } from './rehearsal-stage.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const cast = (await readAgentFolder(here('../../agents'))).agents.map(({ definition }) => definition)
const rosterOf = (agents: readonly AgentDefinition[]) =>
  agents.map(({ name, description }) => ({ name, description }))
const architect = cast.find(({ name }) => name === 'system-architect')!
const roster = rosterOf(cast)

const subheadings = (text: string) => text.match(/^### .+$/gmu)?.map((line) => line.slice(4)) ?? []
const textOf = (definition: AgentDefinition, stage: Stage = {}) =>
  playAgent(definition, stage).written[0]!.text!

describe('a rehearsed agent with a template', () => {
  const played = playAgent(architect, { roster })

  test('writes the section it owns, with its sub-headings, its partners and the day', () => {
    expect(played.written).toHaveLength(1)
    expect(played.written[0]).toMatchObject({
      command: 'write_section',
      document: 'insights',
      heading: 'Architecture Decisions',
    })
    const text = textOf(architect, { roster })
    expect(text.split('\n')[0]).toBe('## Architecture Decisions')
    expect(subheadings(text)).toEqual(architect.template!.subheadings)
    expect(subheadings(text)).toHaveLength(6)
    expect(text).toContain('Last updated: 2026-03-01')
    expect(text).not.toMatch(/\[[^\]]+\]/u)
    expect(parsePatterns(text).worksWith.map(({ name }) => name)).toEqual([
      'api-designer',
      'data-modeler',
      'security-reviewer',
      'performance-engineer',
    ])
  })

  test('hands off to two partners at first, to one further down, and to nobody at the end', () => {
    expect(played.handedOff.map(({ to }) => to)).toEqual(['api-designer', 'data-modeler'])
    const later = playAgent(architect, { roster, hop: 1, chain: ['product-planner', 'api-designer'] })
    expect(later.handedOff.map(({ to }) => to)).toEqual(['data-modeler'])
    expect(playAgent(architect, { roster, hop: 8 }).handedOff).toEqual([])
  })

  test('ends with every label of its own summary, each with a value', () => {
    const { fields, missing } = readSummary(played.text, architect)
    expect(missing).toEqual([])
    expect(fields.map(({ label }) => label)).toEqual(architect.summaryFields)
    expect(fields.every(({ text }) => text.trim() !== '')).toBe(true)
  })

  test('names in its summary what it handed off, and nothing else', () => {
    const { fields } = readSummary(played.text, architect)
    const needs = needsOf(
      fields,
      roster.map(({ name }) => name),
    )
    expect(needs).toEqual(played.handedOff.map(({ need, to }) => ({ need, to })))
  })

  test('does the same every time', () => {
    expect(playAgent(architect, { roster })).toEqual(played)
  })
})

describe('a second run builds on the first', () => {
  const first = remembered(architect, textOf(architect, { roster }))
  const again: Stage = { roster, date: '2026-03-09', sections: [asSection(architect, first)] }

  test('its lines are kept, and new ones are added once', () => {
    const second = textOf(architect, { ...again, need: 'Share a streak with friends.' })
    const before = first.split('\n').filter((line) => line.trim() !== '')
    const after = second.split('\n')
    for (const line of before) expect(after, line).toContain(line)
    const added = after.filter((line) => line.trim() !== '' && !before.includes(line))
    expect(added).toHaveLength(1)
    expect(added[0]).toContain('Share a streak with friends.')
    expect(subheadings(second)).toEqual(architect.template!.subheadings)
    expect(parsePatterns(second)).toEqual(parsePatterns(first))
    const third = textOf(architect, {
      ...again,
      need: 'Share a streak with friends.',
      sections: [asSection(architect, second)],
    })
    expect(third.trim()).toBe(second.trim())
  })

  test('patterns that its section records count before those of its file', () => {
    const recorded = first.replace(/(\*\*Works well with\*\*: ).*/u, '$1tester (trying it out)')
    const { handedOff } = playAgent(architect, { ...again, sections: [asSection(architect, recorded)] })
    expect(handedOff[0]).toMatchObject({ to: 'tester', need: expect.stringContaining('trying it out') })
  })

  test('odd text in the section and in the goal is kept as it is', () => {
    const oddLine = '- `</section>` and `<\\/need>` cost $& and $1'
    const odd = first.replace('### Budgets\n', (heading) => `${heading}${oddLine}\n`)
    const need = "Costs $& and $' of [links](x) <\\/section> </section>"
    const second = textOf(architect, { ...again, need, sections: [asSection(architect, odd)] })
    expect(second.split('\n')).toContain(oddLine)
    expect(second).toContain(need)
    expect(textOf(architect, { roster, need })).toContain(need)
  })

  test('stays within what the memory accepts', () => {
    const second = textOf(architect, { ...again, need: 'Share a streak with friends.' })
    expect(remembered(architect, second)).toMatch(/^Last updated: 2026-03-01$/mu)
  })
})

describe('a rehearsed agent', () => {
  const claims = [{ document: 'insights', heading: 'Notes' }]

  test('without a template still says what it did and with whom', () => {
    const plain = agentDefinition('writer', {
      claims,
      worksWith: [{ raw: 'tester', target: 'tester', note: 'costs $& more' }],
    })
    const text = textOf(plain, { roster })
    expect(text.split('\n')[0]).toBe('## Notes')
    expect(text).toContain('**Works well with**: tester (costs $& more)')
    expect(() => remembered(plain, text)).not.toThrow()
  })

  test('without summary fields ends with a summary of the common kind', () => {
    const { text } = playAgent(agentDefinition('writer', { claims }), { roster, hop: 3 })
    expect(text).toContain('## Session Summary')
    expect(text).toContain('**Collaboration Needs**: None')
  })

  test('without claims writes nothing', () => {
    expect(playAgent(agentDefinition('writer'), { roster })).toMatchObject({ written: [] })
  })

  test('without tools only speaks', () => {
    const { turns, written, handedOff } = playAgent(architect, { roster, tools: [] })
    expect({ turns, written, handedOff }).toEqual({ turns: 1, written: [], handedOff: [] })
  })

  test('that may only hand off does that', () => {
    const { written, handedOff } = playAgent(architect, { roster, tools: ['hand_off'] })
    expect(written).toEqual([])
    expect(handedOff).toHaveLength(2)
  })

  test('that is alone in its team asks for somebody, at first', () => {
    const alone = playAgent(architect)
    expect(alone.handedOff.map(({ to }) => to)).toEqual([undefined, undefined])
    expect(playAgent(architect, { hop: 1 }).handedOff).toEqual([])
  })

  test('gives what a receiver asks for, and comes to an end with one that is never content', () => {
    const missing = ['API contracts', 'error codes']
    const once = playAgent(architect, { roster, returns: { missing, times: 2 } })
    expect(once.handedOff).toHaveLength(4)
    for (const { provides } of once.handedOff.slice(2)) {
      expect((provides as { requirement: string }[]).map(({ requirement }) => requirement)).toEqual(missing)
    }
    expect(playAgent(architect, { roster, returns: { missing, times: 1_000 } }).stopReason).toBe('end_turn')
  })

  test('whose template has its date behind a bullet or in bold dates it', () => {
    for (const line of ['- **Last updated**: [Date]', '**Last Updated:** [Date]', '*Last updated: [Date]*']) {
      const template = {
        subheadings: ['Facts'],
        lastUpdated: true,
        text: `## Notes\n\n### Facts\n- **[Fact]**\n\n${line}`,
      }
      const dated = agentDefinition('writer', { claims, template })
      expect(textOf(dated)).toContain(line.replace('[Date]', '2026-03-01'))
    }
  })
})

/** What must come out for any agent file at all. */
function expectWhole(definition: AgentDefinition, agents: readonly AgentDefinition[]): void {
  const played = playAgent(definition, { roster: rosterOf(agents) })
  expect(played.text.trim(), definition.name).not.toBe('')
  expect(readSummary(played.text, definition).missing, definition.name).toEqual([])
  for (const { to } of played.handedOff) {
    expect(
      agents.some(({ name }) => to === undefined || name === to),
      `${definition.name} to ${to}`,
    ).toBe(true)
  }
  if (definition.claims.length === 0) return
  const text = played.written[0]!.text!
  const found = subheadings(text).map(kebab)
  const promised = (definition.template?.subheadings ?? []).map(kebab)
  expect(
    found.filter((name) => promised.includes(name)),
    definition.name,
  ).toEqual(promised)
  expect(remembered(definition, text), definition.name).toContain(`## ${definition.claims[0]!.heading}`)
  const next = { roster: rosterOf(agents), need: 'Something else.', sections: [asSection(definition, text)] }
  const second = textOf(definition, next)
  expect(subheadings(second), definition.name).toEqual(subheadings(text))
  for (const line of text.trim().split('\n')) expect(second.split('\n'), definition.name).toContain(line)
}

test.each(cast.map((definition) => [definition.name, definition] as const))(
  '%s of the shipped cast',
  (_, one) => {
    expectWhole(one, cast)
  },
)

describe.each([
  ['the corpus', here('../../../shared/corpus/superagent-zero-2/agents'), 54],
  ['the reference agent', here('../../../shared/seed'), 1],
])('%s', (name, folder, count) => {
  const there = existsSync(folder)
  if (!there) console.warn(`skipped: ${folder} is not there, so ${name} is not rehearsed`)
  test.skipIf(!there)('comes to an end, with sections and summaries as each file asks', async () => {
    const agents = (await readAgentFolder(folder)).agents.map(({ definition }) => definition)
    expect(agents).toHaveLength(count)
    for (const definition of agents) expectWhole(definition, agents)
  })
})
