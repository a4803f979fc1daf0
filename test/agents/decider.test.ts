import { expect, test } from 'vitest'
import { type AgentCommand, agentDecider } from '../../src/agents/decider.ts'
import { readAgentFile } from '../../src/agents/definition.ts'
import { type AgentEvent, agentEvents } from '../../src/agents/events.ts'
import { fold } from '../../src/kernel/decider.ts'
import { position, type RecordedEvent } from '../../src/kernel/event.ts'

const digestOf = (letter: string) => `sha256:${letter.repeat(64)}`

function file(letter: string, source = 'crew//cook.md') {
  const read = readAgentFile(`---\nname: cook\ndescription: ${letter}\n---\nYou are.`, 'cook')
  if (read.kind === 'refused') throw new Error(read.rejection.message)
  const { definition, diagnostics } = read
  return { name: 'cook', file: letter, digest: digestOf(letter), source, definition, diagnostics }
}

const registered = (letter: string): AgentEvent => ({ type: 'AgentRegistered', data: file(letter) })
const retired: AgentEvent = {
  type: 'AgentRetired',
  data: { name: 'cook', source: 'crew//cook.md', reason: 'gone' },
}
const register = (letter: string, source?: string): AgentCommand => ({
  type: 'RegisterAgent',
  agent: file(letter, source),
})
const retire: AgentCommand = { type: 'RetireAgent', source: 'crew//cook.md', reason: 'gone' }

function given(...events: AgentEvent[]) {
  const recorded = events.map(
    (event, revision): RecordedEvent => ({
      ...event,
      id: `00000000-0000-7000-8000-00000000000${revision}`,
      version: 1,
      stream: 'agent-cook',
      revision,
      position: position(revision + 1),
      meta: { actor: { kind: 'coordinator', id: 'daybook' }, recordedAt: '2020-01-01T00:00:00.000Z' },
    }),
  )
  const state = fold(agentDecider, recorded)
  return {
    when(command: AgentCommand) {
      const decision = agentDecider.decide(command, state)
      const decided = decision.kind === 'accepted' ? decision.events : []
      for (const event of decided) expect(agentEvents[event.type].safeParse(event.data).success).toBe(true)
      return decided.map((event) => event.type)
    },
  }
}

test('a new file is registered, a changed one revised, the same one decides nothing', () => {
  expect(given().when(register('a'))).toEqual(['AgentRegistered'])
  expect(given(registered('a')).when(register('b'))).toEqual(['AgentRevised'])
  expect(given(registered('a')).when(register('a'))).toEqual([])
})

test('the same file in another folder decides nothing', () => {
  expect(given(registered('a')).when(register('a', 'other//cook.md'))).toEqual([])
})

test('a definition that changed with its company is revised', () => {
  const known = registered('a')
  const agent = {
    ...file('a'),
    definition: { ...file('a').definition, worksWith: [{ raw: 'x', target: 'x', note: null }] },
  }
  expect(given(known).when({ type: 'RegisterAgent', agent })).toEqual(['AgentRevised'])
})

test('an agent is retired once, by the source it came from, and may come back', () => {
  expect(given(registered('a')).when(retire)).toEqual(['AgentRetired'])
  expect(given(registered('a'), retired).when(retire)).toEqual([])
  expect(given().when(retire)).toEqual([])
  expect(given(registered('a')).when({ ...retire, source: 'other//cook.md' } as AgentCommand)).toEqual([])
  expect(given(registered('a'), retired).when(register('a'))).toEqual(['AgentRegistered'])
})
