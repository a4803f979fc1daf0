import { unreachable } from '../../kernel/errors.ts'
import { endAgent } from './agent-end.ts'
import { beginAgent, hasEnded } from './agent-run.ts'
import { type HookAnswer, handedOff, mainBriefing, startingBriefing } from './answers.ts'
import { isDocument } from './document-edit.ts'
import type { HookLog } from './hook-log.ts'
import type { HookCall, HookCallOf } from './payload.ts'
import { documentAt } from './places.ts'
import { beginConversation, endConversation, renderDocuments } from './session-bounds.ts'
import { commandRun, fileUsed, type Told } from './tool-used.ts'
import { lastWords } from './transcript.ts'

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
      return fileUsed(log, call, told)
    case 'CommandRun':
      return commandRun(log, call, told)
    case 'AgentReturned':
      return mainBriefing(log, 'PostToolUse')
    case 'FileChanged':
      await fileChanged(log, call)
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
  await renderDocuments(log)
  const replies = await endAgent(log, work, call.words ?? lastWords(call.ownTranscript))
  return handedOff(work.agent, replies)
}

/** Somebody saved a document: taken in at once, unless an agent is at work whose own hook will tell. */
async function fileChanged(log: HookLog, call: HookCallOf<'FileChanged'>): Promise<void> {
  const document = documentAt(call.path, log.places)
  if (document === null || log.atWork.all().length > 0) return
  await log.project.view.refresh()
  if (!isDocument(log.project, document)) return
  const known = log.project.view.document(document) !== null
  if (known) await log.project.rendering.render(document)
  else await log.project.rendering.sync([document])
}
