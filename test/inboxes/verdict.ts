import { type RecordedEvent, streamCategory, streamId } from '../../src/kernel/event.ts'
import type { EventStore } from '../../src/store/port.ts'
import { followUpOf, needOf } from './team.ts'

export interface Verdict {
  /** Empty when every claim held. */
  readonly problems: readonly string[]
  readonly handoffs: number
  readonly completed: number
  readonly takeovers: number
  readonly late: number
  readonly declined: number
  readonly setAside: number
  readonly external: number
  readonly events: number
}

interface Story {
  readonly id: string
  need: string
  parent: string | null
  session: string | null
  /** Epochs in the order in which they were given. */
  epochs: number[]
  /** The session and epoch of each result that counted. */
  results: { session: string; epoch: number }[]
  ended: string | null
}

interface Told {
  readonly type: string
  readonly data: {
    need?: string
    parent?: string
    session?: string
    epoch?: number
    external?: boolean
  }
}

/** Whether every handoff ended exactly once, from the log alone: it says so itself, or it is not so. */
export async function verdict(store: EventStore, requested: number): Promise<Verdict> {
  const stories = new Map<string, Story>()
  const sessions = new Map<string, string[]>()
  const counts = new Map<string, number>()
  const external = new Set<string>()
  for await (const event of store.readAll()) {
    const told = event as RecordedEvent as Told
    counts.set(told.type, (counts.get(told.type) ?? 0) + 1)
    const id = streamId(event.stream)
    const category = streamCategory(event.stream)
    if (category === 'handoff') tell(storyOf(stories, id), told)
    if (category === 'session') sessions.set(id, [...(sessions.get(id) ?? []), told.type])
    if (told.type === 'HandoffAccepted' && told.data.external === true) external.add(told.data.session ?? '')
  }
  const count = (type: string) => counts.get(type) ?? 0
  return {
    problems: [
      ...[...stories.values()].flatMap((story) => endedOnce(story, sessions)),
      ...everyNeedOnce([...stories.values()], requested),
      ...everyFollowUp([...stories.values()], external),
      ...followed([...stories.values()], stories),
      ...[...external].flatMap((id) => noModelIn(id, sessions.get(id) ?? [])),
    ].slice(0, 50),
    handoffs: stories.size,
    completed: count('HandoffCompleted'),
    takeovers: [...stories.values()].reduce((sum, { epochs }) => sum + Math.max(0, epochs.length - 1), 0),
    late: count('LateResultRecorded'),
    declined: count('HandoffDeclined'),
    setAside: count('HandoffDeadLettered'),
    external: external.size,
    events: [...counts.values()].reduce((sum, one) => sum + one, 0),
  }
}

function storyOf(stories: Map<string, Story>, id: string): Story {
  const story = stories.get(id) ?? {
    id,
    need: '',
    parent: null,
    session: null,
    epochs: [],
    results: [],
    ended: null,
  }
  stories.set(id, story)
  return story
}

function tell(story: Story, { type, data }: Told): void {
  if (type === 'HandoffRequested')
    Object.assign(story, { need: data.need, parent: data.parent ?? null, session: data.session ?? null })
  if (type === 'HandoffAccepted') story.epochs.push(data.epoch ?? 0)
  if (type === 'HandoffCompleted') story.results.push({ session: data.session ?? '', epoch: data.epoch ?? 0 })
  if (/^Handoff(?:Completed|Failed|Expired|Cancelled|DeadLettered|Unrouted)$/u.test(type)) story.ended = type
  if (type === 'HandoffRedriven') story.ended = null
}

/** One result, of whoever held it last, whose session is the one that was completed. */
function endedOnce(story: Story, sessions: ReadonlyMap<string, readonly string[]>): string[] {
  const { id, need, epochs, results, ended } = story
  const about = `handoff ${id} (${need})`
  if (ended !== 'HandoffCompleted') return [`${about} ended with ${ended ?? 'nothing'}: it is lost`]
  if (results.length !== 1) return [`${about} has ${results.length} results that count`]
  const [{ session, epoch }] = results as [{ session: string; epoch: number }]
  if (epochs.some((given, index) => index > 0 && given <= epochs[index - 1]!))
    return [`${about} gave an epoch twice: ${epochs.join(', ')}`]
  if (epoch !== epochs.at(-1))
    return [`${about} counts the result of epoch ${epoch}, and ${epochs.at(-1)} held it`]
  const types = sessions.get(session) ?? []
  const completions = types.filter((type) => type === 'SessionCompleted').length
  return completions === 1 ? [] : [`${about}: its session ${session} was completed ${completions} times`]
}

/** What was asked for, and what follows from it: each exactly once. */
function everyNeedOnce(stories: readonly Story[], requested: number): string[] {
  const times = new Map<string, number>()
  for (const { need } of stories) times.set(need, (times.get(need) ?? 0) + 1)
  const numbers = Array.from({ length: requested }, (_, index) => index)
  const wrong = [...times]
    .filter(([, count]) => count !== 1)
    .map(([need, count]) => `"${need}" was requested ${count} times`)
  const missing = numbers
    .filter((number) => !times.has(needOf(number)))
    .map((number) => `"${needOf(number)}" is not there`)
  return [...wrong, ...missing]
}

/** From every fifth that was done elsewhere another one follows. */
function everyFollowUp(stories: readonly Story[], external: ReadonlySet<string>): string[] {
  const needs = new Set(stories.map(({ need }) => need))
  return stories.flatMap(({ need, results }) => {
    const number = Number(/^Measure .* (\d+)$/u.exec(need)?.[1] ?? Number.NaN)
    const isDue = number % 5 === 0 && results.some(({ session }) => external.has(session))
    return isDue && !needs.has(followUpOf(number)) ? [`"${followUpOf(number)}" was not handed on`] : []
  })
}

/** What was handed on was handed on by the session whose result counts. */
function followed(stories: readonly Story[], byId: ReadonlyMap<string, Story>): string[] {
  return stories.flatMap(({ id, parent, session }) => {
    if (parent === null) return []
    const counted = byId.get(parent)?.results.map((result) => result.session) ?? []
    return counted.includes(session ?? '')
      ? []
      : [`handoff ${id} follows from ${session}, whose result does not count`]
  })
}

function noModelIn(id: string, types: readonly string[]): string[] {
  const called = types.filter((type) => type === 'ModelCalled').length
  return called === 0 ? [] : [`session ${id} runs elsewhere, and has ${called} model calls`]
}
