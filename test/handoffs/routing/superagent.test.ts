import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { AgentDefinition } from '../../../src/agents/events.ts'
import { route } from '../../../src/handoffs/router.ts'
import type { RoutingKnowledge } from '../../../src/handoffs/routing/knowledge.ts'
import { patternsPolicy } from '../../../src/handoffs/routing/policy.ts'
import { readAgentFolder } from '../../../src/runtime/agent-folder.ts'
import { answerCases, type BenchCase, summed } from '../../../src/runtime/bench-answers.ts'
import { agentEvent, ask } from './knowledge.ts'

const here = join(import.meta.dirname, 'superagent')
const corpus = join(import.meta.dirname, '../../../../shared/corpus/superagent-zero-2/agents')
const hasCorpus = existsSync(corpus)
if (!hasCorpus) console.warn('SKIPPED: ../shared/corpus is not there, so its 54 agents are not routed to')

let definitions: AgentDefinition[] = []
let knowledge: RoutingKnowledge = { agents: [], recorded: [], asOf: null }
beforeAll(async () => {
  if (!hasCorpus) return
  definitions = (await readAgentFolder(corpus)).agents.map(({ definition }) => definition)
  const agents = definitions.map((definition, at) => ({ definition, event: agentEvent(at) }))
  knowledge = { agents, recorded: [], asOf: null }
})

async function cases(file: string): Promise<BenchCase[]> {
  const text = await readFile(join(here, file), 'utf8')
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as BenchCase)
}

const never = { ...patternsPolicy, caution: { unheard: 0, aside: 0, least: -99, notes: 4 } }

describe.skipIf(!hasCorpus)('among 54 agents on whose needs no weight was fitted', () => {
  test('sentences find their agent, and being cautious costs at most three in a hundred', async () => {
    const needs = await cases('needs.jsonl')
    expect(needs.length).toBeGreaterThanOrEqual(100)
    const cautious = summed(answerCases({ definitions, patterns: [], cases: needs }))
    const bold = summed(answerCases({ definitions, patterns: [], cases: needs, policy: never }))
    expect(cautious.top1).toBeGreaterThanOrEqual(0.75)
    expect(cautious.top3).toBeGreaterThanOrEqual(0.88)
    expect(bold.top1 - cautious.top1).toBeLessThanOrEqual(0.03)
  })

  test('the notes in their own files find the agent they speak of, each without itself', () => {
    const names = new Map(definitions.map(({ name }) => [name, name]))
    const noted = definitions.flatMap(({ name: from, worksWith }) =>
      worksWith.flatMap(({ target, note }) =>
        target === null || note === null || !names.has(target) || target === from
          ? []
          : [{ from, query: note, targets: [target] }],
      ),
    )
    expect(noted.length).toBeGreaterThanOrEqual(40)
    const { top1, top3 } = summed(answerCases({ definitions, patterns: [], cases: noted }))
    expect(top1).toBeGreaterThanOrEqual(0.58)
    expect(top3).toBeGreaterThanOrEqual(0.76)
  })

  test('needs of foreign trades, gibberish and other languages go to nobody', async () => {
    const foreign = await cases('nobody.jsonl')
    expect(foreign.length).toBeGreaterThanOrEqual(60)
    const { abstained } = summed(answerCases({ definitions, patterns: [], cases: foreign }))
    expect(abstained).toBeGreaterThanOrEqual(0.9)
  })

  test.each([
    ['accessibility-specialist', 'ADA compliance review of our cookie banner', 'legal-compliance-checker'],
    ['frontend-developer', 'improve our App Store keyword ranking', 'app-store-optimizer'],
    ['frontend-developer', 'zzqx plugh', null],
    ['frontend-developer', '', null],
    [undefined, 'zzqx plugh', null],
  ] as const)('%s, who needs "%s", is sent to %s', (by, need, to) => {
    const decision = route(ask({ need, ...(by === undefined ? {} : { by }) }), knowledge)
    expect(decision.chosen).toBe(to)
    if (to === null) expect(decision.reason).toMatch(/^Nobody: /u)
  })

  test('an agent never gets its own work back, however well it would fit', () => {
    for (const { name, description } of definitions) {
      const need = `${name.replaceAll('-', ' ')}: ${description}`
      const { chosen, ranking, excluded } = route(ask({ by: name, need }), knowledge)
      expect(chosen).not.toBe(name)
      expect(ranking).not.toContain(name)
      expect(excluded).toContainEqual({ agent: name, reason: 'sender' })
    }
  })

  test('the answer does not depend on the order in which agents come', async () => {
    const turned: RoutingKnowledge = { ...knowledge, agents: knowledge.agents.toReversed() }
    for (const { from, query } of (await cases('needs.jsonl')).slice(0, 20)) {
      const question = ask({ need: query, ...(from ? { by: from } : {}) })
      const [one, other] = [route(question, knowledge), route(question, turned)]
      expect(other.candidates).toEqual(one.candidates)
      expect(other.confidence).toBe(one.confidence)
    }
  })
})
