import { describe, expect, test } from 'vitest'
import { fold } from '../../src/kernel/decider.ts'
import { sessionDecider } from '../../src/sessions/decider.ts'
import type { SessionEvent } from '../../src/sessions/events.ts'
import { nextStep, reply, toolUseId } from '../../src/sessions/next-step.ts'
import { Player } from './player.ts'
import {
  answered,
  calledAgain,
  decideOutcome,
  given,
  modelFailed,
  opened,
  outcomeUnknown,
  paused,
  running,
  started,
  storyOf,
  toolBlock,
  toolCalled,
  toolReturned,
} from './session-spec.ts'

const stepAfter = (...events: SessionEvent[]) => nextStep(given(...events).state)

describe('the next step', () => {
  test('of a session that began is its first request, with the context', () => {
    expect(stepAfter(started)).toEqual({ kind: 'open_conversation' })
    expect(stepAfter(started, opened[0]!)).toEqual({ kind: 'open_conversation' })
  })

  test('of a call without an answer is that call again', () => {
    expect(stepAfter(started, ...opened)).toMatchObject({
      kind: 'repeat_call',
      pending: { call: 'c1', attempt: 1 },
    })
    expect(stepAfter(started, ...opened, modelFailed)).toMatchObject({
      kind: 'repeat_call',
      pending: { failure: { kind: 'overloaded' } },
    })
    expect(stepAfter(started, ...opened, modelFailed, calledAgain(2))).toMatchObject({
      kind: 'repeat_call',
      pending: { attempt: 2, failure: null },
    })
  })

  test('of an answer with tool calls is each of them in turn, then the next request', () => {
    const two = answered({ content: [toolBlock('t0'), toolBlock('t1')] })
    expect(stepAfter(started, ...opened, two)).toEqual({
      kind: 'call_tool',
      call: 'c1',
      block: 0,
      tool: 'memory',
      input: { command: 'view' },
    })
    expect(stepAfter(started, ...opened, two, toolCalled)).toMatchObject({ kind: 'call_tool', block: 0 })
    expect(stepAfter(...running)).toMatchObject({ kind: 'finish_tool', use: { toolUse: 'c1/1', key: 'k1' } })
    expect(stepAfter(...running, toolReturned)).toEqual({
      kind: 'call_model',
      appended: [
        { role: 'assistant', answer: 'c1' },
        { role: 'tools', results: [toolUseId('c1', 1)] },
      ],
    })
  })

  test('of an answer without tool calls is the end, or going on after a pause of the turn', () => {
    const words = { content: [{ type: 'text' as const, text: 'Done.' }] }
    for (const stopReason of ['end_turn', 'max_tokens', 'stop_sequence', 'refusal']) {
      expect(stepAfter(started, ...opened, answered({ ...words, stopReason }))).toEqual({
        kind: 'finish',
        stopReason,
      })
    }
    expect(stepAfter(started, ...opened, answered({ ...words, stopReason: 'pause_turn' }))).toEqual({
      kind: 'call_model',
      appended: [{ role: 'assistant', answer: 'c1' }],
    })
    expect(stepAfter(started, ...opened, answered({ content: [], stopReason: 'end_turn' })).kind).toBe(
      'finish',
    )
  })

  test('of a refusal is the end, whatever tools the model had begun to ask for', () => {
    expect(stepAfter(started, ...opened, answered({ stopReason: 'refusal' }))).toEqual({
      kind: 'finish',
      stopReason: 'refusal',
    })
  })

  test('of a paused session is to wait, of one that is over to end', () => {
    expect(stepAfter(...running, paused)).toEqual({ kind: 'wait' })
    expect(stepAfter(...running, ...outcomeUnknown)).toEqual({ kind: 'wait' })
    for (const status of ['completed', 'failed', 'cancelled'] as const) {
      expect(stepAfter(...storyOf[status])).toEqual({ kind: 'ended' })
    }
  })

  test('of a decided outcome is to call the tool again, or to go on', () => {
    const next = (how: 'retry' | 'skip' | 'fail') =>
      nextStep(given(...running, ...outcomeUnknown).when(decideOutcome(how)).state).kind
    expect([next('retry'), next('skip'), next('fail')]).toEqual(['call_tool', 'call_model', 'call_model'])
  })
})

test('what Daybook says goes after the answer it replies to', () => {
  expect(reply('c3', 'Sum it up.')).toEqual([
    { role: 'assistant', answer: 'c3' },
    { role: 'user', text: 'Sum it up.' },
  ])
})

describe('a worker that dies', () => {
  const whole = new Player().play()
  const boundaries = [...whole.appends, whole.events.length]
  const asked = whole.state.messages

  test('the story has every kind of step', () => {
    expect(whole.state.status).toBe('completed')
    expect(asked.map(({ role }) => role).join(' ')).toBe(
      'user assistant user assistant user assistant assistant user',
    )
    expect(whole.state.reminders).toEqual(['Sum it up.'])
  })

  test.each(boundaries.map((count) => [count]))(
    'after %i events is followed by one that ends the same',
    (count) => {
      const next = Player.after(whole.events, count).play()
      const { startedAt, workedMs: _, touched: __, ...state } = next.state
      const { startedAt: began, workedMs: ___, touched: ____, ...expected } = whole.state
      expect(state).toEqual(expected)
      expect(startedAt).toBe(began)
      const kept = (events: readonly { type: string }[]) =>
        events.map(({ type }) => type).filter((type) => type !== 'ModelCalled')
      expect(kept(next.events)).toEqual(kept(whole.events))
      expect(next.events.length - whole.events.length).toBeLessThanOrEqual(1)
    },
  )

  test('inside an append, of which only a part came over, is followed by one that ends as well', () => {
    for (let count = 0; count <= whole.events.length; count += 1) {
      expect(Player.after(whole.events, count).play().state.messages).toEqual(asked)
    }
  })

  test('again and again after every append gets there too', () => {
    let player = new Player()
    for (let lives = 0; player.step(); lives += 1) {
      if (player.state.pending !== null && lives % 2 === 1) player.step()
      player = Player.after(player.events, player.events.length)
      expect(lives).toBeLessThan(100)
    }
    expect(player.state.status).toBe('completed')
    expect(player.state.messages).toEqual(asked)
  })

  test('leaves a log from which the state folds as it was', () => {
    expect(fold(sessionDecider, whole.events)).toEqual(whole.state)
  })
})
