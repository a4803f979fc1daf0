import type { AgentDefinition } from '../../agents/events.ts'
import type { Document } from '../../memory/document.ts'
import { type HandOffInput, type HandOffReply, handOffTool } from '../../tools/hand-off-tool.ts'
import { memoryTool } from '../../tools/memory-tool.ts'
import type { Tool } from '../../tools/port.ts'
import { handOver } from '../hand-over.ts'
import { redactingTool } from '../secrets/redacting-tool.ts'
import { memoryDesk } from './memory-desk.ts'
import { agentMeta, type SessionRun } from './session-run.ts'
import { workspaceToolsFor } from './workspace-tools.ts'

/**
 * The tools of a session, as far as the agent's file allows them. A rehearsal has the memory and handoffs only:
 * it touches nothing outside its own folders.
 */
export function toolsFor(run: Omit<SessionRun, 'tools'>): Tool[] {
  const tools = allowedTools(run)
  const { secrets } = run.project
  return secrets === null ? tools : tools.map((tool) => redactingTool(tool, secrets))
}

function allowedTools(run: Omit<SessionRun, 'tools'>): Tool[] {
  if (run.definition.tools?.length === 0) return []
  const shown = new Map<string, Document>()
  const handOff = handOffTool((input) => handOffAs(run, input))
  const memory = memoryTool((key) => memoryDesk(run, { key, via: 'tool', shown }))
  const own = mayUseMemory(run.definition) ? [memory, handOff] : [handOff]
  const { workplace } = run.project
  return run.rehearsal || workplace === null ? own : [...own, ...workspaceToolsFor(run, workplace, shown)]
}

/** An agent that may neither read nor write files may not use the memory either. */
function mayUseMemory({ tools }: AgentDefinition): boolean {
  if (tools === null) return true
  return tools.some((tool) => /^(?:memory|read|write|edit|multiedit)$/iu.test(tool))
}

async function handOffAs(run: Omit<SessionRun, 'tools'>, input: HandOffInput): Promise<HandOffReply> {
  const reply = await handOver(run.project, {
    from: { kind: 'agent', id: run.definition.name },
    workflow: run.workflow,
    parent: run.handoff,
    session: run.id,
    need: input.need,
    to: input.to ?? null,
    context: input.context ?? '',
    provides: input.provides ?? [],
    mode: input.mode ?? 'delegate',
    meta: agentMeta(run),
  })
  if (reply.status === 'returned') {
    const hint = 'Call hand_off again with the same need and "provides" for each missing requirement.'
    return { ...reply, hint }
  }
  if (reply.status === 'settled') {
    const { handoff, to, outcome, answer } = reply
    return outcome === 'completed'
      ? { status: 'answered', handoff, to, answer }
      : { status: 'unanswered', handoff, to, outcome, reason: answer }
  }
  // Only a handoff that was asked for is waited for: what was delegated before goes its own way.
  if (reply.status === 'handed_off' && reply.mode === 'ask' && input.mode === 'ask') {
    return {
      status: 'waiting',
      handoff: reply.handoff,
      reason: `Waits for the answer of ${reply.to}: ${input.need}`,
    }
  }
  return reply
}
