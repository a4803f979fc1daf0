import { type RecordedEvent, streamCategory, streamId } from '../src/kernel/event.ts'
import { isEventOf } from '../src/kernel/event-schema.ts'
import { limits } from '../src/kernel/limits.ts'
import type { Projection } from '../src/kernel/projection.ts'
import { sessionEvents } from '../src/sessions/events.ts'
import { cell, cut, eventName, page, rehearsalMark, table, when } from './shared/markdown.ts'
import { at, newest, set, type Table, without } from './shared/record.ts'
import { documentChange, type SectionChange, sectionKey } from './shared/section-changes.ts'
import { agentOfSession, evolveSessionAgents, type SessionAgents } from './shared/session-agents.ts'
import { type Statement, statementsOf, wordsOf } from './shared/statements.ts'
import { isAbout, isPromise, isReport } from './shared/validation-text.ts'

export type Validation = {
  text: string
  agent: string | null
  session: string | null
  /** The event that promised it. */
  event: string
  at: string
  /** Who said later that it was checked, in which event, and in which words. */
  checked: { by: string; event: string; at: string; words: string } | null
  rehearsal: boolean
}

/**
 * The newest `limits.validationsKeptMax`; checked ones are let go first and all are counted in `dropped`.
 * `reports` holds, for each section, what it already reports as checked: only what is new can check a promise.
 */
export type OpenValidations = {
  validations: Validation[]
  reports: Table<string[]>
  sessions: SessionAgents
  dropped: number
}

/**
 * What sessions promised to monitor or to validate ("Monitoring/Validation" and the like in their summaries),
 * open until a later summary or section of any agent reports it as checked. One state, `open-validations`.
 */
export const openValidations: Projection<OpenValidations> = {
  name: 'open-validations',
  version: 1,
  key(event) {
    if (documentChange(event) !== null) return 'open-validations'
    return streamCategory(event.stream) === 'session' && heard.has(event.type) ? 'open-validations' : null
  },
  initial: { validations: [], reports: {}, sessions: {}, dropped: 0 },
  evolve(state, event) {
    const edit = documentChange(event)
    if (edit !== null) {
      return edit.changes.reduce(
        (next, change) => evolveSection(next, sectionKey(edit.document, change.section), { change, event }),
        state,
      )
    }
    const sessions = evolveSessionAgents(state.sessions, event)
    const next = sessions === state.sessions ? state : { ...state, sessions }
    if (!isEventOf(sessionEvents, event) || event.type !== 'SummaryRecorded') return next
    const statements = event.data.fields.flatMap((field) =>
      statementsOf(field.text).map((said) => ({ ...said, heading: field.label })),
    )
    const checked = check(next, statements.filter(isReport), event)
    return promise(checked, statements.filter(isPromise), event)
  },
  render(state) {
    const open = state.validations.filter((one) => one.checked === null)
    const done = state.validations.filter((one) => one.checked !== null)
    return page(
      '# Open validations',
      `${open.length} open, ${done.length} checked.`,
      state.dropped === 0 ? null : `${state.dropped} older ones are not shown here.`,
      table(['promised', 'by', 'at', 'session', 'event'], open.map(openRow), 'Nothing is open.'),
      done.length === 0 ? null : '## Checked',
      table(['promised', 'by', 'checked by', 'at', 'in the words', 'event'], done.map(doneRow), ''),
    )
  },
}

const textCharsMax = 1_000
const heard: ReadonlySet<string> = new Set([
  'SessionStarted',
  'SummaryRecorded',
  'SessionCompleted',
  'SessionFailed',
  'SessionCancelled',
])

function evolveSection(
  state: OpenValidations,
  section: string,
  given: { change: SectionChange; event: RecordedEvent },
): OpenValidations {
  const { change, event } = given
  if (change.kind === 'owner') return state
  if (change.kind === 'removed') return { ...state, reports: without(state.reports, section) }
  const found = statementsOf(change.text).filter(isReport)
  const before = at(state.reports, section) ?? []
  const lines = found.map(line)
  if (lines.length === before.length && lines.every((one, index) => one === before[index])) return state
  const fresh = found.filter((one) => !before.includes(line(one)))
  const reports = lines.length === 0 ? without(state.reports, section) : set(state.reports, section, lines)
  return check({ ...state, reports }, fresh, event)
}

/** Closes what the reports are about; each report may close several promises. */
function check(state: OpenValidations, reports: readonly Statement[], event: RecordedEvent): OpenValidations {
  if (reports.length === 0) return state
  const { actor, recordedAt } = event.meta
  const by = agentOfSession(state.sessions, streamId(event.stream)) ?? actor.id
  const validations = state.validations.map((one) => {
    const report = one.checked === null ? reports.find((said) => isAbout(said.text, one.text)) : undefined
    if (report === undefined) return one
    const words = cut(line(report), textCharsMax)
    return { ...one, checked: { by, event: event.id, at: recordedAt, words } }
  })
  const changed = validations.some((one, index) => one !== state.validations[index])
  return changed ? { ...state, validations } : state
}

/** Opens what is promised for the first time, or again after it was checked. */
function promise(
  state: OpenValidations,
  promises: readonly Statement[],
  event: RecordedEvent,
): OpenValidations {
  const session = streamId(event.stream)
  const { actor, recordedAt, rehearsal } = event.meta
  const agent = agentOfSession(state.sessions, session) ?? (actor.kind === 'agent' ? actor.id : null)
  const open = new Set(
    state.validations
      .filter((one) => one.checked === null && one.agent === agent)
      .map((one) => normal(one.text)),
  )
  const texts = promises.map((one) => cut(line(one), textCharsMax))
  const fresh = texts.filter((text) => !open.has(normal(text)) && open.add(normal(text)))
  if (fresh.length === 0) return state
  const mark = {
    agent,
    session,
    event: event.id,
    at: recordedAt,
    checked: null,
    rehearsal: rehearsal === true,
  }
  return bounded({
    ...state,
    validations: [...state.validations, ...fresh.map((text) => ({ text, ...mark }))],
  })
}

function bounded(state: OpenValidations): OpenValidations {
  const over = state.validations.length - limits.validationsKeptMax
  if (over <= 0) return state
  let spare = over
  const lasting = state.validations.filter((one) => one.checked === null || spare-- <= 0)
  const { kept } = newest(lasting, limits.validationsKeptMax)
  return { ...state, validations: kept, dropped: state.dropped + state.validations.length - kept.length }
}

function line(statement: Statement): string {
  return statement.label === null ? statement.text : `${statement.label}: ${statement.text}`
}

function normal(text: string): string {
  return wordsOf(text).join(' ')
}

function openRow(one: Validation): string[] {
  const who = `${cell(one.agent)}${rehearsalMark(one.rehearsal)}`
  return [cell(one.text), who, when(one.at), cell(one.session), eventName(one.event)]
}

function doneRow(one: Validation): string[] {
  const { checked } = one
  const who = `${cell(one.agent)}${rehearsalMark(one.rehearsal)}`
  if (checked === null) return [cell(one.text), who, '–', '–', '–', '–']
  return [
    cell(one.text),
    who,
    cell(checked.by),
    when(checked.at),
    cell(checked.words),
    eventName(checked.event),
  ]
}
