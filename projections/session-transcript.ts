import { handoffEvents } from '../src/handoffs/events.ts'
import { type RecordedEvent, streamCategory, streamId } from '../src/kernel/event.ts'
import { isEventOf } from '../src/kernel/event-schema.ts'
import { limits } from '../src/kernel/limits.ts'
import type { Projection } from '../src/kernel/projection.ts'
import { memoryEvents } from '../src/memory/events.ts'
import { sessionEvents } from '../src/sessions/events.ts'
import { cut, eventName, fenced, inline, page, quote, rehearsalNotice, when } from './shared/markdown.ts'
import { type Said, saidBy } from './shared/transcript-entry.ts'

export type TranscriptEntry = Said & { event: string; at: string }

/**
 * A session is bounded by its limits; a transcript once more: a text is cut at
 * `limits.transcriptEntryCharsMax`, and after `limits.transcriptEntriesMax` entries or
 * `limits.transcriptCharsMax` characters the rest is counted in `dropped`. The log has all of it.
 */
export type Transcript = {
  agent: string
  task: string
  model: string
  runner: string
  handoff: string | null
  workflow: string | null
  startedAt: string | null
  status: 'running' | 'paused' | 'completed' | 'failed' | 'cancelled'
  entries: TranscriptEntry[]
  chars: number
  dropped: number
  rehearsal: boolean
}

/** Everything that happened in a session, to be read from top to bottom. Key: the session. */
export const sessionTranscript: Projection<Transcript> = {
  name: 'session-transcript',
  version: 1,
  key(event) {
    if (streamCategory(event.stream) === 'session') {
      return isEventOf(sessionEvents, event) && !unspoken.has(event.type) ? streamId(event.stream) : null
    }
    if (isEventOf(memoryEvents, event) && event.type === 'DocumentEdited') return event.data.session ?? null
    if (isEventOf(handoffEvents, event) && event.type === 'HandoffRequested')
      return event.data.session ?? null
    return null
  },
  initial: {
    agent: 'unknown',
    task: '',
    model: 'unknown',
    runner: 'unknown',
    handoff: null,
    workflow: null,
    startedAt: null,
    status: 'running',
    entries: [],
    chars: 0,
    dropped: 0,
    rehearsal: false,
  },
  evolve(state, event) {
    const rehearsal = state.rehearsal || event.meta.rehearsal === true
    const next = { ...state, ...facts(event), rehearsal }
    return saidBy(event).reduce((to, said) => say(to, said, event), next)
  },
  render(state, key) {
    return page(
      `# Session ${inline(key)} of ${inline(state.agent)}`,
      state.rehearsal ? rehearsalNotice : null,
      about(state),
      state.task === '' ? null : '## Task',
      state.task === '' ? null : quote(state.task),
      state.entries.length === 0 ? null : '## What happened',
      ...state.entries.flatMap(spoken),
      state.dropped === 0 ? null : `${state.dropped} later entries were left out here; the log has them.`,
    )
  },
}

/** Bookkeeping that no reader of a transcript asks for. */
const unspoken: ReadonlySet<string> = new Set(['BudgetReserved', 'BudgetSettled', 'LeaseRenewed'])

function facts(event: RecordedEvent): Partial<Transcript> {
  if (!isEventOf(sessionEvents, event)) return {}
  switch (event.type) {
    case 'SessionStarted': {
      const { agent, task, model, runner, handoff } = event.data
      const workflow = event.meta.correlation ?? null
      const startedAt = event.meta.recordedAt
      return { agent, task, model, runner, handoff: handoff ?? null, workflow, startedAt, status: 'running' }
    }
    case 'SessionPaused':
      return { status: 'paused' }
    case 'SessionResumed':
      return { status: 'running' }
    case 'SessionCompleted':
      return { status: 'completed' }
    case 'SessionFailed':
      return { status: 'failed' }
    case 'SessionCancelled':
      return { status: 'cancelled' }
    default:
      return {}
  }
}

function say(state: Transcript, said: Said, event: RecordedEvent): Transcript {
  const text = cut(said.text, limits.transcriptEntryCharsMax)
  const chars = state.chars + text.length
  if (state.entries.length >= limits.transcriptEntriesMax || chars > limits.transcriptCharsMax) {
    return { ...state, dropped: state.dropped + 1 }
  }
  const entry = { ...said, text, event: event.id, at: event.meta.recordedAt }
  return { ...state, chars, entries: [...state.entries, entry] }
}

function about(state: Transcript): string {
  const facts: [string, string | null][] = [
    ['Status', state.status],
    ['Model', `${state.model}, run by ${state.runner}`],
    ['Started', state.startedAt === null ? null : when(state.startedAt)],
    ['Workflow', state.workflow],
    ['Handoff', state.handoff],
  ]
  return facts
    .flatMap(([label, text]) => (text === null ? [] : [`- **${label}**: ${inline(text)}`]))
    .join('\n')
}

function spoken(entry: TranscriptEntry): string[] {
  const head = `### ${inline(entry.title)}`
  const mark = `${when(entry.at)} · ${eventName(entry.event)}`
  if (entry.text === '') return [head, mark]
  return [head, mark, entry.shape === 'exact' ? fenced(entry.text) : quote(entry.text)]
}
