import type { Model } from '../../src/models/port.ts'
import type { Timers } from '../../src/runtime/timers.ts'
import type { EventStore } from '../../src/store/port.ts'
import type { Tool } from '../../src/tools/port.ts'
import type { Disk } from './disk.ts'
import type { Law } from './laws.ts'
import type { AnyDecider } from './sim-process.ts'
import type { Weather } from './weather.ts'
import type { World } from './world.ts'

export interface PlantedWorld {
  readonly world: World
  readonly disk: Disk
}

/** Executes a command on a stream, as the process would. */
export type Execute = (
  target: { readonly stream: string; readonly decider: AnyDecider },
  command: { readonly type: string },
  meta: never,
) => Promise<unknown>

/** A fault that is put around the code under test, to show that the laws notice it. */
export interface Plant {
  readonly name: string
  /** Any of these must be broken by it. */
  readonly breaks: readonly Law[]
  /** Where it shows soonest; any weather finds it in the end. */
  readonly weather?: Partial<Weather>
  readonly store?: (store: EventStore, world: PlantedWorld) => EventStore
  readonly decider?: (decider: AnyDecider, stream: string) => AnyDecider
  readonly timers?: (timers: Timers, world: PlantedWorld) => Timers
  readonly tool?: (tool: Tool, world: PlantedWorld) => Tool
  readonly model?: (model: Model, world: PlantedWorld) => Model
  readonly execute?: (execute: Execute, world: PlantedWorld) => Execute
  /** What the process that folds projections reads. */
  readonly projecting?: (store: EventStore) => EventStore
  /** What is asked for the memory as of a position. */
  readonly past?: (store: EventStore) => EventStore
}
