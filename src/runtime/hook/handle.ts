import { unreachable } from '../../kernel/errors.ts'
import { endAgent } from './agent-end.ts'
import { beginAgent, hasEnded } from './agent-run.ts'
import { type HookAnswer, handedOff, mainBriefing, startingBriefing } from './answers.ts'
import type { HookLog } from './hook-log.ts'
import type { HookCall, HookCallOf } from './payload.ts'
import { beginConversation, endConversation } from './session-bounds.ts'
import { commandRun, fileUsed } from './tool-used.ts'
import { lastWords } from './transcript.ts'

/** Whether a call may have been carried out before, in whole or in part, by a process that was cut off. */
export type Told = 'first' | 'again'

/** Puts one hook call on record; what Claude Code is answered, null for nothing. Rejects when the log cannot be reached. */
export async function handle(log: HookLog, call: HookCall, told: Told): Promise<HookAnswer | null> {
  switch (call.event) {
    case 'SessionStart':
      return beginConversation(log)
    case 'SessionEnd':
      await endConversation(log, call)
      return null
    case 'SubagentStart': {
      if (call.agent === null) return null
      const work = await beginAgent(log, { ...call, agent: call.agent })
      return work === null ? null : startingBriefing(log, work)
    }
    case 'SubagentStop':
      return stopped(log, call, told)
    case 'FileUsed':
      return fileUsed(log, call)
    case 'CommandRun':
      return commandRun(log, call)
    case 'AgentReturned':
      return mainBriefing(log, 'PostToolUse')
    case 'FileChanged':
      // Somebody saved a document: it is taken in with the others, when everything is told.
      return null
    default:
      return unreachable(call)
  }
}

async function stopped(
  log: HookLog,
  { agent, ...call }: HookCallOf<'SubagentStop'>,
  told: Told,
): Promise<HookAnswer | null> {
  if (agent === null || (told === 'again' && (await hasEnded(log, { ...call, agent })))) return null
  const work = await beginAgent(log, { ...call, agent })
  if (work === null) return null
  const replies = await endAgent(log, work, call.words ?? lastWords(call.ownTranscript))
  return handedOff(work.agent, replies)
}
