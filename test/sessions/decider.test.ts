import { describe, expect, test } from 'vitest'
import type { SessionCommand } from '../../src/sessions/commands.ts'
import type { SessionEvent } from '../../src/sessions/events.ts'
import type { SessionStatus } from '../../src/sessions/session.ts'
import { eventId } from '../projections/events.ts'
import {
  answered,
  calledAgain,
  callModel,
  callTool,
  cancel,
  complete,
  decideOutcome,
  fail,
  given,
  intent,
  leaveUnknown,
  modelFailed,
  open,
  opened,
  outcomeUnknown,
  pause,
  paused,
  raise,
  reach,
  recordAnswer,
  recordFailure,
  recordSummary,
  resume,
  returnTool,
  running,
  start,
  started,
  statuses,
  storyOf,
  toolBlock,
  toolCalled,
  toolReturned,
} from './session-spec.ts'

/** What a command does in every status: the first event's type, `-` for nothing, or the code of a refusal. */
type Row = Record<SessionStatus, string>
const over = { none: 'not_found', completed: 'ended', failed: 'ended', cancelled: 'ended' }
const open2 = (outcome: string): Row => ({ ...over, running: outcome, paused: outcome })

const table: [string, SessionCommand, Row][] = [
  [
    'start',
    start,
    { none: 'SessionStarted', running: '-', paused: '-', completed: '-', failed: '-', cancelled: '-' },
  ],
  ['open the conversation', open, open2('-')],
  ['call the model', callModel(), { ...over, running: 'ModelCalled', paused: 'paused' }],
  ['record an answer', recordAnswer(), open2('-')],
  ['record an answer to no call', recordAnswer({ call: 'c9' }), open2('unknown_call')],
  ['record a failure of no call', recordFailure({ call: 'c9' }), open2('unknown_call')],
  ['call a tool', callTool(), open2('call_open')],
  ['call a tool of another answer', callTool({ toolUse: 'c9/1', call: 'c9' }), open2('unknown_call')],
  ['return a tool', returnTool(), open2('ToolReturned')],
  ['return a tool nobody called', returnTool({ toolUse: 'c1/7' }), open2('unknown_call')],
  ['leave an outcome unknown', leaveUnknown, open2('OutcomeUnknown')],
  ['decide a known outcome', decideOutcome('retry'), open2('nothing_to_decide')],
  ['reach a limit', reach, open2('LimitReached')],
  ['raise a limit', raise(), open2('LimitRaised')],
  ['record the summary', recordSummary, open2('SummaryRecorded')],
  ['pause', pause, { ...over, running: 'SessionPaused', paused: '-' }],
  ['resume', resume, { ...over, running: '-', paused: 'SessionResumed' }],
  ['complete', complete, { ...open2('SessionCompleted'), completed: '-' }],
  ['fail', fail, { ...open2('SessionFailed'), failed: '-' }],
  ['cancel', cancel, { ...open2('SessionCancelled'), cancelled: '-' }],
]

describe.each(table)('to %s', (_, command, row) => {
  test.each(statuses)('in a session that is %s', (status) => {
    const { decision } = given(...storyOf[status]).when(command)
    const first = decision.kind === 'rejected' ? decision.rejection.code : (decision.events[0]?.type ?? '-')
    expect(first).toBe(row[status])
  })
})

test('the stories lead where they say', () => {
  for (const status of statuses) expect(given(...storyOf[status]).state.status).toBe(status)
})

describe('a conversation is opened once', () => {
  test('with its context and first request in one append', () => {
    const { state } = given(started).when(open).thenDecides({ type: 'ContextGiven' }, { type: 'ModelCalled' })
    expect(state).toMatchObject({ turns: 1, pending: { call: 'c1', attempt: 1 }, reminders: [] })
    expect(state.messages).toEqual([{ role: 'user', content: 'Begin.' }])
  })

  test('a log that was cut between the two gets the second one', () => {
    given(started, opened[0]!).when(open).thenDecides({ type: 'ModelCalled' })
  })
})

