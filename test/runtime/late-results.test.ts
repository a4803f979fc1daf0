import { expect, test } from 'vitest'
import { patternsPolicy } from '../../src/handoffs/routing/policy.ts'
import type { Model } from '../../src/models/port.ts'
import { rehearsalModel } from '../../src/models/rehearsal.ts'
import { projectOn } from '../../src/runtime/project.ts'
import type { ModelFor, ToolsFor } from '../../src/runtime/work-on.ts'
import { Worker } from '../../src/runtime/worker.ts'
import { returned, type Tool } from '../../src/tools/port.ts'
import { done, inTurn, type Script, type Stage, say, stage, use } from './worker-stage.ts'

const hourMs = 3_600_000

/** Something that begins, and ends when it is told to. */
function gate() {
  const begun = Promise.withResolvers<void>()
  const open = Promise.withResolvers<void>()
  const pass = () => {
    begun.resolve()
    return open.promise
  }
  return { begun: begun.promise, open: open.resolve, pass }
}

/** Another process on the same log, two hours later by its clock: every lease has run out. */
function later(given: Stage, { script, tools }: { script: Script; tools: ToolsFor }): Promise<void> {
  const clock = { now: () => Date.now() + 2 * hourMs }
  const project = projectOn({ store: given.project.store, clock, policy: patternsPolicy, worker: 'second' })
  const modelFor: ModelFor = () => ({ model: rehearsalModel(script), name: 'scripted' })
  return new Worker({ project, modelFor, toolsFor: tools }).drain(AbortSignal.timeout(20_000))
}

const dataOf = async (given: Stage, type: string) =>
  (await given.events()).filter((event) => event.type === type).map(({ data }) => data)
const noTools: ToolsFor = () => []

test('an answer that comes after the lease was lost, and after another one, is on record and changes nothing', async () => {
  const held = gate()
  const slow: Model = {
    ...rehearsalModel(inTurn(say('**Work Done**: too late.'))),
    answer: async (request, call) => {
      await held.pass()
      return rehearsalModel(inTurn(say('**Work Done**: too late.'))).answer(request, call)
    },
  }
  const given = await stage({ lead: inTurn(done) }, { modelFor: () => ({ model: slow, name: 'scripted' }) })
  const first = given.drain()
  await held.begun
  await later(given, { script: inTurn(done), tools: noTools })
  const before = await given.events()
  held.open()
  await first
  expect(await dataOf(given, 'LateResultRecorded')).toMatchObject([
    { epoch: 1, outcome: expect.stringMatching(/^answer 1-/u), answer: '**Work Done**: too late.' },
  ])
  expect((await given.events()).filter(({ type }) => type !== 'LateResultRecorded')).toEqual(before)
  expect(await dataOf(given, 'ModelAnswered')).toHaveLength(1)
  expect(await dataOf(given, 'WorkflowCompleted')).toHaveLength(1)
})

test('so is the result of a tool', async () => {
  const held = gate()
  const tool = (run: Tool['run']): Tool => ({
    name: 'look',
    description: 'Looks.',
    inputSchema: { type: 'object' },
    class: 'pure',
    run,
  })
  const slow = tool(async () => {
    await held.pass()
    return returned('seen too late')
  })
  const script = inTurn(use('look', {}), done)
  const limits = { wallTimePerSessionMs: 24 * hourMs }
  const given = await stage({ lead: script }, { tools: () => [slow], limits })
  const first = given.drain()
  await held.begun
  await later(given, { script, tools: () => [tool(async () => returned('seen in time'))] })
  held.open()
  await first
  expect(await dataOf(given, 'ToolReturned')).toMatchObject([{ output: 'seen in time' }])
  expect(await dataOf(given, 'LateResultRecorded')).toMatchObject([
    { outcome: expect.stringMatching(/^tool result 1-/u), answer: 'seen too late' },
  ])
  expect(await dataOf(given, 'WorkflowCompleted')).toHaveLength(1)
})
