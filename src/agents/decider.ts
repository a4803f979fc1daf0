import { accept, type Decider } from '../kernel/decider.ts'
import { unreachable } from '../kernel/errors.ts'
import { type AgentEvent, agentEvents, type RecordedAgentEvent } from './events.ts'

type AgentFile = Extract<AgentEvent, { type: 'AgentRegistered' }>['data']

export type AgentCommand =
  /** The file as it stands. The same file and definition once more decides nothing, wherever it was found. */
  | { readonly type: 'RegisterAgent'; readonly agent: AgentFile }
  /** `source`: where the agent was last registered from; nothing happens when it came from elsewhere since. */
  | { readonly type: 'RetireAgent'; readonly source: string; readonly reason: string }

export interface KnownFile extends AgentFile {
  /** The event that defines the agent. */
  readonly event: string
  readonly retired: boolean
}

export type AgentState = KnownFile | null

/**
 * Stream `agent-<key of the name>`. A definition may change although its file did not: its partners find their
 * targets among the other agents. That, too, is a revision.
 */
export const agentDecider: Decider<AgentState, AgentCommand, typeof agentEvents> = {
  schemas: agentEvents,
  initial: null,
  decide(command, state) {
    switch (command.type) {
      case 'RegisterAgent': {
        const { agent } = command
        if (state === null || state.retired) return accept({ type: 'AgentRegistered', data: agent })
        if (state.digest === agent.digest && sameJson(state.definition, agent.definition)) return accept()
        return accept({ type: 'AgentRevised', data: agent })
      }
      case 'RetireAgent': {
        if (state === null || state.retired || state.source !== command.source) return accept()
        const { name, source } = state
        return accept({ type: 'AgentRetired', data: { name, source, reason: command.reason } })
      }
      default:
        return unreachable(command)
    }
  },
  evolve(state, event: RecordedAgentEvent) {
    switch (event.type) {
      case 'AgentRegistered':
      case 'AgentRevised':
        return { ...event.data, event: event.id, retired: false }
      case 'AgentRetired':
        return state === null ? null : { ...state, retired: true }
      default:
        return unreachable(event)
    }
  },
}

/** Equal as JSON, whatever the order of keys: what came back from a log has them sorted. */
function sameJson(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  if (Array.isArray(one) !== Array.isArray(other)) return false
  const keys = Object.keys(one)
  if (keys.length !== Object.keys(other).length) return false
  return keys.every(
    (key) =>
      Object.hasOwn(other, key) &&
      sameJson((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key]),
  )
}
