import { expect, test } from 'vitest'
import { route } from '../../src/handoffs/router.ts'
import { patternsPolicy, policyNamed, textPolicy } from '../../src/handoffs/routing/policy.ts'
import { agentEvent, ask, type Cast, definitionOf, knowledgeOf, sectionEvent } from './routing/knowledge.ts'

const cast: Cast[] = [
  {
    name: 'api-designer',
    description: 'Designs HTTP contracts, errors and versions.',
    worksWith: ['data-modeler for storage of new entities', 'tester for load tests'],
    requirements: ['user stories'],
  },
  {
    name: 'data-modeler',
    description: 'Designs tables, indexes and migrations of the database.',
    requirements: ['expected row counts', 'list of queries'],
  },
  { name: 'tester', description: 'Writes unit tests, load tests and end-to-end tests.' },
  { name: 'site-keeper', description: 'Watches servers at night and keeps them running.' },
  { name: 'technical-writer', description: 'Writes guides and reference pages for readers.' },
]

test('the agent whose texts resemble the need is chosen, with the words that matched and the event of its file', () => {
  const decision = route(ask({ need: 'add an index to the orders table' }), knowledgeOf(cast))
  expect(decision).toMatchObject({ chosen: 'data-modeler', code: 'routed', policy: 'patterns-1' })
  const because = decision.candidates[0]!.because.find(({ rule }) => rule === 'text')
  expect(because).toMatchObject({ evidence: 'its description says "index", "table"', event: agentEvent(1) })
  expect(decision.reason).toContain('"index", "table"')
})

test('a recorded partner whose note matches the need wins, and the reason cites the event that recorded it', () => {
  const need = 'run load tests against the orders endpoint'
  const without = route(ask({ by: 'api-designer', need }), knowledgeOf(cast))
  expect(without.chosen).toBe('tester')
  const section =
    '## Contracts\n\n### Collaboration Patterns\n- **Works well with**: site-keeper for load tests\n'
  const decision = route(ask({ by: 'api-designer', need }), knowledgeOf(cast, { 'api-designer': section }))
  expect(decision.chosen).toBe('site-keeper')
  expect(decision.candidates[0]!.because[0]).toMatchObject({
    rule: 'recorded_partner',
    value: 1,
    event: sectionEvent(0),
    evidence: expect.stringContaining('"site-keeper for load tests"'),
  })
})

test.each([
  'deployment of the new checkout service',
  'Please do the deployment of everything that is on the list before the weekend',
])('however well others fit: %s', (need) => {
  const admirers: Cast[] = [1, 2, 3, 4, 5].map((at) => ({
    name: `colleague-${at}`,
    description: 'Works beside others.',
    worksWith: ['deployer for deployment of the new checkout service'],
  }))
  const deployer = { name: 'deployer', description: 'Deployment of checkout services.', prompt: need }
  const sender = {
    name: 'sender',
    description: 'Hands over.',
    worksWith: ['deployer for deployment of the new checkout service', 'colleague-1 for company'],
  }
  const house = [...cast, ...admirers, deployer, sender]
  const question = ask({ by: 'sender', need })
  expect(route(question, knowledgeOf(house)).chosen).toBe('deployer')
  const section = '- **Works well with**: site-keeper for deployment\n'
  expect(route(question, knowledgeOf(house, { sender: section })).chosen).toBe('site-keeper')
})

test('a recorded partner counts only where the need resembles its note', () => {
  const section = '- **Works well with**: site-keeper for load tests\n'
  const decision = route(
    ask({ by: 'api-designer', need: 'write the reference pages' }),
    knowledgeOf(cast, { 'api-designer': section }),
  )
  expect(decision.chosen).toBe('technical-writer')
})

test('what another agent recorded describes the partner for everybody', () => {
  const section = '- **Works well with**: site-keeper for certificate renewal\n'
  const need = 'certificate renewal'
  expect(route(ask({ by: 'tester', need }), knowledgeOf(cast)).chosen).toBe(null)
  const decision = route(ask({ by: 'tester', need }), knowledgeOf(cast, { 'api-designer': section }))
  expect(decision.chosen).toBe('site-keeper')
  expect(decision.candidates[0]!.because[0]).toMatchObject({ rule: 'anchor', event: sectionEvent(0) })
})

test('what is recorded about a partner replaces what the file declares about it', () => {
  const section = '- **Works well with**: tester for accessibility checks\n'
  const decision = route(
    ask({ by: 'api-designer', need: 'load tests' }),
    knowledgeOf(cast, { 'api-designer': section }),
  )
  const rules = decision.candidates.flatMap(({ because }) => because.map(({ rule }) => rule))
  expect(rules).not.toContain('declared_partner')
})

