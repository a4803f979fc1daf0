import { expect, test } from 'vitest'
import { checkTogether, resolvePartners } from '../../src/agents/cross-check.ts'
import { readAgentFile } from '../../src/agents/definition.ts'
import type { AgentDefinition } from '../../src/agents/events.ts'

function agent(name: string, body = 'You are.'): AgentDefinition {
  const result = readAgentFile(`---\nname: ${name}\ndescription: d\n---\n${body}`, name)
  if (result.kind === 'refused') throw new Error(result.rejection.message)
  return result.definition
}
const worksWith = (list: string) => `### Collaboration Patterns\n- **Works well with**: ${list}\n`
function resolved(list: string, ...names: string[]) {
  const [first] = resolvePartners([agent('self', worksWith(list)), ...names.map((name) => agent(name))])
  return first!
}

test('partners find the agent of exactly their name, in any case', () => {
  const { definition } = resolved('TUG-MASTER (fog, storms), keeper for lamps', 'tug-master', 'Keeper')
  expect(definition.worksWith).toEqual([
    { raw: 'TUG-MASTER (fog, storms)', target: 'tug-master', note: 'fog, storms' },
    { raw: 'keeper for lamps', target: 'Keeper', note: 'lamps' },
  ])
})

test('never a similar one: a dangling name is said, with the nearest', () => {
  const { definition, diagnostics } = resolved('tug-mastre, Rope Maker, all crews', 'tug-master')
  expect(definition.worksWith.map(({ target }) => target)).toEqual([null, null, null])
  expect(diagnostics).toEqual([
    {
      code: 'dangling_partner',
      message:
        '"Works well with" names "tug-mastre"; no agent here has that name. Did you mean "tug-master"?',
    },
  ])
})

test('the agent itself is never a target', () => {
  const { definition, diagnostics } = resolved('Self (more of it)')
  expect(definition.worksWith).toEqual([{ raw: 'Self (more of it)', target: null, note: 'more of it' }])
  expect(diagnostics.map(({ code }) => code)).toEqual(['self_partner'])
})

test('square brackets: a description is nothing, names are a list', () => {
  expect(resolved('[other agents that fit]', 'tug-master').definition.worksWith).toEqual([])
  const named = resolved('[Tug Master, keeper]', 'tug-master', 'keeper').definition.worksWith
  expect(named.map(({ target }) => target)).toEqual(['tug-master', 'keeper'])
})

test('other families: integration lists and handoffs in the front matter', () => {
  const integration =
    'Integration with other agents:\n- Collaborate with tug-master on towing plans\n- Support keeper with oil\n- **After tug-master**: rest\n'
  const front = '---\nname: self\nhandoffs:\n  - label: Order oil\n    agent: keeper\n    send: false\n---\n'
  const read = readAgentFile(front + integration, 'self')
  if (read.kind === 'refused') throw new Error(read.rejection.message)
  const [first] = resolvePartners([read.definition, agent('tug-master'), agent('keeper')])
  expect(first!.definition.worksWith).toEqual([
    { raw: 'Collaborate with tug-master on towing plans', target: 'tug-master', note: 'towing plans' },
    { raw: 'Support keeper with oil', target: 'keeper', note: 'oil' },
    { raw: 'keeper', target: 'keeper', note: 'Order oil' },
  ])
})

test('resolving again changes nothing', () => {
  const definitions = [
    agent('self', worksWith('[Tug Master], ghost-rower, x for y, tug-master')),
    agent('tug-master'),
  ]
  const once = resolvePartners(definitions)
  expect(resolvePartners(once.map(({ definition }) => definition))).toEqual(once)
})

test('of two agents that claim a section the first keeps it', () => {
  const claim = 'Find or create "## Tides" in insights.md'
  const [first, second] = checkTogether([
    agent('one', claim),
    agent('two', claim.toUpperCase().replace('FIND OR CREATE', 'Create')),
  ])
  expect(first).toEqual([])
  expect(second!.map(({ code }) => code)).toEqual(['duplicate_section_claim'])
  expect(second![0]!.message).toContain('claimed by "one" already')
})

test('names that look alike are said, with their letters', () => {
  const found = checkTogether([agent('cook'), agent('сook'), agent('tеster'), agent('küchenchef')])
  expect(found.map((list) => list.map(({ code }) => code))).toEqual([
    [],
    ['confusable_name'],
    ['confusable_name'],
    [],
  ])
  expect(found[1]![0]!.message).toContain('U+0441')
})

test('two thousand agents with wrong partners are checked quickly', () => {
  const definitions = Array.from({ length: 2_000 }, (_, at) =>
    agent(`agent-number-${at}`, worksWith(`agent-nubmer-${at + 1}, agent-number-${at + 1}`)),
  )
  const start = performance.now()
  resolvePartners(definitions)
  checkTogether(definitions)
  expect(performance.now() - start).toBeLessThan(15_000)
})