describe('a model call', () => {
  test('has one intent at a time: a second worker with the same one does not call as well', () => {
    given(started, ...opened)
      .when(callModel({ call: 'c1', turn: 1 }))
      .thenRejects({ code: 'call_open', call: 'c1' })
    given(started, ...opened)
      .when(callModel({ call: 'c2' }))
      .thenRejects({ code: 'call_open', call: 'c1' })
  })

  test('is made again as its next attempt, whether it failed or was in flight at a crash', () => {
    const again = callModel({ call: 'c1', turn: 1, attempt: 2 })
    for (const before of [[], [modelFailed]]) {
      const { state } = given(started, ...opened, ...before)
        .when(again)
        .thenDecides({ type: 'ModelCalled', data: { attempt: 2 } })
      expect(state.pending).toMatchObject({ attempt: 2, failure: null })
      expect(state.messages).toHaveLength(1)
    }
  })

  test('takes the answer to any of its attempts, once', () => {
    const { state } = given(started, ...opened, calledAgain(2))
      .when(recordAnswer())
      .thenDecides({ type: 'ModelAnswered' })
    expect(state).toMatchObject({ pending: null, costUsd: 0.25, usage: { inputTokens: 100 } })
    given(started, ...opened, calledAgain(2), answered())
      .when(recordAnswer())
      .thenNothing()
  })

  test('has a failure recorded once, and not for an attempt that is over', () => {
    given(started, ...opened)
      .when(recordFailure())
      .thenDecides({ type: 'ModelFailed' })
    given(started, ...opened, modelFailed)
      .when(recordFailure())
      .thenNothing()
    given(started, ...opened, modelFailed, calledAgain(2))
      .when(recordFailure())
      .thenRejects({ code: 'unknown_call' })
  })

  test('of a turn that is over says nothing new', () => {
    const stale = callModel({ call: 'c1', turn: 1, appended: [{ role: 'user', text: 'Begin.' }] })
    given(started, ...opened, answered())
      .when(stale)
      .thenNothing()
  })

  test('of a worker whose lease was taken over is refused, and so is its tool', () => {
    const taken = [started, ...opened, calledAgain(2, 2), answered()]
    given(...taken)
      .when(callModel({ epoch: 1 }))
      .thenRejects({ code: 'lease_lost' })
    given(...taken)
      .when(callTool({ epoch: 1 }))
      .thenRejects({ code: 'lease_lost' })
    given(...taken)
      .when(callTool({ epoch: 2 }))
      .thenDecides({ type: 'ToolCalled' })
    given(...taken)
      .when(callModel({ epoch: 3 }))
      .thenDecides({ type: 'ModelCalled' })
  })

  test('does not begin the conversation of a session that another worker resumed', () => {
    const resumed: SessionEvent = { type: 'SessionResumed', data: { reason: 'Back.', epoch: 2 } }
    const begin = (epoch: number) => ({ ...open, call: intent({ epoch }) }) as SessionCommand
    given(started, paused, resumed).when(begin(1)).thenRejects({ code: 'lease_lost' })
    given(started, paused, resumed)
      .when(begin(2))
      .thenDecides({ type: 'ContextGiven' }, { type: 'ModelCalled' })
  })
})

describe('a tool call', () => {
  const asked = [started, ...opened, answered()]

  test('goes on record with the block that asked for it', () => {
    const { state } = given(...asked)
      .when(callTool())
      .thenDecides({ type: 'ToolCalled' })
    expect(state.toolUses['c1/1']).toMatchObject({ blockId: 't1', tool: 'memory', status: 'called' })
  })

  test('that was made anew under a later lease does not get the result of the earlier one', () => {
    const anew: SessionEvent = { ...toolCalled, data: { ...toolCalled.data, epoch: 3 } } as SessionEvent
    given(...asked, toolCalled, ...outcomeUnknown, anew)
      .when(returnTool({ epoch: 1 }))
      .thenRejects({ code: 'lease_lost' })
    given(...asked, toolCalled, ...outcomeUnknown, anew)
      .when(returnTool({ epoch: 3 }))
      .thenDecides({ type: 'ToolReturned' })
  })

  test('with its intent on record is not begun by a second worker', () => {
    given(...asked, toolCalled)
      .when(callTool())
      .thenRejects({ code: 'call_open', call: 'c1/1' })
  })

  test('that has returned is neither called nor returned again', () => {
    given(...asked, toolCalled, toolReturned)
      .when(callTool())
      .thenNothing()
    given(...asked, toolCalled, toolReturned)
      .when(returnTool({ output: 'other' }))
      .thenNothing()
  })

  test('brings its findings in one append with its result', () => {
    const read = { document: 'insights', section: 's-1', event: eventId(1), toolUse: 'c1/1' }
    given(...running)
      .when(returnTool({ findings: [{ type: 'SectionRead', data: read }] }))
      .thenDecides({ type: 'SectionRead' }, { type: 'ToolReturned' })
  })

  test('of the answer before is forgotten with the next answer', () => {
    const next = answered({ call: 'c2', content: [toolBlock('t2')] })
    const { state } = given(...running, toolReturned, { type: 'ModelCalled', data: second }, next)
    expect(state.toolUses).toEqual({})
  })

  test('called like something of JavaScript is nobody', () => {
    for (const toolUse of ['constructor', '__proto__', 'toString']) {
      given(...running)
        .when(returnTool({ toolUse }))
        .thenRejects({ code: 'unknown_call' })
      given(...running)
        .when(decideOutcome('retry', toolUse))
        .thenRejects({ code: 'nothing_to_decide' })
    }
  })
})
const second = {
  call: 'c2',
  turn: 2,
  attempt: 1,
  requestDigest: `sha256:${'1'.repeat(64)}`,
  appended: [
    { role: 'assistant' as const, answer: 'c1' },
    { role: 'tools' as const, results: ['c1/1'] },
  ],
}

