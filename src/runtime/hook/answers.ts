import { cut } from '../../kernel/cut.ts'
import { limits } from '../../kernel/limits.ts'
import type { HandoverReply } from '../hand-over.ts'
import * as targets from '../targets.ts'
import { waitingFor } from './agent-run.ts'
import type { AtWork } from './at-work.ts'
import type { HookLog } from './hook-log.ts'

/** What a hook prints (https://code.claude.com/docs/en/hooks, "Hook output"). It never blocks anything. */
export interface HookAnswer {
  readonly systemMessage?: string
  readonly hookSpecificOutput?: {
    readonly hookEventName: string
    readonly additionalContext?: string
    readonly watchPaths?: readonly string[]
  }
}

/** For an agent that begins: what is on record as told to it. */
export async function startingBriefing({ project }: HookLog, work: AtWork): Promise<HookAnswer | null> {
  const { context } = await project.streams.load(targets.session(work.session))
  return context === null ? null : said('SubagentStart', context.system)
}

/** For the main conversation: what waits for whom. Null when nothing does. */
export async function mainBriefing(log: HookLog, event: string): Promise<HookAnswer | null> {
  await log.project.work.refresh()
  const waiting = waitingFor(log, null)
  if (waiting.length === 0) return null
  const some = waiting.slice(-4 * limits.hookInboxMax)
  const lines = some.map(
    ({ id, from, to, need }) => `- ${to}: ${cut(need, 300)} (handoff ${id}, from ${from})`,
  )
  const head =
    'Daybook: handoffs that wait for an agent. To have one done, start that agent with the handoff id in its task.'
  return said(event, [head, ...lines].join('\n'))
}

export function refusedEdit(message: string): HookAnswer {
  return said(
    'PostToolUse',
    `Daybook put back what this agent may not change; the file shows the memory's text again.\n${message}\nTo have another section changed, name it under collaboration needs in your summary: its owner gets the handoff.`,
  )
}

/** For the person who watches: where the needs of a summary went. */
export function handedOff(agent: string, replies: readonly HandoverReply[]): HookAnswer | null {
  const lines = replies.flatMap((reply) => {
    switch (reply.status) {
      case 'handed_off':
        return [`→ ${reply.to} (handoff ${reply.handoff})`]
      case 'returned':
        return [
          `→ ${reply.to}, who needs first: ${reply.missing.join('; ')} (daybook handoffs supply ${reply.handoff})`,
        ]
      case 'nobody':
        return [`→ nobody: ${reply.reason}`]
      default:
        return []
    }
  })
  if (lines.length === 0) return null
  return {
    systemMessage: cut(`Daybook: ${agent} handed off\n${lines.join('\n')}`, limits.hookContextCharsMax),
  }
}

export function said(hookEventName: string, text: string): HookAnswer {
  const additionalContext = cut(text, limits.hookContextCharsMax)
  return { hookSpecificOutput: { hookEventName, additionalContext } }
}
