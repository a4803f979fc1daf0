import pc from 'picocolors'
import { counted } from '../kernel/counted.ts'
import { type RecordedEvent, streamCategory, streamId } from '../kernel/event.ts'

/** One event as a line for a person who watches; null for what is of no interest while it runs. */
export function progressLine(event: RecordedEvent): string | null {
  const data = event.data as Record<string, unknown>
  const text = (field: string) => String(data[field] ?? '')
  switch (event.type) {
    case 'WorkflowStarted':
      return `${pc.bold('goal')}     ${oneLine(text('goal'), 100)}`
    case 'HandoffRouted':
      return `${pc.cyan('handoff')}  ${pc.bold(text('to'))} gets it: ${oneLine(text('reason'), 140)}`
    case 'HandoffReturned':
      return `${pc.yellow('returned')} ${text('to')} needs first: ${(data.missing as string[]).join('; ')}`
    case 'HandoffSupplied':
      return `${pc.cyan('supplied')} ${event.meta.actor.id} gave: ${(data.provides as { requirement: string }[]).map(({ requirement }) => requirement).join('; ')}`
    case 'HandoffUnrouted':
      return `${pc.yellow('nobody')}   ${oneLine(text('reason').replace(/^Nobody: /u, ''), 140)}`
    case 'SessionStarted':
      return `${pc.green('works')}    ${pc.bold(text('agent'))} on: ${oneLine(text('task'), 100)}`
    case 'DocumentEdited':
      return `${pc.magenta('memory')}   ${event.meta.actor.id} wrote ${changesOf(data)} in ${text('document')}.md`
    case 'EditRefused':
      return `${pc.red('refused')}  ${oneLine(text('reason'), 140)}`
    case 'ModelFailed':
      return `${pc.red('model')}    ${oneLine(text('message'), 140)}${data.retryable === true ? ' (tried again)' : ''}`
    case 'SessionPaused':
      return `${pc.yellow('paused')}   ${oneLine(text('reason'), 140)}`
    case 'SessionFailed':
      return `${pc.red('failed')}   ${oneLine(text('reason'), 140)}`
    case 'LimitReached':
      return `${pc.yellow('limit')}    ${text('limit')}: ${text('reached')} of ${text('max')}`
    case 'HandoffDeadLettered':
      return `${pc.red('given up')} ${oneLine(text('reason'), 140)}`
    case 'WorkflowCompleted':
      return `${pc.green('done')}     ${counted(Number(data.sessions), 'session')}, ${counted(Number(data.handoffs), 'handoff')}`
    case 'WorkflowFailed':
      return `${pc.red('failed')}   ${oneLine(text('reason'), 140)}`
    default:
      return null
  }
}

/** The same where several workflows go on at once: what is said of a whole one names it. */
export function progressLineOfMany(event: RecordedEvent): string | null {
  const line = progressLine(event)
  if (line === null || streamCategory(event.stream) !== 'workflow') return line
  return `${line} ${pc.dim(`(workflow ${streamId(event.stream)})`)}`
}

/** Says every second how far something is that counts. */
export function counting(done: string, say: (line: string) => void): (count: number) => void {
  let nextMs = performance.now() + 1_000
  return (count) => {
    if (performance.now() < nextMs) return
    nextMs = performance.now() + 1_000
    say(`${counted(count, 'event')} ${done} …`)
  }
}

/** A text in one line, at most so many characters, without control characters. */
export function oneLine(text: string, charsMax: number): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim()
  return line.length <= charsMax ? line : `${line.slice(0, charsMax - 1)}…`
}

function changesOf(data: Record<string, unknown>): string {
  const changes = data.changes as { kind: string; heading?: string }[]
  const named = changes.flatMap((change) => (change.heading === undefined ? [] : [`"${change.heading}"`]))
  if (named.length > 0) return named.join(', ')
  return changes.length === 1 ? 'its section' : counted(changes.length, 'change')
}
