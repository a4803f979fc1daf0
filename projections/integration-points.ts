import { type RecordedEvent, streamCategory, streamId } from '../src/kernel/event.ts'
import { isEventOf } from '../src/kernel/event-schema.ts'
import { limits } from '../src/kernel/limits.ts'
import type { Projection } from '../src/kernel/projection.ts'
import { sessionEvents } from '../src/sessions/events.ts'
import { cell, cut, eventName, page, plural, rehearsalMark, table, when } from './shared/markdown.ts'
import { newest } from './shared/record.ts'
import { documentChange, type SectionChange, sectionKey } from './shared/section-changes.ts'
import { agentOfSession, evolveSessionAgents, type SessionAgents } from './shared/session-agents.ts'
import { statementsOf, wordsOf } from './shared/statements.ts'

export type IntegrationPoint = {
  text: string
  agent: string | null
  by: string
  session: string | null
  /** The event that first said it. */
  event: string
  at: string
  /** `document/section` when a section says it; null for a summary. */
  section: string | null
  rehearsal: boolean
}

/** The newest `limits.integrationPointsKeptMax`; older ones are counted in `dropped`. */
export type IntegrationPoints = { points: IntegrationPoint[]; sessions: SessionAgents; dropped: number }

/**
 * What depends on what, as agents said it in their summaries ("Integration Points" and the like) and as their
 * sections say it now. One state, with the key `integration-points`.
 */
export const integrationPoints: Projection<IntegrationPoints> = {
  name: 'integration-points',
  version: 1,
  key(event) {
    const heard = documentChange(event) !== null || streamCategory(event.stream) === 'session'
    return heard && !quiet.has(event.type) ? 'integration-points' : null
  },
  initial: { points: [], sessions: {}, dropped: 0 },
  evolve(state, event) {
    const edit = documentChange(event)
    if (edit !== null) {
      return edit.changes.reduce((points, change) => evolveSection(points, change, { event, ...edit }), state)
    }
    const sessions = evolveSessionAgents(state.sessions, event)
    const next = sessions === state.sessions ? state : { ...state, sessions }
    if (!isEventOf(sessionEvents, event) || event.type !== 'SummaryRecorded') return next
    const fields = event.data.fields.filter((field) => integrates.test(field.label))
    const texts = fields.flatMap((field) => statementsOf(field.text).map(spoken))
    return add(next, texts, { event, section: null, session: streamId(event.stream), agent: null })
  },
  render(state) {
    const heads = ['integration point', 'said by', 'where', 'at', 'session', 'event']
    const rows = state.points.map((point) => [
      cell(point.text),
      `${cell(point.agent ?? point.by)}${rehearsalMark(point.rehearsal)}`,
      point.section === null ? 'summary' : 'section',
      when(point.at),
      cell(point.session),
      eventName(point.event),
    ])
    return page(
      '# Integration points',
      `${plural(state.points.length + state.dropped, 'integration point')}.`,
      state.dropped === 0 ? null : `The ${state.dropped} oldest are not shown here.`,
      table(heads, rows, 'None yet.'),
    )
  },
}

const textCharsMax = 1_000
const integrates = /\bintegrations?\b|\bintegration points?\b|\bdependenc(?:y|ies)\b/iu
/** Frequent events of sessions that say nothing about integrations. */
const quiet: ReadonlySet<string> = new Set(
  Object.keys(sessionEvents).filter(
    (type) => type !== 'SummaryRecorded' && !/^Session(?:Started|Completed|Failed|Cancelled)$/u.test(type),
  ),
)

interface Said {
  readonly event: RecordedEvent
  readonly section: string | null
  readonly session: string | null
  /** Known from the document; null: from the session or the actor. */
  readonly agent: string | null
}

function evolveSection(
  state: IntegrationPoints,
  change: SectionChange,
  origin: { event: RecordedEvent; document: string; session: string | null },
): IntegrationPoints {
  if (change.kind === 'owner') return state
  const section = sectionKey(origin.document, change.section)
  const texts =
    change.kind === 'removed'
      ? []
      : statementsOf(change.text)
          .filter((one) => integrates.test(one.heading) || integrates.test(one.label ?? ''))
          .map(spoken)
  const said = new Set(texts.map(normal))
  const points = state.points.filter((point) => point.section !== section || said.has(normal(point.text)))
  const agent =
    change.kind === 'text' && origin.event.type === 'DocumentImported' ? (change.owner ?? null) : null
  const kept = points.length === state.points.length ? state : { ...state, points }
  return add(kept, texts, { event: origin.event, section, session: origin.session, agent })
}

function add(state: IntegrationPoints, texts: readonly string[], said: Said): IntegrationPoints {
  if (texts.length === 0) return state
  const { actor, recordedAt, rehearsal } = said.event.meta
  const agent =
    said.agent ?? agentOfSession(state.sessions, said.session) ?? (actor.kind === 'agent' ? actor.id : null)
  const known = new Set(
    state.points
      .filter((point) => point.agent === agent || (point.section !== null && point.section === said.section))
      .map((point) => normal(point.text)),
  )
  const fresh = texts.filter((text) => !known.has(normal(text)) && known.add(normal(text)))
  if (fresh.length === 0) return state
  const { section, session } = said
  const mark = { agent, by: actor.id, session, section, event: said.event.id, at: recordedAt }
  const points = fresh.map((text) => ({ text, ...mark, rehearsal: rehearsal === true }))
  const { kept, dropped } = newest([...state.points, ...points], limits.integrationPointsKeptMax)
  return { ...state, points: kept, dropped: state.dropped + dropped }
}

function spoken(statement: { label: string | null; text: string }): string {
  const { label, text } = statement
  return cut(label === null ? text : `${label}: ${text}`, textCharsMax)
}

function normal(text: string): string {
  return wordsOf(text).join(' ')
}
