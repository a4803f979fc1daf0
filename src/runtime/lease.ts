import { DaybookError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'

/**
 * How long a worker's hold on a handoff lasts without a renewal, in milliseconds: `DAYBOOK_LEASE_MS`, or
 * `limits.leaseMs`. All coordinators of one log should agree on it. Shorter leases move work away from a
 * machine that is lost sooner, and write renewals more often.
 *
 * Throws `usage` for what is no number from `limits.leaseMsMin` to `limits.leaseMsMax`.
 */
export function leaseMsOf(env: Readonly<Record<string, string | undefined>>): number {
  const text = env.DAYBOOK_LEASE_MS
  if (text === undefined || text === '') return limits.leaseMs
  const leaseMs = Number(text)
  if (Number.isInteger(leaseMs) && leaseMs >= limits.leaseMsMin && leaseMs <= limits.leaseMsMax)
    return leaseMs
  throw new DaybookError(
    'usage',
    `DAYBOOK_LEASE_MS is ${JSON.stringify(text)}: expected milliseconds from ${limits.leaseMsMin} to ${limits.leaseMsMax}.`,
  )
}

/** A lease is renewed three times in its length: two renewals may fail before it is lost. */
export function renewalMs(leaseMs: number): number {
  return Math.ceil(leaseMs / 3)
}
