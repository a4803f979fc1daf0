import { expect, test } from 'vitest'
import { route } from '../../src/handoffs/router.ts'
import { patternsPolicy, policyNamed, textPolicy } from '../../src/handoffs/routing/policy.ts'
import { agentEvent, ask, type Cast, cast, knowledgeOf, sectionEvent } from './routing/knowledge.ts'

test('the agent whose texts resemble the need is chosen, with the words that matched and the event of its file', () => {
  const decision = route(ask({ need: 'add an index to the orders table' }), knowledgeOf(cast))
  expect(decision).toMatchObject({ chosen: 'data-modeler', code: 'routed', policy: 'patterns-2' })
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
    policy: 'patterns-2',
  })
  expect(route(question, knowledge, textPolicy)).toMatchObject({ chosen: 'tester', policy: 'text-2' })
  expect(policyNamed('text-2')).toBe(textPolicy)
  expect(policyNamed('guess-1')).toBe(null)
})

test("a person's goal that is about software and nobody's in particular begins with whoever plans", () => {
  const planner = { name: 'project-planner', description: 'Splits a goal into steps.' }
  const knowledge = knowledgeOf([...cast, planner])
  const need = 'a habit tracker app with streaks'
  const decision = route(ask({ need }), knowledge)
  expect(decision).toMatchObject({ chosen: 'project-planner', code: 'routed' })
  expect(decision.confidence).toBeLessThan(0.5)
  expect(decision.candidates[0]!.because[0]!.rule).toBe('planner')
  expect(decision.reason).toContain('"habit"')
  expect(route(ask({ need, by: 'tester' }), knowledge).chosen).toBe(null)
  expect(route(ask({ need: 'a sonnet about autumn leaves' }), knowledge).chosen).toBe(null)
  expect(route(ask({ need }), knowledgeOf(cast)).chosen).toBe(null)
})

test('the reason says how close the second was', () => {
  const { reason, candidates } = route(ask({ need: 'load tests of the server' }), knowledgeOf(cast))
  const [first, second] = candidates
  expect(reason).toContain(
    `Second was ${second!.agent}, ${(first!.score - second!.score).toFixed(2)} behind.`,
  )
})
