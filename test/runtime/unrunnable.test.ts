import { expect, test } from 'vitest'
import { manualClock } from '../../src/kernel/clock.ts'
import { DaybookError } from '../../src/kernel/errors.ts'
import { limits } from '../../src/kernel/limits.ts'
import { rehearsalModel } from '../../src/models/rehearsal.ts'
import { startWorkflow } from '../../src/runtime/start-workflow.ts'
import { systemTimers, type Timers } from '../../src/runtime/timers.ts'
import { listWaiting } from '../../src/runtime/waiting.ts'
import type { ModelFor } from '../../src/runtime/work-on.ts'
import { defaultLimits } from '../../src/runtime/workflow-defaults.ts'
import type { RosterEntry } from '../../src/workflows/events.ts'
import { person } from '../projections/events.ts'
import { done, inTurn, type Stage, stage, use } from './worker-stage.ts'

/** Waiting takes no time, and moves the clock by as much. */
function hurried() {
  const clock = manualClock(Date.UTC(2026, 0, 1))
  const timers: Timers = {
    ...systemTimers,
    after(ms, act) {
      const timer = setTimeout(() => {
        clock.advance(ms)
        act()
      }, 1)
      return () => clearTimeout(timer)
    },
  }
  return { clock, timers }
}

const agents = {
  lead: inTurn(use('hand_off', { need: 'Test the upload.', to: 'tester' }), done),
  tester: inTurn(done),
}
const refusing =
  (times: number): ModelFor =>
  (agent) => {
    if (agent.name === 'tester' && times > 0) {
      times -= 1
      throw new DaybookError('usage', 'There is no model "sonett".')
    }
    return { model: rehearsalModel(agents[agent.name as keyof typeof agents]), name: 'scripted' }
  }

const types = async (given: Stage) => (await given.events()).map(({ type }) => type)

/** Looks after each event of the log. */
async function completed(given: Stage): Promise<void> {
  for await (const item of given.project.store.subscribe({
    from: 'start',
    signal: AbortSignal.timeout(30_000),
  }))
    if (item.kind === 'event' && item.event.type === 'WorkflowCompleted') return
}

test('a server ends what it cannot run after some attempts, says why, and goes on with the rest', async () => {
  const given = await stage(agents, { ...hurried(), modelFor: refusing(Number.POSITIVE_INFINITY) })
  const stop = new AbortController()
  const serving = given.serve(stop.signal)
  await completed(given)
  stop.abort()
  await serving
  const letters = (await given.events()).filter(({ type }) => type === 'HandoffDeadLettered')
  expect(letters.map(({ data }) => (data as { reason: string }).reason)).toEqual([
    expect.stringMatching(/in 8 attempts of .*There is no model "sonett"/u),
  ])
  expect(given.problems).toHaveLength(limits.problemsServedMax)
  expect(await listWaiting(given.project)).toMatchObject([
    {
      what: 'handoff',
      reason: expect.stringContaining('sonett'),
      remedy: expect.stringContaining('redrive'),
    },
  ])
})

test('what runs at last is not ended', async () => {
  const given = await stage(agents, { ...hurried(), modelFor: refusing(limits.problemsServedMax - 1) })
  const stop = new AbortController()
  const serving = given.serve(stop.signal)
  await completed(given)
  stop.abort()
  await serving
  expect(await types(given)).not.toContain('HandoffDeadLettered')
  expect((await types(given)).filter((type) => type === 'SessionCompleted')).toHaveLength(2)
})

test('a workflow whose model cannot be had holds no other up, and is named in the end with what to do', async () => {
  const modelFor: ModelFor = (agent, { model }) => {
    if (model === 'sonett') throw new DaybookError('usage', 'There is no model "sonett".')
    return { model: rehearsalModel(agents[agent.name as keyof typeof agents]), name: 'scripted' }
  }
  const given = await stage(agents, { ...hurried(), modelFor, concurrency: 1 })
  const start = async (goal: string, model: string) =>
    startWorkflow(given.project, {
      goal,
      roster: (await given.events())
        .filter(({ type }) => type === 'AgentRegistered')
        .map(({ id, stream }) => ({ event: id, agent: stream.replace('agent-', '') }) as RosterEntry),
      entry: 'lead',
      by: person,
      limits: defaultLimits,
      model,
      rehearsal: true,
    })
  const stuck = await start('Sing a sonnet.', 'sonett')
  const last = await start('Plan a garden.', 'scripted')
  const draining = given.drain()
  await expect(draining).rejects.toThrow(
    `Workflow ${stuck} ("Sing a sonnet.") cannot go on: There is no model "sonett". Mend that and go on with "daybook run --resume", or end it with "daybook workflows cancel ${stuck}".`,
  )
  expect(given.problems.map(({ message }) => message)).toContain(
    `Workflow ${stuck}: There is no model "sonett".`,
  )
  await given.project.work.refresh()
  const statuses = [given.workflow, stuck, last].map((id) => given.project.work.workflow(id)?.workflow.status)
  expect(statuses).toEqual(['completed', 'running', 'completed'])
  expect(await types(given)).not.toContain('HandoffDeadLettered')
})
