import { relative } from 'node:path'
import { assembleBriefing, briefingVersion } from '../../sessions/briefing.ts'
import { definitionOf, type Found } from '../inbox/held.ts'
import type { Briefing } from '../inbox/open-session.ts'
import { knownSections } from '../session/prompt-input.ts'
import type { HookLog } from './hook-log.ts'

/** What an agent is told when Claude Code starts it: there is room for less than in a session of Daybook's own. */
export function briefingFor(
  { project, settings, places }: HookLog,
  at: Found,
  waiting: readonly { readonly id: string; readonly from: string; readonly need: string }[],
): ReturnType<Briefing> {
  const { handoff, id } = at
  const { request } = handoff
  const fromAgent = request !== null && request.from.kind === 'agent'
  const { text, given } = assembleBriefing({
    definition: definitionOf(project, at),
    takenUp: fromAgent
      ? { id, from: request.from.id, need: request.need, context: handoff.context, missing: handoff.missing }
      : null,
    inbox: waiting.filter((one) => one.id !== id),
    chain: request?.chain ?? [],
    sections: knownSections(project.view),
    memory: relative(places.folder, settings.memory) || settings.memory,
  })
  return { text, given: [...given], version: briefingVersion }
}
