import type { RecordedEvent } from '../src/kernel/event.ts'
import { streamCategory, streamId } from '../src/kernel/event.ts'
import { isEventOf } from '../src/kernel/event-schema.ts'
import { limits } from '../src/kernel/limits.ts'
import type { Projection } from '../src/kernel/projection.ts'
import { sessionEvents } from '../src/sessions/events.ts'
import {
  decisionsInSection,
  decisionsInSummary,
  isSameDecision,
  lineKey,
  type StatedDecision,
} from './shared/decision-text.ts'
import { cell, eventName, inline, page, plural, rehearsalMark, table, when } from './shared/markdown.ts'
import { newest } from './shared/record.ts'
import { documentChange, type SectionChange, sectionKey } from './shared/section-changes.ts'
import { agentOfSession, evolveSessionAgents, type SessionAgents } from './shared/session-agents.ts'

export type Decision = StatedDecision & {
  /** null for a person's. */
  agent: string | null
  by: string
  session: string | null
  /** The event that first said it. */
  event: string
  at: string
  /** `document/section`, when it was said in a section. */
  section: string | null
  /** Whether the section still says it; always true for what only a summary said. */
  standing: boolean
  rationaleMissing: boolean
  rehearsal: boolean
}

/** The newest `limits.decisionsKeptMax`, in the order in which they were first said; older ones are counted. */
export type DecisionLog = { decisions: Decision[]; sessions: SessionAgents; dropped: number }

/**
 * What every session decided, and why. One state, with the key `decisions`. Said in the section and in the
 * summary, or repeated unchanged in a later edit, it is one decision; a reason given later is added to it.
 * Another reason for the same choice, and a choice that comes back after it was dropped, are new decisions.
 */
export const decisionLog: Projection<DecisionLog> = {
  name: 'decision-log',
  version: 1,
  key(event) {
    if (documentChange(event) !== null) return 'decisions'
    return streamCategory(event.stream) === 'session' && heard.has(event.type) ? 'decisions' : null
  },
  initial: { decisions: [], sessions: {}, dropped: 0 },
  evolve(state, event) {
    const edit = documentChange(event)
    if (edit !== null) {
      return edit.changes.reduce(
        (log, change) =>
          evolveSection(log, change, { event, document: edit.document, session: edit.session }),
        state,
      )
    }
    const sessions = evolveSessionAgents(state.sessions, event)
    const next = sessions === state.sessions ? state : { ...state, sessions }
    if (!isEventOf(sessionEvents, event) || event.type !== 'SummaryRecorded') return next
    return evolveSummary(next, event)
  },
  render(state) {
    const missing = state.decisions.filter((decision) => decision.rationaleMissing).length
    const heads = ['decided', 'by', 'on', 'choice', 'rationale', 'performance', 'session', 'event']
    const counted = plural(state.decisions.length + state.dropped, 'decision')
    return page(
      '# Decisions',
      `${counted}, ${missing} without a rationale.`,
      state.dropped === 0 ? null : `The ${plural(state.dropped, 'oldest decision')} are not shown here.`,
      table(heads, state.decisions.map(row), 'Nothing was decided yet.'),
    )
  },
}

const heard: ReadonlySet<string> = new Set([
  'SessionStarted',
  'SummaryRecorded',
  'SessionCompleted',
  'SessionFailed',
  'SessionCancelled',
])

interface Origin {
  readonly event: RecordedEvent
  readonly document: string
  readonly session: string | null
}

function evolveSection(state: DecisionLog, change: SectionChange, origin: Origin): DecisionLog {
  if (change.kind === 'owner') return state
  const section = sectionKey(origin.document, change.section)
  const found = change.kind === 'text' ? decisionsInSection(change.text) : []
  const stated = [...new Map(found.map((one) => [lineKey(one), one])).values()]
  const lines = standingLines(state.decisions, section)
  if (lines.size === 0 && stated.length === 0) return state
  const imported =
    origin.event.type === 'DocumentImported' && change.kind === 'text' ? change.owner : undefined
  const { actor } = origin.event.meta
  const agent =
    imported ?? (actor.kind === 'agent' ? actor.id : agentOfSession(state.sessions, origin.session))
  const said = { agent, section, session: origin.session, event: origin.event }
  const decisions = withSection({ log: state.decisions, lines, stated, said })
  return decisions === state.decisions ? state : bounded({ ...state, decisions })
}

interface Said {
  readonly agent: string | null
  readonly section: string | null
  readonly session: string | null
  readonly event: RecordedEvent
}

/** The decisions that a section states now: index in the log, by line. */
function standingLines(log: readonly Decision[], section: string): Map<string, number> {
  const lines = new Map<string, number>()
  log.forEach((one, index) => {
    if (one.standing && one.section === section) lines.set(lineKey(one), index)
  })
  return lines
}

