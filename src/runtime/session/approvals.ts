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
  const all = run.project.workplace?.approvals ?? []
  const rules = run.rehearsal ? all.filter(({ rehearsals }) => rehearsals === true) : all
  const agent = run.definition.name
  if (!rules.some((rule) => isAbout(rule, agent, { tool, input }))) return { kind: 'open' }
  const digest = digestJson({ agent, tool: tool.name, input })
  const known = approvalOf(session, toolUse)
  if (known?.digest === digest && known.status === 'granted') return { kind: 'open' }
  if (known?.digest === digest && known.status === 'denied') return { kind: 'denied', note: known.note }
  const what = cut(`${agent} asks to use ${tool.name}: ${JSON.stringify(input)}`, limits.reasonCharsMax)
  const paused = await record(run, { type: 'RequestApproval', approval: toolUse, toolUse, what, digest })
  return { kind: 'waits', session: paused }
}

/** A rule that names no tool is about every call of its agent that may change something. */
function isAbout(
  rule: ApprovalRule,
  agent: string,
  { tool, input }: Pick<GatedCall, 'tool' | 'input'>,
): boolean {
  if (rule.agent !== undefined && agentKey(rule.agent) !== agentKey(agent)) return false
  if (rule.tool !== undefined) return rule.tool.toLowerCase() === tool.name.toLowerCase()
  return tool.class !== 'pure' && tool.onlyReads?.(input) !== true
}

/** What the model is told of a call that a person denied. */
export function denial(note: string | null): string {
  const why = note === null ? '' : ` They said: ${note}`
  return `A person denied this call; it was not made.${why}`
}
