import { handoffEvents, type RecordedHandoffEvent } from '../../src/handoffs/events.ts'
import type { RecordedEvent } from '../../src/kernel/event.ts'
import { isEventOf } from '../../src/kernel/event-schema.ts'
import { type ContentBlock, type RecordedSessionEvent, sessionEvents } from '../../src/sessions/events.ts'
import { count, usd } from './markdown.ts'
import { documentChange } from './section-changes.ts'
import { allTokens } from './session-row.ts'

/** One thing that happened in a session: what, and the words that belong to it, as they were said. */
export type Said = { title: string; text: string; shape: 'prose' | 'exact' }

const prose = (title: string, text = ''): Said => ({ title, text, shape: 'prose' })
const exact = (title: string, text: string): Said => ({ title, text, shape: 'exact' })

/** What a transcript says about an event; empty for events that are only bookkeeping. */
export function saidBy(event: RecordedEvent): Said[] {
  if (isEventOf(sessionEvents, event)) return saidInSession(event as RecordedSessionEvent)
  if (isEventOf(handoffEvents, event)) return saidOfHandoff(event as RecordedHandoffEvent)
  const edit = documentChange(event)
  if (edit === null) return []
  return edit.changes.map((change) => {
    if (change.kind === 'text') return prose(`Wrote in ${edit.document}`, change.text.trimEnd())
    return prose(`Changed the section ${change.section} of ${edit.document}: ${change.kind}`)
  })
}

function saidInSession(event: RecordedSessionEvent): Said[] {
  switch (event.type) {
    case 'ContextGiven':
      return contextGiven(event.data)
    case 'ModelCalled':
      return modelCalled(event.data)
    case 'ModelAnswered':
      return modelAnswered(event.data)
    case 'ModelFailed': {
      const { kind, message, attempt, retryable } = event.data
      const again = retryable ? 'may be tried again' : 'will not be tried again'
      return [prose(`The model failed: ${kind}, attempt ${attempt}, ${again}`, message)]
    }
    case 'ToolCalled':
      return [exact(`Called the tool ${event.data.tool}`, inputText(event.data.input))]
    case 'ToolReturned': {
      const { isError, output, cutFrom } = event.data
      const whole = cutFrom === undefined ? '' : `, cut from ${count(cutFrom.chars)} characters`
      return [exact(`${isError ? 'The tool failed' : 'The tool returned'}${whole}`, output)]
    }
    case 'ContextTrimmed':
      return [prose(`The conversation was shortened by ${event.data.dropped} messages`, event.data.reason)]
    case 'SectionRead':
      return [prose(`Read the section ${event.data.section} of ${event.data.document}`)]
    case 'FileChanged':
      return [prose(`${event.data.digest === null ? 'Removed' : 'Changed'} the file ${event.data.path}`)]
    case 'EditRefused':
      return [editRefused(event.data)]
    case 'SummaryRecorded':
      return summaryRecorded(event.data)
    default:
      return saidOfLife(event)
  }
}

/** What people and limits did to the session. */
function saidOfLife(event: RecordedSessionEvent): Said[] {
  switch (event.type) {
    case 'OutcomeUnknown':
      return [prose(`Nobody knows whether the tool ${event.data.tool} did its work`)]
    case 'OutcomeDecided':
      return [
        prose(`${event.data.by.id} decided on the unknown outcome: ${event.data.decision}`, event.data.note),
      ]
    case 'ApprovalRequested':
      return [prose('Asked for approval', event.data.what)]
    case 'ApprovalGranted':
      return [prose(`${event.data.by.id} approved`, event.data.note)]
    case 'ApprovalDenied':
      return [prose(`${event.data.by.id} did not approve`, event.data.note)]
    case 'LimitReached': {
      const { limit, reached, max } = event.data
      return [prose(`Reached the limit on ${limit.replace('_', ' ')}: ${reached} of ${max}`)]
    }
    case 'LimitRaised':
      return [prose(`${event.data.by.id} raised the limit on ${event.data.limit.replace('_', ' ')}`)]
    case 'SessionPaused':
      return [prose('Paused', event.data.reason)]
    case 'SessionResumed':
      return [prose('Went on', event.data.reason)]
    case 'SessionCompleted':
      return [prose('Completed', event.data.notes.join('\n\n'))]
    case 'SessionFailed':
      return [prose(`Failed: ${event.data.code}`, event.data.reason)]
    case 'SessionCancelled':
      return [prose(`Cancelled by ${event.data.by.id}`, event.data.reason)]
    default:
      return []
  }
}

type DataOf<Type extends RecordedSessionEvent['type']> = Extract<RecordedSessionEvent, { type: Type }>['data']

function contextGiven(data: DataOf<'ContextGiven'>): Said[] {
  const sections = data.sections.map((one) => `- ${one.document}: ${one.heading} (event ${one.event})`)
  const given = sections.length === 0 ? 'No section was given.' : sections.join('\n')
  const tools = data.tools.map((tool) => tool.name).join(', ')
  return [
    prose('Was given these sections', given),
    exact(`Was told, with the tools ${tools || 'none'}`, data.system),
  ]
}

function modelCalled(data: DataOf<'ModelCalled'>): Said[] {
  const words = data.appended.flatMap((message) => (message.role === 'user' ? [message.text] : []))
  if (words.length > 0) return [prose(`Turn ${data.turn}: the model was asked`, words.join('\n\n'))]
  const again = data.attempt > 1 ? `, attempt ${data.attempt}` : ''
  return [prose(`Turn ${data.turn}: the model was called${again}`)]
}

function modelAnswered(data: DataOf<'ModelAnswered'>): Said[] {
  const used = `${count(allTokens(data.usage))} tokens, ${usd(data.costUsd)}`
  const words = data.content.flatMap(blockText).join('\n\n')
  return [prose(`The model answered: ${data.stopReason}, ${used}`, words)]
}

function blockText(block: ContentBlock): string[] {
  if (block.type === 'text' && typeof block.text === 'string') return [block.text]
  return block.type === 'tool_use' ? [] : [`(a block of the kind ${block.type})`]
}

function editRefused(data: DataOf<'EditRefused'>): Said {
  const where = `${data.heading ?? data.section ?? 'a section'} of ${data.document}`
  const owner = data.owner === undefined || data.owner === null ? '' : `, owned by ${data.owner}`
  return prose(`An edit was refused: ${where}${owner} (${data.code})`, data.reason)
}

function summaryRecorded(data: DataOf<'SummaryRecorded'>): Said[] {
  const fields = data.fields
    .map((field) => `**${field.label}**:${field.text.includes('\n') ? '\n' : ' '}${field.text}`)
    .join('\n\n')
  const missing = data.missing.length === 0 ? '' : `, without ${data.missing.join(', ')}`
  return [prose(`Summary${missing}`, fields || data.raw)]
}

function saidOfHandoff(event: RecordedHandoffEvent): Said[] {
  if (event.type !== 'HandoffRequested') return []
  const { to, need, mode } = event.data
  const whom = to === undefined ? '' : ` to ${to}`
  return [prose(mode === 'ask' ? `Asked${whom}` : `Handed off${whom}`, need)]
}

function inputText(input: unknown): string {
  return typeof input === 'string' ? input : JSON.stringify(input, null, 2)
}
