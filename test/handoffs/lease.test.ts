import { describe, expect, test } from 'vitest'
import type { HandoffCommand } from '../../src/handoffs/commands.ts'
import { limits } from '../../src/kernel/limits.ts'
import {
  accepted,
  at,
  cancelled,
  complete,
  completed,
  deadLetter,
  fail,
  failed,
  given,
  needs,
  progress,
  redrive,
  redriven,
  released,
  requested,
  returned,
  routed,
  steps,
  storyOf,
  supply,
  take,
} from './handoff-spec.ts'

describe('one worker at a time', () => {
  const held = [requested, routed, accepted(1, at(30))]

  test('the first acceptance has epoch 1 and its session', () => {
    given(requested, routed)
      .when(take({ worker: 'worker-1' }))
      .thenDecides({ type: 'HandoffAccepted', data: { worker: 'worker-1', epoch: 1, session: 's1' } })
  })

  test('the same worker says it again: nothing', () => {
    given(...held)
      .when(take({ worker: 'worker-1' }))
      .thenNothing()
  })

  test('a lease that runs is held, by name and time', () => {
    given(...held)
      .when(take())
      .thenRejects({ code: 'lease_held', worker: 'worker-1', leaseUntil: at(30) })
    given(...held)
      .when(take({ takeover: 'expired', now: at(29) }))
      .thenRejects({ code: 'lease_held' })
  })

  test('a lease that ran out is taken over in the same session, one epoch on', () => {
    given(...held)
      .when(take({ takeover: 'expired', now: at(30), session: 'ignored' }))
      .thenDecides({ type: 'HandoffAccepted', data: { worker: 'worker-2', epoch: 2, session: 's1' } })
  })

  test('a dead holder need not be waited for', () => {
    given(...held)
      .when(take({ takeover: { dead: 'worker-1' }, now: at(1) }))
      .thenDecides({ type: 'HandoffAccepted', data: { epoch: 2 } })
  })

  test('a death that was seen says nothing about who holds the lease since', () => {
    given(...held, accepted(2))
      .when(take({ worker: 'worker-9', takeover: { dead: 'worker-1' }, now: at(1) }))
      .thenRejects({ code: 'lease_held', worker: 'worker-2' })
  })

  test('a session that was chosen before others had the handoff is not begun after them', () => {
    const late = take({ takeover: 'expired', now: at(40), session: 's1', seen: { epoch: 1, redrives: 0 } })
    given(...held)
      .when(late)
      .thenDecides({ type: 'HandoffAccepted', data: { epoch: 2, session: 's1' } })
    given(...held, failed, redriven, routed)
      .when(late)
      .thenRejects({ code: 'conflict' })
    given(...held, accepted(2), failed, redriven, routed)
      .when(late)
      .thenRejects({ code: 'conflict' })
    given(...held, failed, redriven, routed)
      .when(take({ session: 's2', seen: { epoch: 1, redrives: 1 } }))
      .thenDecides({ type: 'HandoffAccepted', data: { epoch: 2, session: 's2' } })
  })

  test('an epoch is never given twice, also not after a redrive', () => {
    const { state } = given(...held, failed, redriven, routed)
      .when(take({ session: 's2' }))
      .thenDecides({ type: 'HandoffAccepted', data: { epoch: 2, session: 's2' } })
    expect(state.lease?.epoch).toBe(2)
    given(...held, failed, redriven, routed, accepted(2))
      .when(complete(1))
      .thenDecides({ type: 'LateResultRecorded', data: { epoch: 1 } })
  })
})

