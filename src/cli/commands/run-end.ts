import { existsSync } from 'node:fs'
import pc from 'picocolors'
import { counted } from '../../kernel/counted.ts'
import { shortPosition } from '../../kernel/event.ts'
import { documentPath } from '../../runtime/document-folder.ts'
import type { WorkflowDetails } from '../asks/workflows.ts'
import { type CommandContext, commandLine } from '../context.ts'
import { handoffTree } from '../handoff-tree.ts'
import { oneLine } from '../progress.ts'
import { entryHint } from './run-plan.ts'

export interface RunEnd {
  readonly works: readonly WorkflowDetails[]
  /** Of the log's end. */
  readonly position: string | null
  readonly stopped: boolean
  /** Who could have been named to begin. */
  readonly agents: readonly string[]
}

/** Tells what became of the workflows of a run; gives the exit code. */
export function conclude(context: CommandContext, { works, position, stopped, agents }: RunEnd): number {
  const { output } = context
  if (works.length === 0)
    output.result(
      { workflow: null, status: 'idle', sessions: 0, handoffs: 0, events: 0, position },
      () => 'Nothing is open.',
    )
  for (const work of works) {
    const status = statusOf(work, stopped)
    const { id: workflow, sessions, handoffs, events } = work
    output.say(`\n${handoffTree(work.handoffTree)}\n`)
    output.result({ workflow, status, sessions, handoffs, events, position }, () =>
      [
        ...(works.length > 1 ? [`goal     ${oneLine(work.goal, 100)}`] : []),
        `${pc.bold(status)}: ${counted(sessions, 'session')}, ${counted(handoffs, 'handoff')}, ${counted(events, 'event')} (${costOf(work)})`,
        `workflow ${workflow}, log at position ${shortPosition(position ?? '0')}`,
        ...memoryLine(context),
        ...nextSteps(context, status, { work, agents }),
      ].join('\n'),
    )
  }
  return stopped || works.some(({ status }) => ['failed', 'cancelled'].includes(status)) ? 1 : 0
}

function costOf({ rehearsal, spent: { tokens, costUsd } }: WorkflowDetails): string {
  return rehearsal ? 'rehearsal: no model was called' : `${tokens} tokens, $${costUsd.toFixed(4)}`
}

function memoryLine(context: CommandContext): string[] {
  if (context.url !== null) return [`memory   ${commandLine(context, 'memory show')}`]
  const insights = documentPath(context.settings.memory, 'insights')
  return existsSync(insights) ? [`memory   ${insights}`] : []
}

/** What a person can do now. */
function nextSteps(
  context: CommandContext,
  status: string,
  { work, agents }: { readonly work: WorkflowDetails; readonly agents: readonly string[] },
): string[] {
  const next = (command: string, what: string) => [`next     ${commandLine(context, command)}   ${what}`]
  switch (status) {
    case 'waiting':
    case 'paused':
      return next('waiting', 'shows what waits for a person')
    case 'stopped':
      return context.url === null
        ? next('run --resume', 'goes on where it was')
        : next('run --resume', 'follows it again: the server goes on')
    case 'failed':
      return [
        `because  ${work.reason ?? 'its first handoff failed'}`,
        ...(beganWithNobody(work) ? [`next     ${entryHint(context, { goal: work.goal, agents })}`] : []),
      ]
    default:
      return next('handoffs show ID', 'says why that agent')
  }
}

function beganWithNobody({ handoffTree }: WorkflowDetails): boolean {
  return handoffTree.some(({ hop, status }) => hop === 0 && status === 'unrouted')
}

/** A workflow that stands still although it is running waits for a person. */
function statusOf({ status }: WorkflowDetails, stopped: boolean): string {
  if (status !== 'running') return status
  return stopped ? 'stopped' : 'waiting'
}
