import { accept, type Decider, type Decision, reject } from '../kernel/decider.ts'
import { unreachable } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import { type AccessEvent, accessEvents, type RecordedAccessEvent, type Role } from './events.ts'

export interface ApiKey {
  readonly id: string
  readonly name: string
  readonly role: Role
  readonly agent: string | null
  readonly digest: string
  readonly createdAt: string
  readonly expiresAt: string | null
  readonly revokedAt: string | null
}

/** Every key that ever was, in the order in which they were made. */
export interface Keys {
  readonly keys: readonly ApiKey[]
}

export type AccessCommand =
  | {
      readonly type: 'CreateKey'
      readonly key: string
      readonly name: string
      readonly role: Role
      readonly agent: string | null
      readonly digest: string
      readonly expiresAt: string | null
      /** Now. */
      readonly at: string
    }
  | { readonly type: 'RevokeKey'; readonly key: string }

const initial: Keys = { keys: [] }

function decide(command: AccessCommand, state: Keys): Decision<AccessEvent> {
  switch (command.type) {
    case 'CreateKey':
      return decideCreate(command, state)
    case 'RevokeKey': {
      const known = state.keys.find(({ id }) => id === command.key)
      if (known === undefined)
        return reject({ code: 'not_found', message: `There is no key ${command.key}. List them first.` })
      if (known.revokedAt !== null) return accept()
      return accept({ type: 'KeyRevoked', data: { key: command.key } })
    }
    default:
      return unreachable(command)
  }
}

function decideCreate(
  command: Extract<AccessCommand, { type: 'CreateKey' }>,
  { keys }: Keys,
): Decision<AccessEvent> {
  const { key, name, role, agent, digest, expiresAt, at } = command
  const same = keys.find(({ id }) => id === key)
  if (same?.digest === digest) return accept()
  const standing = keys.filter(({ revokedAt }) => revokedAt === null)
  if (same !== undefined || standing.some((other) => other.name === name)) {
    const message = `There is a key "${name}" already: revoke it first, or choose another name.`
    return reject({ code: 'key_exists', message })
  }
  if ((role === 'agent') !== (agent !== null)) {
    const message =
      role === 'agent'
        ? 'A key with the role agent speaks for one agent: say which.'
        : `A key with the role ${role} speaks for a person: name no agent, or give it the role agent.`
    return reject({ code: 'agent_and_role', message })
  }
  if (expiresAt !== null && expiresAt <= at) {
    const message = `A key that expires at ${expiresAt} would be of no use: it is ${at} now.`
    return reject({ code: 'expired', message })
  }
  if (keys.length >= limits.apiKeysMax)
    return reject({ code: 'too_many_keys', message: `A log holds at most ${limits.apiKeysMax} keys.` })
  const optional = { ...(agent === null ? {} : { agent }), ...(expiresAt === null ? {} : { expiresAt }) }
  return accept({ type: 'KeyCreated', data: { key, name, role, digest, ...optional } })
}

function evolve(state: Keys, event: RecordedAccessEvent): Keys {
  const { recordedAt } = event.meta
  switch (event.type) {
    case 'KeyCreated': {
      const { key: id, name, role, agent = null, digest, expiresAt = null } = event.data
      const made = { id, name, role, agent, digest, createdAt: recordedAt, expiresAt, revokedAt: null }
      return { keys: [...state.keys, made] }
    }
    case 'KeyRevoked': {
      const { key } = event.data
      const revoked = (known: ApiKey) => (known.id === key ? { ...known, revokedAt: recordedAt } : known)
      return { keys: state.keys.map(revoked) }
    }
    default:
      return unreachable(event)
  }
}

/** Who may use the API: keys are made once and revoked once. */
export const accessDecider: Decider<Keys, AccessCommand, typeof accessEvents> = {
  schemas: accessEvents,
  initial,
  decide,
  evolve,
}

/** What can be said of a key at a moment. */
export function standingOf(key: ApiKey, at: string): 'active' | 'expired' | 'revoked' {
  if (key.revokedAt !== null) return 'revoked'
  return key.expiresAt !== null && key.expiresAt <= at ? 'expired' : 'active'
}
