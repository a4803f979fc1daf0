import type { RoutingPolicy } from '../handoffs/routing/policy.ts'
import type { Clock } from '../kernel/clock.ts'
import { limits } from '../kernel/limits.ts'
import type { EventStore } from '../store/port.ts'
import { events as catalogue } from './catalogue.ts'
import { type Ids, systemIds } from './ids.ts'
import { LogView } from './log-view.ts'
import { OpenWork } from './open-work.ts'
import { noRendering, type Rendering } from './rendering.ts'
import { Streams } from './streams.ts'
import { workerId } from './worker-id.ts'

/** One log with all that acts on it in this process. */
export interface Project {
  readonly store: EventStore
  readonly streams: Streams
  readonly view: LogView
  readonly work: OpenWork
  readonly clock: Clock
  readonly ids: Ids
  /** This process, by name. */
  readonly worker: string
  /** How long this process holds a handoff without a renewal. */
  readonly leaseMs: number
  readonly policy: RoutingPolicy
  /** Writes documents where people read them. */
  readonly rendering: Rendering
}

export interface ProjectOptions {
  readonly store: EventStore
  readonly clock: Clock
  readonly policy: RoutingPolicy
  /** Made from what the project consists of otherwise; `noRendering` when absent. */
  readonly rendering?: (parts: Omit<Project, 'rendering'>) => Rendering
  readonly ids?: Ids
  readonly worker?: string
  /** `limits.leaseMs` when absent. */
  readonly leaseMs?: number
}

export function projectOn(options: ProjectOptions): Project {
  const { store, clock, policy } = options
  const ids = options.ids ?? systemIds
  const parts = {
    store,
    clock,
    policy,
    ids,
    streams: new Streams({ store, catalogue, ids }),
    view: new LogView(store),
    work: new OpenWork(store),
    worker: options.worker ?? workerId(),
    leaseMs: options.leaseMs ?? limits.leaseMs,
  }
  return { ...parts, rendering: options.rendering?.(parts) ?? noRendering }
}

export function now(project: Project): string {
  return new Date(project.clock.now()).toISOString()
}
