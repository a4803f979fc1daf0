import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Handoff, type HandoffStatus, isOver, isSettled } from '../../src/handoffs/handoff.ts'
import { statuses } from './handoff-spec.ts'
import { drawnWays, explored, picture, said, sayings } from './state-machine.ts'

const { states, steps } = explored(7)
const open = (state: Handoff) => state.status !== 'none' && !isSettled(state.status)

test('every status is reached, and everything that can be said was said with effect', () => {
  expect([...new Set(states.map(({ status }) => status))].sort()).toEqual([...statuses].sort())
  expect(new Set(steps.map(({ word }) => word))).toEqual(new Set(sayings.map(({ word }) => word)))
  expect(states.length).toBeGreaterThan(300)
})

describe('no state without a way out', () => {
  test('from everywhere but its completion a handoff can still be completed', () => {
    const canComplete = new Set<HandoffStatus>(['completed'])
    for (let before = -1; before !== canComplete.size; ) {
      before = canComplete.size
      for (const { from, to } of steps) if (canComplete.has(to)) canComplete.add(from)
    }
    expect(statuses.filter((status) => !canComplete.has(status))).toEqual([])
  })

  test('in every state that was reached somebody can move it on, and a person in one step', () => {
    const stuck = states.filter((state) => state.status !== 'completed' && state.status !== 'none')
    for (const state of stuck) {
      const byPerson = sayings.filter(({ by }) => by === 'person').flatMap((say) => said(state, say) ?? [])
      const ends = byPerson.some(({ status }) => isOver(status))
      const begins = byPerson.some(({ status }) => status === 'requested' || status === 'routed')
      expect({ state, moves: ends || begins }).toMatchObject({ moves: true })
      if (isSettled(state.status)) expect({ state, begins }).toMatchObject({ begins: true })
      else expect({ state, ends }).toMatchObject({ ends: true })
    }
  })

  test('what is open is moved on by those who work, without a person; only a returned one waits for its sender', () => {
    for (const state of states.filter(open)) {
      const speakers = sayings
        .filter((say) => {
          const after = said(state, say)
          return after !== null && after.status !== state.status
        })
        .map(({ by }) => by)
      const workers = state.status === 'returned' ? ['sender'] : ['coordinator', 'holder']
      expect({ state, speakers }).toMatchObject({ speakers: expect.arrayContaining([expect.any(String)]) })
      expect(speakers.some((by) => workers.includes(by))).toBe(true)
    }
  })

  test('its deadline ends it wherever it is', () => {
    const expire = sayings.find(({ word }) => word === 'expire')!
    for (const state of states.filter(open)) expect(said(state, expire)?.status).toBe('expired')
  })

  test('only its completion is final', () => {
    const after = (status: HandoffStatus) => steps.filter(({ from, to }) => from === status && to !== status)
    expect(statuses.filter((status) => after(status).length === 0)).toEqual(['completed'])
  })
})

test('no way leads around: it is accepted only when routed, and completed only when accepted', () => {
  const into = (status: HandoffStatus) =>
    new Set(steps.filter(({ from, to }) => to === status && from !== to).map(({ from }) => from))
  expect(into('completed')).toEqual(new Set(['accepted']))
  expect(into('accepted')).toEqual(new Set(['routed']))
  expect(into('declined')).toEqual(new Set(['routed', 'accepted']))
  expect(into('returned')).toEqual(new Set(['requested', 'declined']))
})

test('an agent that declined is never chosen again, unless a person names it', () => {
  for (const { status, declined, to, insisted } of states)
    if (status !== 'declined' && to !== null && !insisted) expect(declined).not.toContain(to)
})

test('the picture in the documentation is the machine', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/handoffs.md'), 'utf8')
  const drawn = /```mermaid\nstateDiagram-v2\n(.*?)```/su.exec(page)?.[1] ?? ''
  expect(drawnWays(drawn)).toEqual(picture(steps))
})
