import { describe, expect, test } from 'vitest'
import type { HandoffCommand } from '../../src/handoffs/commands.ts'
import { type HandoffStatus, isOver, isSettled } from '../../src/handoffs/handoff.ts'
import { limits } from '../../src/kernel/limits.ts'
import { agent } from '../projections/events.ts'
import {
  accepted,
  ask,
  at,
  cancel,
  cancelled,
  complete,
  completed,
  deadLetter,
  decline,
  expire,
  fail,
  failed,
  failUnheld,
  given,
  leave,
  needs,
  progress,
  redrive,
  redriven,
  released,
  requested,
  returned,
  route,
  routed,
  statuses,
  steps,
  storyOf,
  supply,
  take,
  unrouted,
} from './handoff-spec.ts'

/** What a command does in every status: the first event's type, `-` for nothing, or the code of a refusal. */
type Row = Record<HandoffStatus, string>
const over = { completed: 'not_open', failed: 'not_open', expired: 'not_open', cancelled: 'not_open' }
const late = 'LateResultRecorded'
const allLate: Omit<Row, 'none' | 'accepted'> = {
  requested: late,
  routed: late,
  returned: late,
  unrouted: late,
  completed: late,
  failed: late,
  expired: late,
  cancelled: late,
  dead_lettered: late,
}
const nothing: Omit<Row, 'none' | 'requested'> = {
  routed: '-',
  returned: '-',
  unrouted: '-',
  accepted: '-',
  completed: '-',
  failed: '-',
  expired: '-',
  cancelled: '-',
  dead_lettered: '-',
}
const closed: Row = {
  none: 'not_found',
  requested: 'not_open',
  routed: 'not_open',
  returned: 'not_open',
  unrouted: 'not_open',
  accepted: 'not_open',
  ...over,
  dead_lettered: 'not_open',
}
const lost = Object.fromEntries(
  statuses.map((status) => [status, status === 'none' ? 'not_found' : 'lease_lost']),
) as Row
const opened = (event: string): Row => ({
  none: 'not_found',
  requested: event,
  routed: event,
  returned: event,
  unrouted: event,
  accepted: event,
  ...over,
  dead_lettered: 'not_open',
})
const overIsNothing = (event: string): Row => ({
  ...opened(event),
  completed: '-',
  failed: '-',
  expired: '-',
  cancelled: '-',
  dead_lettered: '-',
})

const table: [string, HandoffCommand, Row][] = [
  ['request', ask(), { ...nothing, none: 'HandoffRequested', requested: '-' }],
  ['route', route(), { ...nothing, none: 'not_found', requested: 'HandoffRouted' }],
  ['leave unrouted', leave, { ...nothing, none: 'not_found', requested: 'HandoffUnrouted' }],
  ['supply', supply(needs), { ...closed, routed: '-', accepted: '-', returned: 'HandoffSupplied' }],
  ['accept', take(), { ...closed, routed: 'HandoffAccepted', accepted: 'lease_held' }],
  ['report progress', progress({ leaseUntil: at(40) }), { ...lost, accepted: 'HandoffProgressed' }],
  ['complete', complete(), { ...allLate, none: 'not_found', accepted: 'HandoffCompleted', completed: '-' }],
  ['fail', fail(), { ...allLate, none: 'not_found', accepted: 'HandoffFailed', failed: '-' }],
  ['fail without a lease', failUnheld, { ...opened('HandoffFailed'), failed: '-' }],
  ['decline', decline, { ...closed, routed: 'HandoffDeclined' }],
  ['expire', expire, overIsNothing('HandoffExpired')],
  ['cancel', cancel, { ...opened('HandoffCancelled'), cancelled: '-' }],
  ['dead-letter', deadLetter, overIsNothing('HandoffDeadLettered')],
  [
    'redrive',
    redrive,
    {
      ...closed,
      returned: 'HandoffRedriven',
      unrouted: 'HandoffRedriven',
      failed: 'HandoffRedriven',
      expired: 'HandoffRedriven',
      cancelled: 'HandoffRedriven',
      dead_lettered: 'HandoffRedriven',
    },
  ],
]

