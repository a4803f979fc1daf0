import { cut } from '../../kernel/cut.ts'
import type { Json } from '../../kernel/event.ts'
import { limits } from '../../kernel/limits.ts'
import { agentKey, type CallId } from '../../kernel/words.ts'
import { approvalOf } from '../../sessions/approval.ts'
import type { Session } from '../../sessions/session.ts'
import type { Tool } from '../../tools/port.ts'
import { digestJson } from '../digest.ts'
import type { ApprovalRule } from '../settings.ts'
import { record, type SessionRun } from './session-run.ts'

/** What a gate before a tool call says. */
export type Gate =
  | { readonly kind: 'open' }
  | { readonly kind: 'denied'; readonly note: string | null }
  /** A person has to decide first; the session is paused. */
  | { readonly kind: 'waits'; readonly session: Session }

interface GatedCall {
  readonly session: Session
  readonly tool: Tool
  readonly toolUse: CallId
  readonly input: Json
}

/**
 * Asks a person before a tool call that a rule of the configuration is about. What they decide is for the digest
 * of this agent, tool and input, and for this call alone.
 */
export async function passGate(run: SessionRun, { session, tool, toolUse, input }: GatedCall): Promise<Gate> {
  const rules = run.rehearsal ? [] : (run.project.workplace?.approvals ?? [])
  const agent = run.definition.name
  if (!rules.some((rule) => isAbout(rule, agent, tool))) return { kind: 'open' }
  const digest = digestJson({ agent, tool: tool.name, input })
  const known = approvalOf(session, toolUse)
  if (known?.digest === digest && known.status === 'granted') return { kind: 'open' }
  if (known?.digest === digest && known.status === 'denied') return { kind: 'denied', note: known.note }
  const what = cut(`${agent} asks to use ${tool.name}: ${JSON.stringify(input)}`, limits.reasonCharsMax)
  const paused = await record(run, { type: 'RequestApproval', approval: toolUse, toolUse, what, digest })
  return { kind: 'waits', session: paused }
}

/** A rule that names no tool is about every tool of its agent that has an effect. */
function isAbout(rule: ApprovalRule, agent: string, tool: Tool): boolean {
  if (rule.agent !== undefined && agentKey(rule.agent) !== agentKey(agent)) return false
  return rule.tool === undefined ? tool.class !== 'pure' : rule.tool.toLowerCase() === tool.name.toLowerCase()
}

/** What the model is told of a call that a person denied. */
export function denial(note: string | null): string {
  const why = note === null ? '' : ` They said: ${note}`
  return `A person denied this call; it was not made.${why}`
}
