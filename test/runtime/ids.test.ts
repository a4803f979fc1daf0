import { validate, version } from 'uuid'
import { expect, test } from 'vitest'
import { systemIds } from '../../src/runtime/ids.ts'

test('ids are of version 7, each one only once, and sorted as they were made', () => {
  const ids = Array.from({ length: 20_000 }, () => systemIds.next())
  expect(ids.every((id) => validate(id) && version(id) === 7)).toBe(true)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.toSorted()).toEqual(ids)
  const ms = Number.parseInt(ids.at(-1)!.replace('-', '').slice(0, 12), 16)
  expect(Math.abs(Date.now() - ms)).toBeLessThan(60_000)
})
