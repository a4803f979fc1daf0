import { describe } from 'vitest'
import { appendClaims } from './append-claims.ts'
import { backwardsClaims } from './backwards-claims.ts'
import { faultClaims } from './fault-claims.ts'
import { givenWith, type OpenLog } from './given.ts'
import { readClaims } from './read-claims.ts'
import { refusalClaims } from './refusal-claims.ts'
import { subscriptionClaims } from './subscription-claims.ts'

/**
 * What every event store promises, as tests. Call it at the top of an adapter's test file; `open` gives an
 * empty log, a way to open it once more, and the faults that its backend can be put into.
 */
export function eventStoreContract(name: string, open: OpenLog): void {
  const given = givenWith(open)
  describe(`${name} keeps the event store's promises`, { timeout: 20_000 }, () => {
    describe('appending', () => appendClaims(given))
    describe('refusing', () => refusalClaims(given))
    describe('reading', () => readClaims(given))
    describe('reading backwards', () => backwardsClaims(given))
    describe('subscribing', () => subscriptionClaims(given))
    describe('when the backend fails', () => faultClaims(given))
  })
}