describe('an outcome that is not known', () => {
  test('pauses the session in the same append: no crash can lie between', () => {
    const { state } = given(...running)
      .when(leaveUnknown)
      .thenDecides({ type: 'OutcomeUnknown' }, { type: 'SessionPaused', data: { waitsFor: 'outcome' } })
    expect(state).toMatchObject({ status: 'paused', toolUses: { 'c1/1': { status: 'unknown' } } })
    given(...running, ...outcomeUnknown)
      .when(leaveUnknown)
      .thenNothing()
  })

  test('is not passed by resuming', () => {
    given(...running, ...outcomeUnknown)
      .when(resume)
      .thenRejects({ code: 'outcome_unknown' })
  })

  test.each([
    ['retry', 'retry', false],
    ['skip', 'returned', false],
    ['fail', 'returned', true],
  ] as const)('is decided by a person: %s, and the session goes on', (decision, status, isError) => {
    const { state } = given(...running, ...outcomeUnknown)
      .when(decideOutcome(decision))
      .thenDecides({ type: 'OutcomeDecided' }, { type: 'SessionResumed' })
    expect(state).toMatchObject({ status: 'running', toolUses: { 'c1/1': { status, isError } } })
  })

  test('is decided once: the same again is nothing, another decision comes too late', () => {
    const decided = {
      type: 'OutcomeDecided' as const,
      data: { toolUse: 'c1/1', decision: 'skip' as const, by: { kind: 'person' as const, id: 'me' } },
    }
    given(...running, ...outcomeUnknown, decided)
      .when(decideOutcome('skip'))
      .thenNothing()
    given(...running, ...outcomeUnknown, decided)
      .when(decideOutcome('retry'))
      .thenRejects({ code: 'nothing_to_decide' })
  })

  test('a retry calls the tool again, with a new intent', () => {
    const { state } = given(...running, ...outcomeUnknown).when(decideOutcome('retry'))
    expect(state.toolUses['c1/1']?.status).toBe('retry')
  })

  test('a result that arrives after all settles it', () => {
    given(...running, ...outcomeUnknown)
      .when(returnTool())
      .thenDecides({ type: 'ToolReturned' })
  })
})

describe('limits', () => {
  test('are the session’s own only when it was given one, or one was raised', () => {
    expect(given(started).state.turnsMax).toBe(null)
    const own = { ...started, data: { ...started.data, limits: { turnsMax: 7 } } } as typeof started
    expect(given(own).state.turnsMax).toBe(7)
    expect(given(own).when(raise(9)).thenDecides({ type: 'LimitRaised' }).state.turnsMax).toBe(9)
  })

  test('reached or raised twice at the same number are on record once', () => {
    const reached = { type: 'LimitReached' as const, data: { limit: 'turns' as const, max: 30, reached: 30 } }
    given(...running, reached)
      .when(reach)
      .thenNothing()
    given(...running, reached)
      .when({ ...reach, reached: 31 } as SessionCommand)
      .thenDecides({ type: 'LimitReached' })
    const by = { kind: 'person' as const, id: 'me' }
    given(...running, { type: 'LimitRaised', data: { limit: 'turns', max: 40, by } })
      .when(raise(40))
      .thenNothing()
  })
})
