import { describe, expect, test } from 'vitest'
import type { HandoffCommand } from '../../src/handoffs/commands.ts'
import { type HandoffStatus, isOver, isSettled } from '../../src/handoffs/handoff.ts'
import { agent } from '../projections/events.ts'
import {
  ask,
  at,
  cancel,
  complete,
  deadLetter,
  decline,
  expire,
  fail,
  failUnheld,
  given,
  leave,
  needs,
  progress,
  redrive,
  requested,
  returned,
  route,
  routed,
  statuses,
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
  declined: late,
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
  declined: '-',
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
  declined: 'not_open',
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
  declined: event,
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
  ['route', route(), { ...nothing, none: 'not_found', requested: 'HandoffRouted', declined: 'declined' }],
  [
    'leave unrouted',
    leave,
    { ...nothing, none: 'not_found', requested: 'HandoffUnrouted', declined: 'HandoffUnrouted' },
  ],
  ['supply', supply(needs), { ...closed, routed: '-', accepted: '-', returned: 'HandoffSupplied' }],
  ['accept', take(), { ...closed, routed: 'HandoffAccepted', accepted: 'lease_held' }],
  ['report progress', progress({ leaseUntil: at(40) }), { ...lost, accepted: 'HandoffProgressed' }],
  ['complete', complete(), { ...allLate, none: 'not_found', accepted: 'HandoffCompleted', completed: '-' }],
  ['fail', fail(), { ...allLate, none: 'not_found', accepted: 'HandoffFailed', failed: '-' }],
  ['fail without a lease', failUnheld, { ...opened('HandoffFailed'), failed: '-' }],
  ['decline', decline, { ...closed, routed: 'HandoffDeclined', accepted: 'lease_lost', declined: '-' }],
  ['expire', expire, overIsNothing('HandoffExpired')],
  ['cancel', cancel, { ...opened('HandoffCancelled'), cancelled: '-' }],
  ['dead-letter', deadLetter, overIsNothing('HandoffDeadLettered')],
  [
    'redrive',
    redrive,
    {
      ...closed,
      routed: 'HandoffRedriven',
      declined: 'HandoffRedriven',
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

test('only the agent that was chosen can decline, and then it looks for somebody else', () => {
  given(requested, routed)
    .when({ ...decline, by: 'tester' } as HandoffCommand)
    .thenRejects({ code: 'not_yours', to: 'frontend-developer' })
  expect(given(requested, routed).when(decline).state).toMatchObject({
    status: 'declined',
    reason: 'Not my work.',
    declined: ['frontend-developer'],
    to: null,
  })
})

test('messages say the status in plain words', () => {
  const { decision } = given(...storyOf.dead_lettered).when(cancel)
  expect(decision.kind === 'rejected' && decision.rejection.message).toBe('The handoff is dead lettered.')
  expect(given(requested, unrouted).state.reason).toBe('Nobody fits.')
})
