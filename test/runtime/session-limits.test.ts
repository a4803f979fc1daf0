import { describe, expect, test } from 'vitest'
import { manualClock } from '../../src/kernel/clock.ts'
import type { RecordedEvent } from '../../src/kernel/event.ts'
import type { LimitName } from '../../src/kernel/limit-events.ts'
import type { Model } from '../../src/models/port.ts'
import { commandWorkflow } from '../../src/runtime/command-workflow.ts'
import { prove } from '../../src/runtime/proof/prove.ts'
import type { ModelFor } from '../../src/runtime/work-on.ts'
import { person } from '../projections/events.ts'
import { done, inTurn, type Script, type Scripts, type Stage, stage, use } from './worker-stage.ts'

const helpers = ['anna', 'berta', 'clara', 'dora']
const lead = inTurn(use('hand_off', ...helpers.map((to) => ({ need: `Part of ${to}.`, to }))), done)
const team: Scripts = { lead, ...Object.fromEntries(helpers.map((name) => [name, inTurn(done)])) }

/** Each call uses all that it may: what was reserved is what is paid. */
function paid(scripts: Scripts, inFlight = { now: 0, most: 0 }): ModelFor {
  const model = (script: Script): Model => ({
    runner: 'claude',
    costMax: () => 1,
    async answer(request) {
      inFlight.now += 1
      inFlight.most = Math.max(inFlight.most, inFlight.now)
      await new Promise((resolve) => setTimeout(resolve, 20))
      inFlight.now -= 1
      const inputTokens = Math.ceil(JSON.stringify(request).length / 3)
      const usage = { inputTokens, outputTokens: 10, cacheWriteTokens: 0, cacheReadTokens: 0 }
      return { answer: { ...script(request), usage, costUsd: 1 } }
    },
  })
  return (agent) => ({ model: model(scripts[agent.name]!), name: 'scripted' })
}

const dataOf = (events: readonly RecordedEvent[], type: string) =>
  events.filter((event) => event.type === type).map((event) => event.data as Record<string, unknown>)
const paidIn = (events: readonly RecordedEvent[]) =>
  dataOf(events, 'ModelAnswered').reduce((sum, { costUsd }) => sum + Number(costUsd), 0)

async function raised(given: Stage, limit: LimitName, max: number): Promise<RecordedEvent[]> {
  const command = { type: 'RaiseLimit', limit, max, by: person } as const
  expect(await commandWorkflow(given.project, { workflow: given.workflow, command, by: person })).toBe(null)
  await given.drain()
  expect(await prove(given.project, given.workflow)).toMatchObject({ intact: true })
  return given.events()
}

describe('the limit on cost of a workflow', () => {
  test('is not broken by sessions that run at the same time, and goes on when a person raises it', async () => {
    const given = await stage(team, { limits: { costUsdMax: 4.5 }, modelFor: paid(team) })
    await given.drain()
    const events = await given.events()
    expect(paidIn(events)).toBe(4)
    expect(dataOf(events, 'LimitReached')).toEqual([{ limit: 'cost', max: 4.5, reached: 5 }])
    expect(events.at(-1)?.type).not.toBe('WorkflowCompleted')
    const after = await raised(given, 'cost', 20)
    expect(dataOf(after, 'WorkflowCompleted')).toHaveLength(1)
    expect(paidIn(after)).toBe(6)
  })

  test('lets calls wait for each other when together they might break it, and no call is in vain', async () => {
    const inFlight = { now: 0, most: 0 }
    const cheap = paid(team, inFlight)
    const halfPrice: ModelFor = (agent, workflow) => {
      const { model, name } = cheap(agent, workflow)
      const answer: Model['answer'] = async (...call) => {
        const result = await model.answer(...call)
        return 'answer' in result ? { answer: { ...result.answer, costUsd: 0.25 } } : result
      }
      return { name, model: { ...model, answer } }
    }
    const given = await stage(team, { limits: { costUsdMax: 2.5 }, modelFor: halfPrice })
    await given.drain()
    const events = await given.events()
    expect(dataOf(events, 'WorkflowCompleted')).toHaveLength(1)
    expect(dataOf(events, 'LimitReached')).toEqual([])
    expect(inFlight.most).toBe(2)
  })

  test('is reserved for each call in its intent', async () => {
    const given = await stage({ lead: inTurn(done) }, { modelFor: paid({ lead: inTurn(done) }) })
    await given.drain()
    const [called] = dataOf(await given.events(), 'ModelCalled')
    expect(called).toMatchObject({ reserved: { costUsd: 1, tokens: expect.any(Number) } })
  })
})

describe('a limit of one session', () => {
  test.each([
    ['session_cost', { costPerSessionUsdMax: 1.5 }, 10],
    ['session_tokens', { tokensPerSessionMax: 18_500 }, 1_000_000],
  ] as const)('on %s pauses it alone, until a person raises it', async (limit, limits, max) => {
    const scripts = { lead: inTurn(use('hand_off', { need: '' }), done) }
    const given = await stage(scripts, { limits, modelFor: paid(scripts) })
    await given.drain()
    const events = await given.events()
    expect(dataOf(events, 'ModelCalled')).toHaveLength(1)
    expect(dataOf(events, 'LimitReached')).toMatchObject([{ limit }])
    expect(dataOf(events, 'SessionPaused')).toMatchObject([{ waitsFor: 'limit' }])
    expect(dataOf(events, 'WorkflowPaused')).toEqual([])
    expect(dataOf(await raised(given, limit, max), 'WorkflowCompleted')).toHaveLength(1)
  })

  test('on wall time counts work, and neither pauses nor the time in which nobody was at it', async () => {
    const clock = manualClock(Date.UTC(2026, 0, 1))
    const ask = { need: 'Is the upload safe?', to: 'tester', mode: 'ask' }
    const tester = inTurn(done)
    const slow: Script = (request) => {
      clock.advance(3_600_000)
      return tester(request)
    }
    const scripts = { lead: inTurn(use('hand_off', ask), use('hand_off', { need: '' }), done), tester: slow }
    const given = await stage(scripts, { clock, limits: { wallTimePerSessionMs: 2_000_000 } })
    await given.drain()
    const events = await given.events()
    expect(dataOf(events, 'LimitReached')).toEqual([])
    expect(dataOf(events, 'WorkflowCompleted')).toHaveLength(1)
  })

  test('on wall time ends work that takes too long', async () => {
    const clock = manualClock(Date.UTC(2026, 0, 1))
    const script = inTurn(use('hand_off', { need: '' }), use('hand_off', { need: '' }), done)
    const slow: Script = (request) => {
      clock.advance(10_000)
      return script(request)
    }
    const given = await stage({ lead: slow }, { clock, limits: { wallTimePerSessionMs: 15_000 } })
    await given.drain()
    const events = await given.events()
    expect(dataOf(events, 'LimitReached')).toEqual([{ limit: 'wall_time', max: 15_000, reached: 20_000 }])
    expect(dataOf(await raised(given, 'wall_time', 60_000), 'WorkflowCompleted')).toHaveLength(1)
  })
})
