import type { RoutingPolicy } from '../handoffs/routing/policy.ts'
import type { Clock } from '../kernel/clock.ts'
import { streamCategory, streamId } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import type { EventStore } from '../store/port.ts'
import { events as catalogue } from './catalogue.ts'
import { DocumentHistory } from './document-history.ts'
import { type Ids, systemIds } from './ids.ts'
import { LogCounts } from './log-counts.ts'
import { LogReading } from './log-reading.ts'
import { LogView } from './log-view.ts'
import { SectionPasts } from './memory/section-pasts.ts'
import { OpenWork } from './open-work.ts'
import { PastDocuments } from './past-documents.ts'
import type { ProjectionStore } from './projection-store.ts'
import { noRendering, type Rendering } from './rendering.ts'
import type { SecondOpinion } from './second-opinion.ts'
import type { Secrets } from './secrets/secrets.ts'
import { packageVersion } from './settings.ts'
import { Snapshots } from './snapshots.ts'
import { type FoldedStream, Streams } from './streams.ts'
import { TimeMarks } from './time-marks.ts'
import { systemTimers, type Timers } from './timers.ts'
import { workerId } from './worker-id.ts'
import type { Workplace } from './workplace.ts'

/** One log with all that acts on it in this process. */
export interface Project {
  readonly store: EventStore
  readonly streams: Streams
  /** What `view`, `work`, `past` and `times` are folded by. */
  readonly reading: LogReading
  readonly view: LogView
  readonly work: OpenWork
  readonly past: PastDocuments
  readonly sectionPasts: SectionPasts
  readonly times: TimeMarks
  /** For those who watch. */
  readonly counts: LogCounts
  /** The last states of each document. */
  readonly history: DocumentHistory
  readonly clock: Clock
  readonly timers: Timers
  readonly ids: Ids
  /** This process, by name. */
  readonly worker: string
  /** How long this process holds a handoff without a renewal. */
  readonly leaseMs: number
  readonly policy: RoutingPolicy
  /** Asked about close calls of the router; null: the router decides alone. */
  readonly secondOpinion: SecondOpinion | null
  /** Writes documents where people read them. */
  readonly rendering: Rendering
  /** What the tools of sessions may touch; null: sessions have the memory and handoffs only. */
  readonly workplace: Workplace | null
  /** Takes secrets out of what comes in; null: nothing does. */
  readonly secrets: Secrets | null
}

export interface ProjectOptions {
  readonly store: EventStore
  readonly clock: Clock
  readonly policy: RoutingPolicy
  readonly secondOpinion?: SecondOpinion
  /** Made from what the project consists of otherwise; `noRendering` when absent. */
  readonly rendering?: (parts: Omit<Project, 'rendering'>) => Rendering
  readonly workplace?: Workplace
  readonly secrets?: Secrets
  readonly ids?: Ids
  /** The system's when absent. */
  readonly timers?: Timers
  readonly worker?: string
  /** `limits.leaseMs` when absent. */
  readonly leaseMs?: number
  /** Where snapshots are kept; without it the log is folded from its start. */
  readonly views?: ProjectionStore
}

export function projectOn(options: ProjectOptions): Project {
  const { store, clock, policy } = options
  const ids = options.ids ?? systemIds
  const timers = options.timers ?? systemTimers
  const folded = foldedFrom(options)
  const known = (stream: string) => knownDocument(folded.view, stream)
  const streams = new Streams({ store, catalogue, ids, known, timers })
  const parts = {
    store,
    ...folded,
    clock,
    timers,
    policy,
    ids,
    sectionPasts: new SectionPasts(store),
    streams,
    history: new DocumentHistory({ streams, past: folded.past }),
    worker: options.worker ?? workerId(),
    leaseMs: options.leaseMs ?? limits.leaseMs,
    secondOpinion: options.secondOpinion ?? null,
    workplace: options.workplace ?? null,
    secrets: options.secrets ?? null,
  }
  return { ...parts, rendering: options.rendering?.(parts) ?? noRendering }
}

type FoldedFromLog = Pick<Project, 'reading' | 'view' | 'work' | 'past' | 'times' | 'counts'>

function foldedFrom({ store, views, timers }: ProjectOptions): FoldedFromLog {
  const refresh = () => reading.refresh()
  const view = new LogView(store, refresh)
  const work = new OpenWork(refresh)
  const past = new PastDocuments(view)
  const times = new TimeMarks()
  const foldings = [view, work, past, times]
  const kept =
    views === undefined ? null : new Snapshots({ store, views, foldings, version: packageVersion() })
  const counts = new LogCounts()
  const reading = new LogReading({
    store,
    foldings: [...foldings, counts],
    kept,
    ...(timers === undefined ? {} : { timers }),
  })
  return { reading, view, work, past, times, counts }
}

/** A document that the view holds need not be folded from its stream's start again. */
function knownDocument(view: LogView, stream: string): FoldedStream | null {
  const state = streamCategory(stream) === 'memory' ? view.document(streamId(stream)) : null
  return state === null ? null : { state, revision: state.revision }
}

export function now({ clock }: Pick<Project, 'clock'>): string {
  return new Date(clock.now()).toISOString()
}
