import { describe, expect, test } from 'vitest'
import type { HandoffEvent } from '../../src/handoffs/events.ts'
import { type Action, plan, type Situation } from '../../src/runtime/plan.ts'
import type { SessionEvent } from '../../src/sessions/events.ts'
import {
  accepted,
  at,
  cancelled,
  completed,
  deadLettered,
  expired,
  failed,
  redriven,
  released,
  requested,
  returned,
  routed,
  storyOf,
  unrouted,
} from '../handoffs/handoff-spec.ts'
import { outcomeUnknown, started as sessionStarted } from '../sessions/session-spec.ts'
import { paused, storyOf as workflowStory } from '../workflows/workflow-spec.ts'
import { askedBy, running, WorkGiven } from './work-given.ts'

const calm: Situation = { now: at(10), isGone: () => false, atWork: new Set() }
const planned = (given: WorkGiven, situation: Partial<Situation> = {}): Action[] =>
  plan(given.work, { ...calm, ...situation })

const held = [requested, routed, accepted(1, at(30))]
const done = [...held, completed]
const pausedFor = (waitsFor: 'answer' | 'person' | 'limit'): SessionEvent => ({
  type: 'SessionPaused',
  data: { reason: 'Waits.', waitsFor },
})

describe('a workflow', () => {
  test('without a handoff gets its first one', () => {
    expect(planned(running())).toEqual([{ kind: 'request_first', workflow: 'w1' }])
  })

  test('that is paused, or complete, is left alone', () => {
    expect(planned(running().handoff('h1', requested).workflow(paused))).toEqual([])
    expect(planned(new WorkGiven().workflow(...workflowStory.completed).handoff('h1', requested))).toEqual([])
    expect(planned(new WorkGiven().handoff('h1', requested))).toEqual([])
  })

  test.each(['completed', 'failed'] as const)(
    'that is %s goes on when a handoff of it was redriven',
    (status) => {
      const given = new WorkGiven()
        .workflow(...workflowStory[status])
        .handoff('h1', ...storyOf.dead_lettered, redriven)
        .handoff('h2', ...storyOf.cancelled)
      expect(planned(given)).toEqual([{ kind: 'reopen', workflow: 'w1' }])
    },
  )

  test.each(['cancelled', 'failed'] as const)('that is %s takes its open handoffs with it', (status) => {
    const given = new WorkGiven()
      .workflow(...workflowStory[status])
      .handoff('h1', ...done)
      .handoff('h2', ...held)
      .handoff('h3', requested, ...returned)
      .handoff('h4', requested, unrouted)
    expect(planned(given)).toEqual([
      { kind: 'cancel', handoff: 'h2' },
      { kind: 'cancel', handoff: 'h3' },
    ])
    expect(planned(given, { atWork: new Set(['h2']) })).toEqual([{ kind: 'cancel', handoff: 'h3' }])
  })

  test('is complete when nothing is open, whatever became of later handoffs', () => {
    const given = running()
      .handoff('h1', ...done)
      .handoff('h2', requested, unrouted)
      .handoff('h3', ...held, failed)
    expect(planned(given)).toEqual([{ kind: 'complete', workflow: 'w1' }])
  })

  test('is not complete while one is open, though nothing can be done about it', () => {
    for (const open of [held, [requested, ...returned]]) {
      expect(
        planned(
          running()
            .handoff('h1', ...done)
            .handoff('h2', ...open),
        ),
      ).toEqual([])
    }
  })

  test.each([
    ['unrouted', [requested, unrouted], 'nobody', 'Nobody fits.'],
    ['failed', [...held, failed], 'first_handoff_failed', 'No answer.'],
    ['dead-lettered', [...held, deadLettered], 'first_handoff_failed', 'It kills workers.'],
    ['expired', [requested, routed, expired], 'first_handoff_failed', 'Too late.'],
    ['cancelled', [requested, cancelled], 'first_handoff_failed', 'Not needed.'],
  ] as [string, HandoffEvent[], string, string][])(
    'has failed when its first handoff is %s',
    (_, first, code, reason) => {
      expect(
        planned(
          running()
            .handoff('h1', ...first)
            .handoff('h2', ...done),
        ),
      ).toEqual([{ kind: 'fail', workflow: 'w1', code, reason }])
    },
  )
})

