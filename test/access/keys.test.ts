import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AccessCommand, accessDecider, standingOf } from '../../src/access/decider.ts'
import type { AccessEvent } from '../../src/access/events.ts'
import { deciderLaws } from '../decider-laws.ts'
import { specification } from '../specification.ts'

const spec = specification(accessDecider, 'keys')
const { given } = spec

const digest = (digit: string) => `sha256:${digit.repeat(64)}`
const id = (digit: string) => digit.repeat(16)
const at = '2026-03-01T09:00:00.000Z'
const later = '2026-03-02T09:00:00.000Z'

const create = (change: Partial<Extract<AccessCommand, { type: 'CreateKey' }>> = {}): AccessCommand => ({
  type: 'CreateKey',
  key: id('1'),
  name: 'build machine',
  role: 'operator',
  agent: null,
  digest: digest('a'),
  expiresAt: null,
  at,
  ...change,
})
const created: AccessEvent = {
  type: 'KeyCreated',
  data: { key: id('1'), name: 'build machine', role: 'operator', digest: digest('a') },
}
const revoke: AccessCommand = { type: 'RevokeKey', key: id('1') }
const revoked: AccessEvent = { type: 'KeyRevoked', data: { key: id('1') } }

describe('keys', () => {
  test('a key is made with its digest, its role and its end', () => {
    given()
      .when(create({ expiresAt: later }))
      .thenDecides({ type: 'KeyCreated', data: { role: 'operator', digest: digest('a'), expiresAt: later } })
  })

  test('a name stands for one key at a time; a revoked one leaves its name', () => {
    const second = create({ key: id('2'), digest: digest('b') })
    given(created).when(second).thenRejects({ code: 'key_exists' })
    given(created, revoked)
      .when(second)
      .thenDecides({ type: 'KeyCreated', data: { name: 'build machine' } })
    given(created).when(create()).thenNothing()
    given(created)
      .when(create({ digest: digest('c'), name: 'other' }))
      .thenRejects({ code: 'key_exists' })
  })

  test('the role agent names its agent, and no other role does', () => {
    given()
      .when(create({ role: 'agent' }))
      .thenRejects({ code: 'agent_and_role' })
    given()
      .when(create({ agent: 'writer' }))
      .thenRejects({ code: 'agent_and_role' })
    given()
      .when(create({ role: 'agent', agent: 'writer' }))
      .thenDecides({ type: 'KeyCreated', data: { role: 'agent', agent: 'writer' } })
  })

  test('a key that is of no use is not made', () => {
    given()
      .when(create({ expiresAt: at }))
      .thenRejects({ code: 'expired' })
  })

  test('a key is revoked once, and one that never was not at all', () => {
    given(created)
      .when(revoke)
      .thenDecides({ type: 'KeyRevoked', data: { key: id('1') } })
    given(created, revoked).when(revoke).thenNothing()
    given().when(revoke).thenRejects({ code: 'not_found' })
  })

  test('it is active until it expires or is revoked', () => {
    const { keys } = given(created).state
    const key = { ...keys[0]!, expiresAt: later }
    expect(standingOf(key, at)).toBe('active')
    expect(standingOf(key, later)).toBe('expired')
    expect(standingOf(given(created, revoked).state.keys[0]!, at)).toBe('revoked')
  })
})

const digit = fc.constantFrom('1', '2', '3')
const command: fc.Arbitrary<AccessCommand> = fc.oneof(
  fc
    .tuple(digit, fc.constantFrom('one', 'two'), fc.constantFrom(null, later, at))
    .map(([key, name, expiresAt]) => create({ key: id(key), digest: digest(key), name, expiresAt })),
  digit.map((key) => ({ type: 'RevokeKey' as const, key: id(key) })),
)
deciderLaws({ decider: accessDecider, spec, command, openings: [[], [create()]] })
