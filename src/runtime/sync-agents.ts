import { realpathSync } from 'node:fs'
import { relative, resolve, sep } from 'node:path'
import { type AgentCommand, type AgentState, agentDecider } from '../agents/decider.ts'
import type { AgentEvent, RecordedAgentEvent } from '../agents/events.ts'
import { insidePlace } from '../agents/source.ts'
import { DaybookError } from '../kernel/errors.ts'
import { type Actor, type NewEvent, type RecordedEvent, streamOf } from '../kernel/event.ts'
import { isEventOf } from '../kernel/event-schema.ts'
import { limits } from '../kernel/limits.ts'
import { agentKey } from '../kernel/words.ts'
import { type EventStore, StoreError } from '../store/port.ts'
import type { AgentFolder } from './agent-folder.ts'
import { backoff } from './backoff.ts'
import { events as catalogue } from './catalogue.ts'
import { type Ids, systemIds } from './ids.ts'

export interface SyncAgents {
  readonly store: EventStore
  readonly folder: AgentFolder
  /** Which folder this is, see `placeOf`: two folders may feed one log, and each retires only its own. */
  readonly place: string
  readonly actor?: Actor
  readonly ids?: Ids
  /** Every agent's stream as it is folded already; read from the log when absent. */
  readonly known?: ReadonlyMap<string, { readonly state: AgentState; readonly revision: number }>
}

/** An agent with the event that defines it now; the shape of a workflow's roster. */
export interface DefinedAgent {
  readonly agent: string
  readonly event: string
}

export interface SyncedAgents {
  readonly registered: DefinedAgent[]
  readonly revised: DefinedAgent[]
  readonly retired: DefinedAgent[]
  /** Agents whose file is there and cannot be loaded now, or may be beyond a limit: they stay as they were. */
  readonly kept: { readonly agent: string; readonly reason: string }[]
  /** Every agent of this folder, in the folder's order. */
  readonly roster: DefinedAgent[]
}

interface Known {
  readonly stream: string
  /** Of the stream's last event; -1 when there is none. */
  revision: number
  state: AgentState
}

/** With a path inside it, a place has to fit into an event's `source`. */
const placeCharsMax = 1_000 - limits.agentPathCharsMax - insidePlace.length

/**
 * Brings the log up to date with a folder of agent files: new ones are registered, changed ones revised, and
 * those that this folder had and has no more are retired. May be called at any time, by several processes at
 * once; the second time it appends nothing. An agent that another folder registered under the same name is
 * revised when the files differ: the folder that was named last is what counts.
 *
 * In the events, `source` is `<place>//<path inside the folder>`. Rejects with the store's errors.
 */
export async function syncAgents(options: SyncAgents): Promise<SyncedAgents> {
  const { store, folder, place } = options
  const known = options.known === undefined ? await knownAgents(store) : copied(options.known)
  const result: SyncedAgents = { registered: [], revised: [], retired: [], kept: [], roster: [] }
  const present = new Set<string>()
  for (const agent of folder.agents) {
    const stream = streamOf('agent', agentKey(agent.definition.name))
    present.add(stream)
    const { file, digest, definition, diagnostics } = agent
    const source = `${place}${insidePlace}${agent.source}`
    const data = { name: definition.name, file, digest, source, definition, diagnostics }
    const before = known.get(stream) ?? { stream, revision: -1, state: null }
    const done = await carryOut(options, before, { type: 'RegisterAgent', agent: data })
    const defined = { agent: definition.name, event: before.state!.event }
    result.roster.push(defined)
    if (done === 'AgentRegistered') result.registered.push(defined)
    if (done === 'AgentRevised') result.revised.push(defined)
  }
  for (const before of known.values()) {
    const { state, stream } = before
    if (state === null || state.retired || present.has(stream)) continue
    if (!state.source.startsWith(place + insidePlace)) continue
    const path = state.source.slice(place.length + insidePlace.length)
    const agent = { agent: state.name, event: state.event }
    const keep = whyKept(folder, path)
    if (keep !== null) result.kept.push({ agent: state.name, reason: keep })
    else {
      const reason = `${path} is no longer there, or no longer this agent`
      const done = await carryOut(options, before, { type: 'RetireAgent', source: state.source, reason })
      if (done === 'AgentRetired') result.retired.push(agent)
    }
  }
  return result
}