/** The log after a section was written: what it no longer states is marked, what it states anew is added. */
function withSection(given: {
  log: Decision[]
  lines: ReadonlyMap<string, number>
  stated: readonly StatedDecision[]
  said: Said
}): Decision[] {
  const { lines, stated, said } = given
  const stays = new Set(stated.map(lineKey))
  let log = given.log
  for (const [line, index] of lines) {
    if (!stays.has(line)) log = log.with(index, { ...log[index]!, standing: false })
  }
  const added: Decision[] = []
  for (const one of stated) {
    const standing = lines.get(lineKey(one))
    const summarized = standing === undefined ? summarizedIn(log, one, said) : -1
    if (standing !== undefined && agrees(log[standing]!, one)) log = filled(log, standing, one)
    else if (summarized >= 0) log = settled(log, summarized, { ...one, section: said.section })
    else added.push(decision(one, said))
  }
  return added.length === 0 ? log : [...log, ...added]
}

/** Where the summary of the same session said it already; -1 when it did not. */
function summarizedIn(log: readonly Decision[], stated: StatedDecision, said: Said): number {
  if (said.session === null) return -1
  return log.findLastIndex(
    (one) => one.section === null && one.session === said.session && isSameDecision(one, stated),
  )
}

function evolveSummary(state: DecisionLog, event: RecordedEvent & { data: SummaryData }): DecisionLog {
  const session = streamId(event.stream)
  const agent =
    agentOfSession(state.sessions, session) ??
    (event.meta.actor.kind === 'agent' ? event.meta.actor.id : null)
  const said = { agent, section: null, session, event }
  let { decisions } = state
  for (const stated of decisionsInSummary(event.data.fields)) {
    const latest = decisions.findLast((one) => isSummarized(one, agent) && one.topic === stated.topic)
    const index = decisions.findLastIndex(
      (one) =>
        (one.session === session || one === latest || isStanding(one, agent)) && isSameDecision(one, stated),
    )
    decisions = index < 0 ? [...decisions, decision(stated, said)] : filled(decisions, index, stated)
  }
  return decisions === state.decisions ? state : bounded({ ...state, decisions })
}

type SummaryData = { fields: readonly { label: string; text: string }[] }

function isSummarized(one: Decision, agent: string | null): boolean {
  return one.section === null && agent !== null && one.agent === agent
}

/** One of the agent's sections says it still, so a summary that says it too repeats it. */
function isStanding(one: Decision, agent: string | null): boolean {
  return one.section !== null && one.standing && agent !== null && one.agent === agent
}

/** The rationale is the same, or one of the two does not give any. */
function agrees(one: Decision, stated: StatedDecision): boolean {
  return one.rationale === null || stated.rationale === null || one.rationale === stated.rationale
}

/** Adds what an earlier mention left out; the same list when there is nothing to add. */
function filled(log: Decision[], index: number, stated: StatedDecision): Decision[] {
  const one = log[index]!
  const rationale = one.rationale ?? stated.rationale
  const performance = one.performance ?? stated.performance
  if (rationale === one.rationale && performance === one.performance) return log
  return log.with(index, { ...one, rationale, performance, rationaleMissing: rationale === null })
}

/** What the summary said, now in the words of the section. */
function settled(
  log: Decision[],
  index: number,
  stated: StatedDecision & { section: string | null },
): Decision[] {
  const { topic, choice, section } = stated
  const found = filled(log, index, stated)
  return found.with(index, { ...found[index]!, topic, choice, section })
}

function decision(stated: StatedDecision, said: Said): Decision {
  const { event, agent, section, session } = said
  return {
    ...stated,
    agent,
    by: event.meta.actor.id,
    session,
    event: event.id,
    at: event.meta.recordedAt,
    section,
    standing: true,
    rationaleMissing: stated.rationale === null,
    rehearsal: event.meta.rehearsal === true,
  }
}

function bounded(state: DecisionLog): DecisionLog {
  const { kept, dropped: older } = newest(state.decisions, limits.decisionsKeptMax)
  return older === 0 ? state : { ...state, decisions: kept, dropped: state.dropped + older }
}

function row(one: Decision): string[] {
  const rationale = one.rationaleMissing ? '**missing**' : cell(one.rationale)
  const who = one.agent === null ? `${cell(one.by)} (person)` : cell(one.agent)
  const choice = `${cell(one.choice)}${one.details === null ? '' : ` (${cell(one.details)})`}`
  return [
    when(one.at),
    `${who}${rehearsalMark(one.rehearsal)}`,
    cell(one.topic === null ? null : inline(one.topic)),
    one.standing ? choice : `~~${choice}~~`,
    rationale,
    cell(one.performance),
    cell(one.session),
    eventName(one.event),
  ]
}