describe('what was completed', () => {
  const done = [requested, routed, accepted(), completed]

  test('is completed once: the same text again decides nothing, another one is refused and told so', () => {
    given(...done)
      .when(complete())
      .thenNothing()
    given(...done)
      .when(complete(1, 'Done otherwise.'))
      .thenRejects({ code: 'not_open', status: 'completed', message: expect.stringMatching(/another text/u) })
  })

  test('hears a late result of an older epoch, whatever its text', () => {
    const later = { type: 'HandoffCompleted', data: { session: 's1', epoch: 2, answer: 'Done.' } } as const
    given(requested, routed, accepted(), accepted(2), later)
      .when(complete(1))
      .thenDecides({ type: 'LateResultRecorded', data: { epoch: 1, answer: 'Done.' } })
  })
})

describe('a lease', () => {
  test('is renewed by its holder only', () => {
    const taken = [requested, routed, accepted(1), accepted(2)]
    given(...taken)
      .when(progress({ leaseUntil: at(90) }))
      .thenRejects({ code: 'lease_lost' })
    const { state } = given(...taken)
      .when(progress({ worker: 'worker-2', epoch: 2, leaseUntil: at(90) }))
      .thenDecides({ type: 'HandoffProgressed' })
    expect(state.lease?.leaseUntil).toBe(at(90))
  })

  test('is not renewed once it was given up', () => {
    given(requested, routed, accepted(), released())
      .when(progress({ leaseUntil: at(90) }))
      .thenRejects({ code: 'lease_lost' })
  })

  test('the same progress said twice decides nothing', () => {
    const renewal = progress({ leaseUntil: at(30) })
    given(requested, routed, accepted(1, at(30)))
      .when(renewal)
      .thenNothing()
    given(requested, routed, accepted(), released())
      .when(progress({ leaseUntil: at(0), released: true }))
      .thenNothing()
    given(requested, routed, accepted(), steps(4))
      .when(progress({ steps: 4 }))
      .thenNothing()
  })
})

describe('a handoff that kills its workers', () => {
  const crashes = (count: number) => Array.from({ length: count }, (_, index) => accepted(index + 1))
  const takeOver = (epoch = 3) => take({ worker: 'worker-9', takeover: { dead: `worker-${epoch}` } })

  test('is given up when as many as the limit died on it', () => {
    const { handoffAttemptsMax } = limits
    given(requested, routed, ...crashes(handoffAttemptsMax - 1))
      .when(takeOver(handoffAttemptsMax - 1))
      .thenDecides({ type: 'HandoffAccepted', data: { epoch: handoffAttemptsMax } })
    given(requested, routed, ...crashes(handoffAttemptsMax))
      .when(takeOver(handoffAttemptsMax))
      .thenDecides({ type: 'HandoffDeadLettered', data: { attempts: handoffAttemptsMax } })
  })

  test('a step further clears it of suspicion', () => {
    given(requested, routed, ...crashes(limits.handoffAttemptsMax), steps(4, 3))
      .when(takeOver())
      .thenDecides({ type: 'HandoffAccepted' })
  })

  test('the same steps once more are no step further', () => {
    given(requested, routed, accepted(1), steps(4), accepted(2), steps(4, 2), accepted(3))
      .when(takeOver())
      .thenDecides({ type: 'HandoffDeadLettered' })
  })

  test('a worker that gave its lease up did not die of it', () => {
    const givenUp = [1, 2, 3, 4, 5].flatMap((epoch) => [accepted(epoch), released(epoch)])
    const { state } = given(requested, routed, ...givenUp)
      .when(take({ takeover: 'expired' }))
      .thenDecides({ type: 'HandoffAccepted', data: { epoch: 6 } })
    expect(state.takeovers).toBe(0)
  })

  test('steps noted after the lease was given up do not make it a crash', () => {
    const { state } = given(requested, routed, accepted(1), accepted(2), released(2), steps(4, 2)).when(
      take({ takeover: 'expired' }),
    )
    expect(state.takeovers).toBe(0)
  })

  test('a worker that stood still past its own lease and goes on did not die', () => {
    const again = [1, 2, 3, 4].map((epoch) => ({
      type: 'HandoffAccepted' as const,
      data: { worker: 'worker-1', session: 's1', leaseUntil: at(30), epoch },
    }))
    const { state } = given(requested, routed, ...again)
      .when(take({ worker: 'worker-1', takeover: 'expired', now: at(90) }))
      .thenDecides({ type: 'HandoffAccepted', data: { worker: 'worker-1', epoch: 5 } })
    expect(state).toMatchObject({ takeovers: 0, stalls: 4 })
  })

  test('a worker that loses its own lease time and again without a step is not waited for without end', () => {
    const { handoffStallsMax } = limits
    const again = Array.from({ length: handoffStallsMax }, (_, index) => ({
      type: 'HandoffAccepted' as const,
      data: { worker: 'worker-1', session: 's1', leaseUntil: at(30), epoch: index + 1 },
    }))
    const takeUp = take({ worker: 'worker-1', takeover: 'expired', now: at(90) })
    given(requested, routed, ...again.slice(1))
      .when(takeUp)
      .thenDecides({ type: 'HandoffAccepted' })
    given(requested, routed, ...again)
      .when(takeUp)
      .thenDecides({ type: 'HandoffDeadLettered', data: { attempts: handoffStallsMax } })
    given(requested, routed, ...again, steps(4, handoffStallsMax))
      .when(takeUp)
      .thenDecides({ type: 'HandoffAccepted' })
  })

  test('nobody took it: no attempt was made', () => {
    given(requested, routed)
      .when(deadLetter)
      .thenDecides({ type: 'HandoffDeadLettered', data: { attempts: 0 } })
  })
})

