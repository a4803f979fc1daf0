import { type BlamedLine, blame, lineOrigins } from '../../../projections/line-origins.ts'
import type { Because } from '../../handoffs/events.ts'
import { DaybookError } from '../../kernel/errors.ts'
import { type RecordedEvent, streamOf } from '../../kernel/event.ts'
import type { SectionGiven } from '../../sessions/events.ts'
import type { Daybook } from '../daybook.ts'
import { showHandoff } from '../work-views.ts'
import { stateAt } from './document-at.ts'

type Reading = Pick<Daybook, 'project' | 'projector'>

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
  readonly given: readonly SectionGiven[]
}

export interface LineQuestion {
  readonly document: string
  /** A line number from 1, or words that the line holds. */
  readonly line: string
  readonly at: string | undefined
}

/** Every line of a document, now or as of a moment, with where it comes from. */
export async function blameDocument(
  reading: Reading,
  { document, at }: Omit<LineQuestion, 'line'>,
): Promise<BlamedLine[]> {
  const state = await stateAt(reading, lineOrigins, { key: document, at })
  if (state === undefined)
    throw new DaybookError(
      'not_found',
      `There is no document "${document}"${at === undefined ? '' : ` at ${at}`}.`,
    )
  return blame(state)
}

/** Why a line stands there: who wrote it, in which session, on which task, chosen by which rule, having seen what. */
export async function whyLine(reading: Reading, question: LineQuestion): Promise<LineReason> {
  const line = findLine(await blameDocument(reading, question), question)
  const nothing = { line, session: null, handoff: null, call: null, given: [] }
  if (line.session === null) return nothing
  const { store } = reading.project
  const events = await Array.fromAsync(store.readStream(streamOf('session', line.session)))
  const started = dataOf(events, 'SessionStarted') as
    | { agent: string; task: string; runner: string; handoff?: string; model: string }
    | undefined
  if (started === undefined) return nothing
  const edit = await eventWith(reading, question.document, line.event)
  const given = (dataOf(events, 'ContextGiven') as { sections: SectionGiven[] } | undefined)?.sections ?? []
  return {
    line,
    session: { id: line.session, agent: started.agent, task: started.task, runner: started.runner },
    handoff: started.handoff === undefined ? null : await handoffReason(reading, started.handoff),
    call: callOf(events, (edit?.data as { call?: string } | undefined)?.call, started.model),
    given: [...given, ...readSections(events)],
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

/** Sections that the agent read itself, beside those it was given. */
function readSections(events: readonly RecordedEvent[]): SectionGiven[] {
  return events.flatMap((event) => {
    if (event.type !== 'SectionRead') return []
    const {
      document,
      section,
      event: given,
    } = event.data as { document: string; section: string; event: string }
    return [{ document, section, heading: '', event: given }]
  })
}

function dataOf(events: readonly RecordedEvent[], type: string): unknown {
  return events.find((event) => event.type === type)?.data
}

async function eventWith(
  { project }: Reading,
  document: string,
  id: string,
): Promise<RecordedEvent | undefined> {
  for await (const event of project.store.readStream(streamOf('memory', document)))
    if (event.id === id) return event
  return undefined
}