/** A folder's identity in a log: its path from the project's folder, with `/`; absolute when it lies outside. */
export function placeOf(folder: string, project: string): string {
  const full = realpathSync(resolve(project, folder))
  const path = relative(realpathSync(project), full)
  const within = path !== '..' && !path.startsWith(`..${sep}`)
  const place = (within ? path || '.' : full).split(sep).join('/')
  if (place.length <= placeCharsMax) return place
  const message = `${folder}: its path has more than ${placeCharsMax} characters. Name a folder with a shorter path.`
  throw new DaybookError('usage', message)
}

function whyKept(folder: AgentFolder, path: string): string | null {
  const skipped = folder.skipped.find((one) => one.file === path && one.kind === 'unloadable')
  if (skipped !== undefined) return `${path} cannot be loaded: ${skipped.reason}`
  const seen = folder.agents.some((one) => one.source === path)
  return folder.complete || seen ? null : 'the folder was not read to its end'
}

function copied(known: NonNullable<SyncAgents['known']>): Map<string, Known> {
  return new Map([...known].map(([stream, { state, revision }]) => [stream, { stream, state, revision }]))
}

async function knownAgents(store: EventStore): Promise<Map<string, Known>> {
  const known = new Map<string, Known>()
  for await (const event of store.readAll({ filter: { streamPrefixes: ['agent-'] } })) {
    const one = known.get(event.stream) ?? { stream: event.stream, revision: -1, state: null }
    known.set(event.stream, evolved(one, event))
  }
  return known
}

function evolved(one: Known, event: RecordedEvent): Known {
  one.revision = event.revision
  if (isEventOf(agentDecider.schemas, event)) {
    one.state = agentDecider.evolve(one.state, event as RecordedAgentEvent)
  }
  return one
}

/** Decides and appends; again from the stream's new state when another process was quicker. */
async function carryOut(
  options: SyncAgents,
  one: Known,
  command: AgentCommand,
): Promise<AgentEvent['type'] | null> {
  for (let attempt = 0; attempt < limits.optimisticRetriesMax; attempt += 1) {
    const decision = agentDecider.decide(command, one.state)
    const event = decision.kind === 'accepted' ? decision.events[0] : undefined
    if (event === undefined) return null
    const id = (options.ids ?? systemIds).next()
    const actor = options.actor ?? { kind: 'coordinator', id: 'daybook' }
    const version = catalogue.get(event.type)?.version ?? 1
    const envelope: NewEvent = { id, type: event.type, version, data: event.data, meta: { actor } }
    try {
      const { revision } = await append(options.store, one, envelope)
      evolved(one, { ...envelope, stream: one.stream, revision } as RecordedEvent)
      return event.type
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'wrong_expected') throw error
      for await (const recorded of options.store.readStream(one.stream, { from: one.revision + 1 })) {
        evolved(one, recorded)
      }
    }
  }
  throw new DaybookError('unavailable', `${one.stream} is too busy to be brought up to date. Try again.`)
}

/** The same id and expectation may be sent again: an unknown outcome does no harm. */
async function append(store: EventStore, one: Known, event: NewEvent) {
  const expected = one.revision < 0 ? 'no_stream' : one.revision
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await store.append(one.stream, [event], { expected })
    } catch (error) {
      const again = error instanceof StoreError && error.retryable && attempt < limits.storeAttemptsMax
      if (!again) throw error
      await backoff(attempt)
    }
  }
}
