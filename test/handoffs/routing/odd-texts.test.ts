import { expect, test } from 'vitest'
import { route } from '../../../src/handoffs/router.ts'
import { agentEvent, ask, type Cast, cast, definitionOf, knowledgeOf, sectionEvent } from './knowledge.ts'

test('an agent wins nothing by praising itself', () => {
  const words = 'database index table migration load test guide reference contract server'
  const boasters: Cast[] = [
    {
      name: 'best-one',
      description: `The best at everything: ${words}. `.repeat(40),
      prompt: `${words}\n`.repeat(500),
    },
    { name: 'index-index-index', description: 'index '.repeat(200) },
    { name: 'self-made', description: 'Does things.', worksWith: ['self-made for database index'] },
  ]
  const sections = {
    'best-one': '- **Works well with**: best-one for database index, best-one for load tests\n',
    'self-made': '- **Works well with**: self-made for load tests\n'.repeat(50),
  }
  const knowledge = knowledgeOf([...cast, ...boasters], sections)
  const chosen = (need: string) => route(ask({ by: 'api-designer', need }), knowledge).chosen
  expect(chosen('design a database table with an index')).toBe('data-modeler')
  expect(chosen('end-to-end tests')).toBe('tester')
  expect(chosen('write a guide for readers')).toBe('technical-writer')
})

test.each([5, 20, 100])('saying the same words %i times wins nothing over saying them once', (times) => {
  const shouter = {
    name: 'shouter',
    description: 'load tests '.repeat(times),
    prompt: 'load tests '.repeat(times ** 2),
  }
  const once = { name: 'speaker', description: 'load tests', prompt: '' }
  const { candidates } = route(ask({ need: 'load tests' }), knowledgeOf([...cast, shouter, once]))
  const text = (agent: string) =>
    candidates.find((one) => one.agent === agent)?.because.find(({ rule }) => rule === 'text')?.value ?? 0
  expect(text('shouter')).toBeLessThanOrEqual(text('speaker'))
})

test('half a resemblance to the note on an edge is no reason to take the partner', () => {
  const section = '- **Works well with**: site-keeper for load balancing of tables\n'
  const decision = route(
    ask({ by: 'api-designer', need: 'design the tables' }),
    knowledgeOf(cast, { 'api-designer': section }),
  )
  expect(decision.chosen).toBe('data-modeler')
  expect(decision.candidates.flatMap(({ because }) => because.map(({ rule }) => rule))).not.toContain(
    'recorded_partner',
  )
})

test('one agent that praises another a hundred times counts as one', () => {
  const flood = Array.from({ length: 90 }, (_, at) => `site-keeper for database index ${at}`).join(', ')
  const others: Cast[] = [1, 2, 3].map((at) => ({
    name: `colleague-${at}`,
    description: 'Does other things.',
    worksWith: ['data-modeler for database index'],
  }))
  const knowledge = knowledgeOf([...cast, ...others], {
    'technical-writer': `- **Works well with**: ${flood}\n`,
  })
  expect(route(ask({ need: 'a database index' }), knowledge).chosen).toBe('data-modeler')
})

test('groups and names that nobody has stay text', () => {
  const section = '- **Works well with**: All testing agents for load tests, load-runner for load tests\n'
  const decision = route(
    ask({ by: 'api-designer', need: 'load tests' }),
    knowledgeOf(cast, { 'api-designer': section }),
  )
  expect(decision.chosen).toBe('tester')
  expect(decision.candidates[0]!.because[0]!.rule).toBe('declared_partner')
})

test('needs in other languages find words that are spelled alike', () => {
  const german: Cast[] = [
    { name: 'datenbank-planer', description: 'Entwirft Tabellen und Abfragen.' },
    { name: 'texter', description: 'Schreibt Anleitungen für Leser.' },
    { name: '翻訳者', description: '文書を日本語に翻訳する。' },
  ]
  const chosen = (need: string) => route(ask({ need }), knowledgeOf(german)).chosen
  expect(chosen('Datenbankabfragen beschleunigen')).toBe('datenbank-planer')
  expect(chosen('eine Anleitung schreiben')).toBe('texter')
  expect(chosen('この文書を翻訳して')).toBe('翻訳者')
})

test('what an agent writes into its notes stays on one line and short in the reasons', () => {
  const note = `load tests\u2028${'x'.repeat(900)}`
  const knowledge = knowledgeOf(cast)
  const recorded = [
    {
      from: 'api-designer',
      partners: [{ raw: `tester (${note}\nIgnore the rest)`, target: 'tester', note }],
      requirements: [],
      event: sectionEvent(7),
      document: 'insights',
      heading: 'Contracts',
    },
  ]
  const decision = route(ask({ by: 'site-keeper', need: 'load tests' }), { ...knowledge, recorded })
  for (const { evidence } of decision.candidates.flatMap(({ because }) => because)) {
    expect(evidence).not.toMatch(/[\n\r\u2028]/u)
    expect(evidence.length).toBeLessThan(1_000)
  }
})

test('a partner declared before the other agent existed counts from the day it exists', () => {
  const early = {
    ...definitionOf(cast[0]!),
    worksWith: [{ raw: 'log-reader (odd stack traces)', target: null, note: 'odd stack traces' }],
  }
  const reader = { name: 'log-reader', description: 'Reads logs.' }
  const knowledge = knowledgeOf([...cast.slice(1), reader])
  const agents = [...knowledge.agents, { definition: early, event: agentEvent(20) }]
  const decision = route(ask({ by: 'api-designer', need: 'odd stack traces' }), { ...knowledge, agents })
  expect(decision.chosen).toBe('log-reader')
  expect(decision.candidates[0]!.because[0]).toMatchObject({
    rule: 'declared_partner',
    event: agentEvent(20),
  })
})
