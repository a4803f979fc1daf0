import { expect, test } from 'vitest'
import { inOwnOrder } from '../../src/runtime/own-order.ts'

const things = Array.from({ length: 200 }, (_, index) => ({ id: `workflow-${index}` }))

test('an order is the same each time, and holds everything once', () => {
  const order = inOwnOrder(things, 'host:1')
  expect(inOwnOrder(things.toReversed(), 'host:1')).toEqual(order)
  expect(order.map(({ id }) => id).sort()).toEqual(things.map(({ id }) => id).sort())
})

test('what is added or taken away leaves the order of the rest as it was', () => {
  const order = inOwnOrder(things, 'host:1')
  const without = inOwnOrder(things.slice(50), 'host:1')
  const left = new Set(things.slice(50))
  expect(without).toEqual(order.filter((thing) => left.has(thing)))
})

test('workers begin at different ends', () => {
  const firsts = Array.from({ length: 20 }, (_, worker) => inOwnOrder(things, `host:${worker}`)[0]!.id)
  expect(new Set(firsts).size).toBeGreaterThan(14)
})
