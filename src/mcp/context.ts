import { DaybookError, refusal } from '../kernel/errors.ts'
import { agentKey } from '../kernel/words.ts'
import { agentNamed } from '../runtime/callers.ts'
import type { ServedDaybook } from '../runtime/daybook.ts'
import type { KnownAgent } from '../runtime/log-view.ts'

/** What every tool, resource and prompt of one connection is answered from. */
export interface McpContext {
  readonly daybook: ServedDaybook
  /** The agent that the connection speaks as; null: every call that needs one names it. */
  readonly speaker: string | null
  /** `own`: it holds the speaker's key, and is told nothing about others' handoffs. Absent: about all. */
  readonly sees?: 'own'
  /** Names the connection, where one lasts: two runs of one agent are told apart by it. */
  readonly connection: string | null
  readonly version: string
  /** For the operator; one line each, never with arguments. */
  readonly log: (line: string) => void
}

/**
 * The registered agent that a call speaks as. Refused: nobody named, a name that nobody has, and another name
 * than the connection's.
 */
export async function speakingAgent(context: McpContext, named: string | undefined): Promise<KnownAgent> {
  const { daybook, speaker } = context
  const name = named ?? speaker
  if (name === null) {
    const message = 'Say who you are: "agent" is the name that your agent file gives you.'
    throw new DaybookError('usage', message)
  }
  if (speaker !== null && agentKey(name) !== agentKey(speaker)) {
    const message = `This connection speaks as ${speaker}, not as ${name}.`
    throw refusal({ code: 'forged_sender', message })
  }
  await daybook.project.view.refresh()
  return agentNamed(daybook.project.view, name, 'unknown_agent')
}
