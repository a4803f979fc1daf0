import { expect, test } from 'vitest'
import type { Message } from '../../src/sessions/conversation.ts'
import { planCut } from '../../src/sessions/trim.ts'

const user = (text: string): Message => ({ role: 'user', content: text })
const assistant = (text: string): Message => ({ role: 'assistant', content: text })

/** The task, and then exchanges of so many characters each. */
function conversation(...sizes: number[]) {
  const exchanges = sizes.flatMap((size) => [assistant('a'.repeat(size)), user('r'.repeat(size))])
  const messages = [user('The task.'.repeat(500)), ...exchanges]
  return { messages, messageTurns: messages.map((_, index) => Math.floor((index + 3) / 2)) }
}

test('the older half is left out, and what stays begins with an answer', () => {
  const given = conversation(100, 100, 100, 100)
  const cut = planCut(given)
  expect(cut).toMatchObject({ keptFrom: 5, turns: { from: 2, to: 3 } })
  expect(given.messages[5]?.role).toBe('assistant')
  expect(cut?.left).toEqual(given.messages.slice(1, 5))
})

test('the last exchange stays, however long it is, and the task is never left out', () => {
  expect(planCut(conversation(10, 10_000))).toMatchObject({ keptFrom: 3 })
  expect(planCut(conversation(10_000, 10))).toMatchObject({ keptFrom: 3 })
  expect(planCut(conversation(10_000))).toBe(null)
  expect(planCut(conversation())).toBe(null)
})

test('cutting again and again comes to an end', () => {
  let given = conversation(...Array.from({ length: 40 }, (_, index) => 50 + index))
  let cuts = 0
  for (let cut = planCut(given); cut !== null; cut = planCut(given)) {
    const { keptFrom } = cut
    const kept = <T>(all: readonly T[]) => [all[0]!, ...all.slice(keptFrom)]
    given = { messages: kept(given.messages), messageTurns: kept(given.messageTurns) }
    cuts += 1
  }
  expect(cuts).toBeLessThan(10)
  expect(given.messages).toHaveLength(3)
})