describe('a result that comes too late', () => {
  const taken = [requested, routed, accepted(1), accepted(2)]

  test('goes on record and changes nothing', () => {
    const before = given(...taken).state
    for (const [command, outcome] of [
      [complete(1), 'completed'],
      [fail(1), 'failed'],
    ] as const) {
      const { state } = given(...taken)
        .when(command)
        .thenDecides({ type: 'LateResultRecorded', data: { epoch: 1, worker: 'worker-1', outcome } })
      expect({ ...state, lateResults: [] }).toEqual({ ...before, lateResults: [] })
    }
  })

  test('goes on record once', () => {
    const first = given(...taken).when(complete(1))
    const events = first.decision.kind === 'accepted' ? first.decision.events : []
    given(...taken, ...events)
      .when(complete(1))
      .thenNothing()
    given(...taken, ...events)
      .when(fail(1))
      .thenDecides({ type: 'LateResultRecorded', data: { outcome: 'failed' } })
  })

  test('the lawful result is not kept from its end', () => {
    given(...taken)
      .when(complete(2))
      .thenDecides({ type: 'HandoffCompleted', data: { epoch: 2 } })
  })
})

describe('a redrive', () => {
  test('begins anew: requested, nobody chosen, no lease', () => {
    const { state } = given(...storyOf.dead_lettered)
      .when({ ...redrive, to: 'tester' } as HandoffCommand)
      .thenDecides({ type: 'HandoffRedriven', data: { to: 'tester' } })
    expect(state).toMatchObject({ status: 'requested', to: null, lease: null, takeovers: 0, redrives: 1 })
    expect(state.request?.to).toBe('tester')
  })

  test('keeps the receiver that the sender named when the person names none', () => {
    const named = { ...requested, data: { ...requested.data, to: 'frontend-developer' } } as typeof requested
    const { state } = given(named, cancelled).when(redrive)
    expect(state.request?.to).toBe('frontend-developer')
  })

  test('keeps what was supplied', () => {
    const supplied = supply(needs) as Extract<HandoffCommand, { type: 'SupplyHandoff' }>
    const { by, provides } = supplied
    const { state } = given(
      requested,
      ...returned,
      { type: 'HandoffSupplied', data: { by, provides } },
      accepted(),
      failed,
    ).when(redrive)
    expect(state.provides).toHaveLength(2)
  })

  test('what is done is not done again', () => {
    given(requested, routed, accepted(), completed).when(redrive).thenRejects({ code: 'not_open' })
  })
})