describe('a handoff', () => {
  test('that is requested, or redriven, is routed', () => {
    expect(planned(running().handoff('h1', requested))).toEqual([{ kind: 'route', handoff: 'h1' }])
    expect(planned(running().handoff('h1', ...storyOf.failed, redriven))).toEqual([
      { kind: 'route', handoff: 'h1' },
    ])
  })

  test('that is routed is accepted', () => {
    expect(planned(running().handoff('h1', requested, routed))).toEqual([
      { kind: 'accept', handoff: 'h1', takeover: null },
    ])
  })

  test('whose requirements went back waits for its sender', () => {
    expect(planned(running().handoff('h1', requested, ...returned))).toEqual([])
  })

  test('in somebody’s hands stays there as long as the lease runs', () => {
    expect(planned(running().handoff('h1', ...held), { now: at(29) })).toEqual([])
    expect(planned(running().handoff('h1', ...held), { now: at(30) })).toEqual([
      { kind: 'accept', handoff: 'h1', takeover: 'expired' },
    ])
  })

  test('whose holder is known to be gone is taken over at once', () => {
    expect(planned(running().handoff('h1', ...held), { isGone: (worker) => worker === 'worker-1' })).toEqual([
      { kind: 'accept', handoff: 'h1', takeover: { dead: 'worker-1' } },
    ])
    expect(planned(running().handoff('h1', ...held), { isGone: (worker) => worker !== 'worker-1' })).toEqual(
      [],
    )
  })

  test('that was given up is taken over at once', () => {
    expect(planned(running().handoff('h1', ...held, released()))).toMatchObject([{ takeover: 'expired' }])
  })

  test('that this process works on is left to it, even when the lease ran out', () => {
    expect(planned(running().handoff('h1', ...held), { now: at(59), atWork: new Set(['h1']) })).toEqual([])
  })

  test('is planned beside the others, in the order of the log', () => {
    const given = running()
      .handoff('h1', ...held)
      .handoff('h2', requested)
      .handoff('h3', requested, routed)
    expect(planned(given, { now: at(59) }).map((action) => action.kind)).toEqual([
      'accept',
      'route',
      'accept',
    ])
  })
})

describe('a session that paused', () => {
  const givenUp = [...held, released()]
  const asks = (...answer: HandoffEvent[]) =>
    running()
      .handoff('h1', ...givenUp)
      .session('s1', sessionStarted, pausedFor('answer'))
      .handoff('h2', ...answer)

  test('to ask waits until the answer is there', () => {
    expect(planned(asks(askedBy('s1'), routed))).toEqual([{ kind: 'accept', handoff: 'h2', takeover: null }])
    const answered = asks(askedBy('s1'), routed, accepted(), completed)
    expect(planned(answered)).toEqual([{ kind: 'accept', handoff: 'h1', takeover: 'expired' }])
  })

  test('to ask goes on when there will be no answer', () => {
    for (const end of [[unrouted], [routed, accepted(), failed], [cancelled], [routed, expired]]) {
      expect(planned(asks(askedBy('s1'), ...end))).toContainEqual({
        kind: 'accept',
        handoff: 'h1',
        takeover: 'expired',
      })
    }
  })

  test('to ask is not held up by what it only passed on, or by what others asked', () => {
    const given = asks(askedBy('s1'), routed, accepted(), completed)
      .handoff('h3', askedBy('s1', 'delegate'), routed, accepted())
      .handoff('h4', askedBy('s2'), routed, accepted())
    expect(planned(given)).toContainEqual({ kind: 'accept', handoff: 'h1', takeover: 'expired' })
  })

  test('for a person or a limit waits for them, whatever became of its worker', () => {
    for (const waitsFor of ['person', 'limit'] as const) {
      const given = running()
        .handoff('h1', ...givenUp)
        .session('s1', sessionStarted, pausedFor(waitsFor))
      expect(planned(given, { now: at(59), isGone: () => true })).toEqual([])
    }
    const undecided = running()
      .handoff('h1', ...givenUp)
      .session('s1', sessionStarted, ...outcomeUnknown)
    expect(planned(undecided, { now: at(59) })).toEqual([])
  })

  test('and was resumed goes on', () => {
    const given = running()
      .handoff('h1', ...givenUp)
      .session('s1', sessionStarted, pausedFor('limit'), {
        type: 'SessionResumed',
        data: { reason: 'Raised.' },
      })
    expect(planned(given)).toEqual([{ kind: 'accept', handoff: 'h1', takeover: 'expired' }])
  })
})

test('a session that is over while its handoff is not is taken over, so that its end is carried on', () => {
  const given = running()
    .handoff('h1', ...held)
    .session('s1', sessionStarted, { type: 'SessionCompleted', data: { notes: [] } })
  expect(planned(given, { now: at(59) })).toEqual([{ kind: 'accept', handoff: 'h1', takeover: 'expired' }])
})
