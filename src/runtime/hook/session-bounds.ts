import { documentPath, documentsFor } from '../document-folder.ts'
import { abandonAgent, endAgent } from './agent-end.ts'
import { bringAgentsUp } from './agent-files.ts'
import { type HookAnswer, mainBriefing } from './answers.ts'
import type { HookLog } from './hook-log.ts'
import type { HookCallOf } from './payload.ts'
import { lastWords } from './transcript.ts'

/** A conversation begins or goes on: agent files and documents that changed meanwhile are taken in. */
export async function beginConversation(log: HookLog): Promise<HookAnswer> {
  await bringAgentsUp(log)
  await renderDocuments(log)
  const waiting = await mainBriefing(log, 'SessionStart')
  return {
    hookSpecificOutput: {
      hookEventName: 'SessionStart',
      ...waiting?.hookSpecificOutput,
      watchPaths: watchedPaths(log),
    },
  }
}

/** Agents that have not ended will not: but a conversation that ran as an agent has said its last words. */
export async function endConversation(log: HookLog, call: HookCallOf<'SessionEnd'>): Promise<void> {
  for (const work of log.atWork.all().filter(({ claude }) => claude === call.session)) {
    if (work.agentId === call.session) await endAgent(log, work, lastWords(call.transcript))
    else await abandonAgent(log, work, call.reason)
  }
  await renderDocuments(log)
}

/** Takes in what stands on disk, each as far as it can be attributed, and writes the log's text there. */
export async function renderDocuments({ project, settings }: HookLog): Promise<void> {
  await project.view.refresh()
  const known = new Set(project.view.documents().map(({ document }) => document))
  const found = await documentsFor(settings.memory, project.view)
  const fresh = found.filter((document) => !known.has(document))
  if (fresh.length > 0) await project.rendering.sync(fresh)
  else for (const document of known) await project.rendering.render(document)
}

/** Files whose changes Claude Code should tell. */
function watchedPaths({ settings, project }: HookLog): string[] {
  const names = new Set(['insights', ...project.view.documents().map(({ document }) => document)])
  return [...names].map((name) => documentPath(settings.memory, name))
}
