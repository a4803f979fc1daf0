import { documentPath } from '../document-folder.ts'
import { abandonAgent, endAgent } from './agent-end.ts'
import { bringAgentsUp } from './agent-files.ts'
import { type HookAnswer, mainBriefing } from './answers.ts'
import type { HookLog } from './hook-log.ts'
import type { HookCallOf } from './payload.ts'
import { Spool } from './spool.ts'
import { lastWords } from './transcript.ts'

/** A conversation begins or goes on: agent files and documents that changed meanwhile are taken in. */
export async function beginConversation(log: HookLog): Promise<HookAnswer> {
  await bringAgentsUp(log)
  holdReady(log)
  const waiting = await mainBriefing(log, 'SessionStart')
  return {
    hookSpecificOutput: {
      hookEventName: 'SessionStart',
      ...waiting?.hookSpecificOutput,
      watchPaths: watchedPaths(log),
    },
  }
}

/** For the day when the disk is full: while there is room. */
function holdReady({ places }: HookLog): void {
  try {
    new Spool(places.dir).fillReserve()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
}

/** Agents that have not ended will not: but a conversation that ran as an agent has said its last words. */
export async function endConversation(log: HookLog, call: HookCallOf<'SessionEnd'>): Promise<void> {
  for (const work of log.atWork.all().filter(({ claude }) => claude === call.session)) {
    if (work.agentId === call.session) await endAgent(log, work, lastWords(call.transcript))
    else await abandonAgent(log, work, call.reason)
  }
}

/** Files whose changes Claude Code should tell. */
function watchedPaths({ settings, project }: HookLog): string[] {
  const names = new Set(['insights', ...project.view.documents().map(({ document }) => document)])
  return [...names].map((name) => documentPath(settings.memory, name))
}
