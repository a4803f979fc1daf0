import { describe, expect, test } from 'vitest'
import { handoffDecider } from '../../src/handoffs/decider.ts'
import { fold } from '../../src/kernel/decider.ts'
import { spent } from '../../src/runtime/workflow-work.ts'
import { accepted, completed, requested, routed } from '../handoffs/handoff-spec.ts'
import {
  answered,
  opened,
  outcomeUnknown,
  started,
  toolCalled,
  toolReturned,
} from '../sessions/session-spec.ts'
import { paused } from '../workflows/workflow-spec.ts'
import { running, WorkGiven } from './work-given.ts'

describe('what is open', () => {
  test('is found by workflow, by handoff and by session', () => {
    const { open } = running().handoff('h1', requested).session('s1', started)
    for (const found of [open.workflow('w1'), open.workflowOfHandoff('h1'), open.workflowOfSession('s1')]) {
      expect(found?.id).toBe('w1')
    }
    for (const found of [
      open.workflow('w2'),
      open.workflowOfHandoff('h2'),
      open.workflowOfSession('constructor'),
    ]) {
      expect(found).toBe(null)
    }
    expect([...open.workflows()].map(({ id }) => id)).toEqual(['w1'])
  })

  test('has each handoff as its own rules fold it', () => {
    const given = running().handoff('h1', requested, routed, accepted(), completed)
    const events = given.recorder.events.filter(({ stream }) => stream === 'handoff-h1')
    expect(given.work.handoffs.get('h1')).toEqual(fold(handoffDecider, events))
    expect(given.work.events).toBe(5)
  })

  test('does not mix workflows', () => {
    const given = running().add('workflow-w2', [paused])
    given.add('handoff-x', [
      { ...requested, data: { ...requested.data, workflow: 'w2' } } as typeof requested,
    ])
    expect(given.work.handoffs.size).toBe(0)
    expect(given.open.workflow('w2')?.handoffs.size).toBe(1)
  })

  test('belongs to a rehearsal when its first event does', () => {
    const real = running()
    expect(real.work.rehearsal).toBe(false)
    const { type, data } = real.recorder.events[0]!
    const rehearsed = new WorkGiven().add('workflow-w1', [{ type, data } as never], { rehearsal: true })
    expect(rehearsed.work.rehearsal).toBe(true)
  })
})

describe('a session', () => {
  const said = [started, ...opened, answered(), toolCalled]

  test('is as far as its results on record', () => {
    const brief = (given: WorkGiven) => given.work.sessions.get('s1')
    expect(brief(running().session('s1', ...said))).toMatchObject({
      agent: 'backend-architect',
      status: 'running',
      steps: 1,
      unknown: [],
    })
    expect(brief(running().session('s1', ...said, toolReturned))).toMatchObject({ steps: 2 })
    expect(brief(running().session('s1', ...said, ...outcomeUnknown))).toMatchObject({
      status: 'paused',
      waitsFor: 'outcome',
      unknown: ['c1/1'],
    })
    expect(
      brief(running().session('s1', ...said, { type: 'SessionPaused', data: { reason: 'Lunch.' } })),
    ).toMatchObject({
      waitsFor: 'person',
      reason: 'Lunch.',
    })
  })

  test.each(['SessionCompleted', 'SessionFailed', 'SessionCancelled'] as const)('%s ends it', (type) => {
    const data = { notes: [], code: 'refused', reason: 'No.', by: { kind: 'person', id: 'me' } }
    const given = running().session('s1', ...said, { type, data } as never)
    expect(`Session${given.work.sessions.get('s1')!.status}`.toLowerCase()).toBe(type.toLowerCase())
  })

  test('of a workflow is paid for together with the others', () => {
    const given = running()
      .session('s1', ...said)
      .session('s2', ...said, ...opened, answered({ call: 'c2' }))
    expect(spent(given.work)).toEqual({ tokens: 3 * 175, costUsd: 0.75 })
  })
})