describe.each(table)('to %s', (_, command, row) => {
  test.each(statuses)('a handoff that is %s', (status) => {
    const { decision } = given(...storyOf[status]).when(command)
    const first = decision.kind === 'rejected' ? decision.rejection.code : (decision.events[0]?.type ?? '-')
    expect(first).toBe(row[status])
  })
})

test('the stories lead where they say, and only an end is an end', () => {
  for (const status of statuses) expect(given(...storyOf[status]).state.status).toBe(status)
  expect(statuses.filter(isOver)).toEqual(['completed', 'failed', 'expired', 'cancelled', 'dead_lettered'])
  expect(statuses.filter((status) => isSettled(status) && !isOver(status))).toEqual(['unrouted'])
})

describe('a handoff is requested once', () => {
  test('another need under the same id is a conflict, and so is another sender', () => {
    given(requested)
      .when(ask({ need: 'Something else.' }))
      .thenRejects({ code: 'conflict' })
    given(requested)
      .when(ask({ from: agent('impostor') }))
      .thenRejects({ code: 'conflict' })
  })

  test('a need without words is refused', () => {
    given()
      .when(ask({ need: ' \n ' }))
      .thenRejects({ code: 'empty_need' })
  })
})

describe('what the receiver needs', () => {
  const open = { requirements: needs, missing: needs }

  test('goes back to an agent, and is only noted for a person', () => {
    given(requested)
      .when(route('blocks', open))
      .thenDecides({ type: 'HandoffRouted' }, { type: 'HandoffReturned', data: { missing: needs } })
    expect(
      given(requested).when(route('noted', open)).thenDecides({ type: 'HandoffRouted' }).state,
    ).toMatchObject({
      status: 'routed',
      missing: needs,
    })
  })

  test('all of it supplied opens the handoff', () => {
    const { state } = given(requested, ...returned)
      .when(supply(needs, 'The contracts are frozen.'))
      .thenDecides({ type: 'HandoffSupplied' })
    expect(state).toMatchObject({ status: 'routed', missing: [], context: 'The contracts are frozen.' })
    expect(state.provides).toHaveLength(2)
  })

  test('a part of it is kept, and the rest is asked for again', () => {
    const { state } = given(requested, ...returned)
      .when(supply(['API contracts']))
      .thenDecides(
        { type: 'HandoffSupplied' },
        { type: 'HandoffReturned', data: { missing: ['error codes'] } },
      )
    expect(state).toMatchObject({ status: 'returned', missing: ['error codes'] })
  })

  test('the same part once more gives nothing new', () => {
    const part = supply(['API contracts'])
    const first = given(requested, ...returned).when(part)
    const events = first.decision.kind === 'accepted' ? first.decision.events : []
    given(requested, ...returned, ...events)
      .when(part)
      .thenRejects({ code: 'requirements_missing', missing: ['error codes'], to: 'frontend-developer' })
    given(requested, ...returned, ...events)
      .when(supply(['error codes']))
      .thenDecides({ type: 'HandoffSupplied' })
  })

  test('an empty value provides nothing', () => {
    const empty = { ...supply([]), provides: needs.map((requirement) => ({ requirement, value: 'TBD' })) }
    given(requested, ...returned)
      .when(empty as HandoffCommand)
      .thenRejects({ code: 'requirements_missing', missing: needs })
  })
})

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

test('only the agent that was chosen can decline, and then nobody has it', () => {
  given(requested, routed)
    .when({ ...decline, by: 'tester' } as HandoffCommand)
    .thenRejects({ code: 'not_yours', to: 'frontend-developer' })
  expect(given(requested, routed).when(decline).state).toMatchObject({
    status: 'unrouted',
    reason: 'Not my work.',
  })
})

test('messages say the status in plain words', () => {
  const { decision } = given(...storyOf.dead_lettered).when(cancel)
  expect(decision.kind === 'rejected' && decision.rejection.message).toBe('The handoff is dead lettered.')
  expect(given(requested, unrouted).state.reason).toBe('Nobody fits.')
})