test.each([
  ['the sender', { by: 'tester' }, 'tester', 'sender'],
  ['one that had the work already', { chain: ['Tester'] }, 'tester', 'loop'],
  ['one outside the roster', { roster: ['api-designer', 'data-modeler'] }, 'tester', 'not_in_roster'],
] as const)(
  '%s is never chosen, however well it fits, and the decision says why',
  (_who, extra, agent, reason) => {
    const decision = route(ask({ need: 'unit tests and load tests', ...extra }), knowledgeOf(cast))
    expect(decision.ranking).not.toContain(agent)
    expect(decision.excluded).toContainEqual({ agent, reason })
    const named = route(ask({ need: 'unit tests', to: agent, ...extra }), knowledgeOf(cast))
    expect(named).toMatchObject({ chosen: null, code: 'excluded_agent' })
  },
)

test('a retired agent is never chosen and is no witness', () => {
  const retired = cast.map((agent) => (agent.name === 'tester' ? { ...agent, retired: true } : agent))
  const section = '- **Works well with**: site-keeper for certificate renewal\n'
  const knowledge = knowledgeOf(retired, { tester: section })
  expect(route(ask({ need: 'load tests' }), knowledge).excluded).toContainEqual({
    agent: 'tester',
    reason: 'retired',
  })
  expect(route(ask({ need: 'certificate renewal' }), knowledge).chosen).toBe(null)
})

test('an agent that the sender names is taken exactly, in any case', () => {
  const decision = route(ask({ need: '', to: 'Data Modeler' }), knowledgeOf(cast))
  expect(decision).toMatchObject({ chosen: 'data-modeler', code: 'named', confidence: 1 })
  expect(decision.candidates[0]!.because).toEqual([
    { rule: 'named', value: 1, weight: 1, evidence: 'the sender named "Data Modeler"', event: agentEvent(1) },
  ])
})

test('a name that nobody has goes to nobody, with the nearest names', () => {
  const decision = route(ask({ need: 'load tests', to: 'testr' }), knowledgeOf(cast))
  expect(decision).toMatchObject({ chosen: null, code: 'unknown_agent' })
  expect(decision.reason).toContain('Did you mean "tester"')
})

test.each(['', '   ', 'please do it for us', '!!! ???'])('nobody is guessed from empty words: %j', (need) => {
  const decision = route(ask({ by: 'api-designer', need }), knowledgeOf(cast))
  expect(decision).toMatchObject({ chosen: null, code: 'empty_need', confidence: 0 })
})

test('nobody is chosen for a need that resembles nobody, and the reason names the unknown words', () => {
  const decision = route(ask({ by: 'api-designer', need: 'bake a chocolate cake' }), knowledgeOf(cast))
  expect(decision).toMatchObject({ chosen: null, code: 'resembles_nobody' })
  expect(decision.reason).toContain('No agent speaks of "bake", "chocolate", "cake"')
})

test('an empty house has nobody', () => {
  expect(route(ask({ need: 'load tests' }), knowledgeOf([]))).toMatchObject({
    chosen: null,
    code: 'no_candidates',
  })
})

test('the same question and knowledge give the same decision, in whatever order the agents come', () => {
  const twins: Cast[] = [
    { name: 'south', description: 'Writes load tests.' },
    { name: 'north', description: 'Writes load tests.' },
  ]
  const one = route(ask({ need: 'load tests' }), knowledgeOf(twins))
  const other = route(ask({ need: 'load tests' }), knowledgeOf([...twins].reverse()))
  expect(one.ranking).toEqual(['north', 'south'])
  expect(other.ranking).toEqual(one.ranking)
  expect(one.confidence).toBe(0.5)
  expect(route(ask({ need: 'load tests' }), knowledgeOf(twins))).toEqual(one)
})

test("the receiver's requirements that the sender does not meet are listed", () => {
  const question = ask({
    need: 'add an index to the orders table',
    context: 'The list of queries is in docs/queries.md.',
    provides: [],
  })
  const decision = route(question, knowledgeOf(cast))
  expect(decision).toMatchObject({
    requirements: ['expected row counts', 'list of queries'],
    missing: ['expected row counts'],
  })
  const section = '### Collaboration Patterns\n- **Handoff requirements**: retention rules\n'
  expect(route(question, knowledgeOf(cast, { 'data-modeler': section })).missing).toEqual(['retention rules'])
})

test('the decision says what it was made from', () => {
  const knowledge = { ...knowledgeOf(cast), asOf: agentEvent(9) }
  const { inputs } = route(ask({ by: 'tester', need: 'database index' }), knowledge)
  expect(inputs).toEqual({ asOf: agentEvent(9), roster: [0, 1, 3, 4].map(agentEvent) })
})

test('another policy decides otherwise, and its name is on the decision', () => {
  const section = '- **Works well with**: site-keeper for load tests\n'
  const knowledge = knowledgeOf(cast, { 'api-designer': section })
  const question = ask({ by: 'api-designer', need: 'load tests' })
  expect(route(question, knowledge, patternsPolicy)).toMatchObject({
    chosen: 'site-keeper',
    policy: 'patterns-1',
  })
  expect(route(question, knowledge, textPolicy)).toMatchObject({ chosen: 'tester', policy: 'text-1' })
  expect(policyNamed('text-1')).toBe(textPolicy)
  expect(policyNamed('guess-1')).toBe(null)
})

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
