import { expect, test } from 'vitest'
import { limits } from '../../src/kernel/limits.ts'
import { leaseMsOf, renewalMs } from '../../src/runtime/lease.ts'

test('a lease is as long as the environment says, within its limits', () => {
  expect(leaseMsOf({})).toBe(limits.leaseMs)
  expect(leaseMsOf({ DAYBOOK_LEASE_MS: '' })).toBe(limits.leaseMs)
  expect(leaseMsOf({ DAYBOOK_LEASE_MS: '2000' })).toBe(2_000)
})

test.each(['soon', '2.5', '-1', '0', '499', '1e99'])('DAYBOOK_LEASE_MS=%s is wrong usage', (text) => {
  expect(() => leaseMsOf({ DAYBOOK_LEASE_MS: text })).toThrow(/DAYBOOK_LEASE_MS.*expected milliseconds/u)
})

test('two renewals may fail before a lease is lost', () => {
  for (const leaseMs of [limits.leaseMsMin, 2_000, limits.leaseMs])
    expect(3 * renewalMs(leaseMs)).toBeLessThanOrEqual(leaseMs + 3)
})
