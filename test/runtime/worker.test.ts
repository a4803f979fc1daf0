import { expect, test } from 'vitest'
import { rehearsalModel } from '../../src/models/rehearsal.ts'
import { done, inTurn, type Stage, stage, use } from './worker-stage.ts'

async function played(given: Stage) {
  await given.drain()
  const events = await given.events()
  const counts = new Map<string, number>()
  for (const { type } of events) counts.set(type, (counts.get(type) ?? 0) + 1)
  return { events, count: (type: string) => counts.get(type) ?? 0 }
}

test('a workflow of two agents runs to its end', async () => {
  const given = await stage({
    lead: inTurn(use('hand_off', { need: 'Test the upload.', to: 'tester' }), done),
    tester: inTurn(done),
  })
  const { count } = await played(given)
  expect(given.problems).toEqual([])
  expect(count('SessionCompleted')).toBe(2)
  expect(count('HandoffCompleted')).toBe(2)
  expect(count('WorkflowCompleted')).toBe(1)
})

test('a worker that stood still until its lease was over does nothing under it any more', async () => {
  let nowMs = Date.UTC(2026, 2, 1)
  let asked = 0
  const model = rehearsalModel((request) => {
    asked += 1
    return inTurn(done)(request)
  })
  const given = await stage(
    { lead: inTurn(done) },
    { clock: { now: () => nowMs }, modelFor: () => ({ model, name: 'scripted' }) },
  )
  const { store } = given.project
  const append = store.append.bind(store)
  let stoodStill = false
  store.append = async (...[stream, events, options]) => {
    const appended = await append(stream, events, options)
    if (stoodStill || events.every(({ type }) => type !== 'ModelCalled')) return appended
    stoodStill = true
    nowMs += given.project.leaseMs + 1
    return appended
  }
  const { events, count } = await played(given)
  const calls = events.filter(({ type }) => type === 'ModelCalled')
  expect(calls.map(({ data }) => data)).toMatchObject([
    { attempt: 1, epoch: 1 },
    { attempt: 2, epoch: 2 },
  ])
  expect(asked).toBe(1)
  expect(count('WorkflowCompleted')).toBe(1)
})

test('who asks gets the answer as the result of the call', async () => {
  const given = await stage({
    lead: inTurn(use('hand_off', { need: 'Is the upload safe?', to: 'tester', mode: 'ask' }), done),
    tester: inTurn(done),
  })
  const { events, count } = await played(given)
  expect(count('SessionPaused')).toBe(1)
  expect(count('WorkflowCompleted')).toBe(1)
  const returned = events.find(({ type }) => type === 'ToolReturned')?.data as { output: string }
  expect(JSON.parse(returned.output)).toMatchObject({ status: 'answered', to: 'tester' })
})

test('a drain goes on with what a session waits for, however its pause and a look at the work interleave', async () => {
  const scripts = {
    lead: inTurn(use('hand_off', { need: 'Is the upload safe?', to: 'tester', mode: 'ask' }), done),
    tester: inTurn(done),
  }
  for (let ticks = 0; ticks <= 60; ticks += 1) {
    const given = await stage(scripts, { concurrency: 1, ticks })
    const { count } = await played(given)
    expect({ ticks, completed: count('WorkflowCompleted') }).toEqual({ ticks, completed: 1 })
  }
})

test('who delegated first and asks for the same later does not wait, and does not spin', async () => {
  const need = { need: 'Is the upload safe?', to: 'tester' }
  const given = await stage(
    {
      lead: inTurn(use('hand_off', need, { ...need, mode: 'ask' }), done),
      tester: inTurn(use('hand_off', { need: '' })),
    },
    { limits: { turnsPerSessionMax: 3 } },
  )
  const { events, count } = await played(given)
  expect(count('HandoffRequested')).toBe(2)
  expect(count('SessionCompleted')).toBe(1)
  expect(count('HandoffAccepted')).toBe(2)
  expect(events.length).toBeLessThan(60)
})

test('an agent that never ends is stopped at the workflow’s own limit of turns', async () => {
  const given = await stage(
    { lead: inTurn(use('hand_off', { need: '' })) },
    { limits: { turnsPerSessionMax: 4 } },
  )
  const { count } = await played(given)
  expect(count('ModelCalled')).toBe(4)
  expect(count('LimitReached')).toBe(1)
  expect(count('SessionPaused')).toBe(1)
})
