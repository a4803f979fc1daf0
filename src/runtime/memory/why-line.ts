import type { BlamedLine } from '../../../projections/line-origins.ts'
import type { Because } from '../../handoffs/events.ts'
import { DaybookError } from '../../kernel/errors.ts'
import { type RecordedEvent, streamOf } from '../../kernel/event.ts'
import type { SectionGiven } from '../../sessions/events.ts'
import { eventOfLog } from '../when.ts'
import { showHandoff } from '../work-views.ts'
import { blameDocument, type Reading } from './blame-document.ts'
import { type Echo, echoesOf } from './echoes.ts'
import { givenBy } from './readers.ts'

/** Everything that led to one line of a document. What does not apply is null. */
export interface LineReason {
  readonly line: BlamedLine
  readonly session: {
    readonly id: string
    readonly agent: string
    readonly task: string
    readonly runner: string
  } | null
  readonly handoff: {
    readonly id: string
    readonly from: string
    readonly need: string
    readonly reason: string | null
    readonly because: readonly Because[]
    readonly event: string | null
  } | null
  readonly call: {
    readonly call: string
    readonly turn: number
    readonly model: string
    readonly requestDigest: string
    readonly toolUse: string
  } | null
  /** Sections that the session had been given when it wrote the line. */
  readonly given: readonly SectionGiven[]
  /** Where the same words had stood in what it was given, the nearest first, to who said them first. */
  readonly echoes: readonly Echo[]
}

export interface LineQuestion {
  readonly document: string
  /** A line number from 1, or words that the line holds. */
  readonly line: string
  readonly at?: string | undefined
}

/** Why a line stands there: who wrote it, in which session, on which task, chosen by which rule, having seen what. */
export async function whyLine(reading: Reading, question: LineQuestion): Promise<LineReason> {
  const { document, at } = question
  const line = findLine(await blameDocument(reading, { document, at }), question)
  const nothing = { line, session: null, handoff: null, call: null, given: [], echoes: [] }
  if (line.session === null) return nothing
  const { store } = reading.project
  const events = await Array.fromAsync(store.readStream(streamOf('session', line.session)))
  const started = dataOf(events, 'SessionStarted') as
    | { agent: string; task: string; runner: string; handoff?: string; model: string }
    | undefined
  if (started === undefined) return nothing
  const { agent, task, runner, handoff, model } = started
  const edit = await eventOfLog(reading.project, line.event)
  const before = events.filter((event) => event.position < edit.position)
  return {
    line,
    session: { id: line.session, agent, task, runner },
    handoff: handoff === undefined ? null : await handoffReason(reading, handoff),
    call: callOf(events, (edit.data as { call?: string }).call, model),
    given: await sectionsGiven(reading, before),
    echoes: await echoesOf(store, { line: line.text, session: line.session, edit }),
  }
}

function findLine(lines: readonly BlamedLine[], { document, line }: LineQuestion): BlamedLine {
  if (/^\d+$/u.test(line)) {
    const found = lines[Number(line) - 1]
    if (found !== undefined) return found
    throw new DaybookError('usage', `${document}.md has ${lines.length} lines; there is no line ${line}.`)
  }
  const matching = lines.filter(({ text }) => text.includes(line))
  if (matching.length === 1) return matching[0]!
  if (matching.length === 0)
    throw new DaybookError(
      'not_found',
      `No line of ${document}.md holds ${JSON.stringify(line)}. Give a line number or words of the line.`,
    )
  const where = matching
    .slice(0, 10)
    .map((one) => one.line)
    .join(', ')
  throw new DaybookError(
    'usage',
    `${matching.length} lines of ${document}.md hold ${JSON.stringify(line)} (lines ${where}). Give the number of one.`,
  )
}

async function handoffReason({ project }: Reading, id: string): Promise<LineReason['handoff']> {
  const { from, need, reason, decisions } = await showHandoff(project, id)
  const last = decisions.at(-1)
  const because =
    last === undefined
      ? []
      : (last.candidates.find((candidate) => candidate.agent === last.to)?.because ?? [])
  return { id, from, need, reason, because, event: last?.event ?? null }
}

/** The model call whose answer asked for the edit. */
function callOf(
  events: readonly RecordedEvent[],
  key: string | undefined,
  model: string,
): LineReason['call'] {
  const used = events.find(
    (event) => event.type === 'ToolCalled' && (event.data as { key: string }).key === key,
  )
  if (used === undefined) return null
  const { call, toolUse } = used.data as { call: string; toolUse: string }
  const called = events.find(
    (event) => event.type === 'ModelCalled' && (event.data as { call: string }).call === call,
  )
  if (called === undefined) return null
  const { turn, requestDigest } = called.data as { turn: number; requestDigest: string }
  return { call, turn, model, requestDigest, toolUse }
}

/** What the session was told first and what it read itself, each once. */
async function sectionsGiven(
  { project }: Reading,
  events: readonly RecordedEvent[],
): Promise<SectionGiven[]> {
  await project.view.refresh()
  const given = events.flatMap(givenBy).map((one) => {
    const known = project.view.document(one.document)?.sections.find(({ section }) => section === one.section)
    const heading = 'heading' in one ? String(one.heading) : (known?.heading ?? '')
    return { document: one.document, section: one.section, heading, event: one.event }
  })
  return [...new Map(given.map((one) => [`${one.document}/${one.section}/${one.event}`, one])).values()]
}

function dataOf(events: readonly RecordedEvent[], type: string): unknown {
  return events.find((event) => event.type === type)?.data
}
