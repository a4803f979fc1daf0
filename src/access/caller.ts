import type { Actor } from '../kernel/event.ts'
import type { ApiKey } from './decider.ts'
import type { Role } from './events.ts'

/** Who asks, as the server knows it. */
export interface Caller {
  /** `local`: somebody at this machine, `environment`: the key of the environment, else the key's id. */
  readonly id: string
  readonly role: Role
  /** Whom a key with the role agent speaks for. */
  readonly agent: string | null
  /** Who did it, in every event that the caller causes. */
  readonly actor: Actor
}

/** An agent's key is that agent; any other is a person of the key's name. */
export function callerWith({ id, name, role, agent }: ApiKey): Caller {
  const actor: Actor = agent === null ? { kind: 'person', id: name } : { kind: 'agent', id: agent }
  return { id, role, agent, actor }
}
