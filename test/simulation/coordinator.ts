import { patternsPolicy } from '../../src/handoffs/routing/policy.ts'
import { DaybookError } from '../../src/kernel/errors.ts'
import { type Project, projectOn } from '../../src/runtime/project.ts'
import { memoryProjectionStore, type ProjectionStore } from '../../src/runtime/projection-store.ts'
import type { SessionRun } from '../../src/runtime/session/session-run.ts'
import { toolsFor } from '../../src/runtime/session/tools-for.ts'
import { Worker } from '../../src/runtime/worker.ts'
import type { Workplace } from '../../src/runtime/workplace.ts'
import type { EventStore } from '../../src/store/port.ts'
import type { Tool } from '../../src/tools/port.ts'
import { idsFrom } from './chance.ts'
import type { Laws } from './laws.ts'
import { modelOf, toolsOf } from './outside.ts'
import type { Execute } from './plant.ts'
import { type Decided, SimProcess } from './sim-process.ts'
import { SimStore } from './sim-store.ts'
import type { Stage } from './stage.ts'

/** Asked before every deployment: the other fields are for tools that a simulation does not have. */
const workplace = { approvals: [{ tool: 'deploy' }] } as unknown as Workplace

export const leaseMs = 5_000

/** A log as one process has it open: through a store that fails, with every command watched. */
export function openProject(
  stage: Stage,
  process: SimProcess,
  { views, skewMs = 0 }: { views?: ProjectionStore; skewMs?: number } = {},
): Project {
  const { world, disk, laws, faults, plant } = stage
  const sim = new SimStore({ disk, world, faults, laws, process })
  const store = acknowledging(plant?.store?.(sim, { world, disk }) ?? sim, laws)
  const timers = world.timersOf(process)
  const project = projectOn({
    store,
    clock: { now: () => world.clock.now() + skewMs },
    timers: plant?.timers?.(timers, { world, disk }) ?? timers,
    policy: patternsPolicy,
    ids: idsFrom(world.chance),
    worker: process.name,
    leaseMs,
    workplace,
    ...(views === undefined ? {} : { views }),
  })
  watchCommands(stage, project, process)
  return project
}

/** Every machine that coordinates: its process dies and is started again, as a supervisor does. */
export class Machine {
  readonly name: string
  /** What a snapshot is kept in: it outlives the process. */
  readonly #views: ProjectionStore | null
  readonly #skewMs: number
  readonly #stage: Stage
  #started = 0
  #stop = new AbortController()
  project: Project | null = null
  process: SimProcess | null = null

  constructor(stage: Stage, name: string) {
    const { chance } = stage.world
    this.#stage = stage
    this.name = name
    this.#views = chance.happens(0.5) ? memoryProjectionStore() : null
    this.#skewMs = chance.happens(0.3) ? Math.floor(chance.between(-1_500, 1_500)) : 0
  }

  start(): void {
    const { world, faults } = this.#stage
    this.#started += 1
    const own = new SimProcess({
      name: `${this.name}.${this.#started}`,
      world,
      faults,
      onDeath: () => this.#restart(own),
    })
    this.process = own
    this.#stop = new AbortController()
    const views = this.#views === null ? {} : { views: this.#views }
    const project = openProject(this.#stage, own, { ...views, skewMs: this.#skewMs })
    this.project = project
    this.#work(project, own).then(
      () => this.#exit(own),
      (error: unknown) => {
        if (!(error instanceof DaybookError))
          this.#stage.laws.breaks('no_fault_of_ours', `${own.name}: ${(error as Error).stack}`)
        this.#exit(own)
      },
    )
  }

  /** As SIGTERM does: what runs is ended in good order. */
  stop(): void {
    this.#stop.abort(new Error('simulated: told to end'))
  }

  crash(): void {
    this.process?.crash()
  }

  async #work(project: Project, process: SimProcess): Promise<void> {
    const stage = this.#stage
    const reached = { process, world: stage.world, faults: stage.faults, laws: stage.laws }
    const { plant } = stage
    let asking = ''
    const sessionAsking = (onText?: (text: string) => void) => {
      onText?.('')
      return asking
    }
    const model = modelOf(reached, { brain: stage.brain, sessionAsking })
    const planted = plant?.model?.(model, stage) ?? model
    const tools = (run: Omit<SessionRun, 'tools'>): readonly Tool[] => {
      const own = toolsFor({ ...run, project: { ...run.project, workplace: null } })
      const all = [...own, ...toolsOf(reached, stage.server, run)]
      return all.map((tool) => plant?.tool?.(tool, stage) ?? tool)
    }
    const worker = new Worker({
      project,
      modelFor: () => ({ model: planted, name: 'simulated' }),
      toolsFor: tools,
      concurrency: 3,
      onText: (session) => {
        asking = session
      },
      onProblem: (problem) => this.#problem(problem),
      isGone: (name) => name.startsWith(`${this.name}.`) && name !== process.name,
    })
    await worker.serve(this.#stop.signal)
    project.reading.keep()
  }

  #problem(problem: Error): void {
    if (!(problem instanceof DaybookError))
      this.#stage.laws.breaks('no_fault_of_ours', `${this.name}: ${problem.stack}`)
  }

  /** A process that ended by itself. */
  #exit(process: SimProcess): void {
    if (!process.alive) return
    process.alive = false
    this.#restart(process)
  }

  #restart(dead: SimProcess): void {
    if (this.process !== dead) return
    const { world, faults } = this.#stage
    world.after(null, faults.calm ? 50 : world.chance.between(50, 8_000), () => this.start())
  }
}

/** What a process was told is durable must be, at that very moment. */
function acknowledging(store: EventStore, laws: Laws): EventStore {
  return new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name, target) as unknown
      if (name === 'append')
        return async (...given: Parameters<EventStore['append']>) => {
          const appended = await target.append(...given)
          laws.acknowledged(given[0], given[1])
          return appended
        }
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** Notes for every stream which command is decided, and by which rules it should be. */
function watchCommands(stage: Stage, { streams }: Project, process: SimProcess): void {
  const execute = streams.execute.bind(streams) as unknown as Execute
  const { plant } = stage
  const watched: Execute = ({ stream, decider }, command, meta) => {
    const used = plant?.decider?.(decider, stream) ?? decider
    let decided: Decided | null = null
    const watching = {
      ...used,
      decide: (said: never, state: never) => {
        decided = { command: said, decider }
        process.decided.set(stream, decided)
        return used.decide(said, state)
      },
    }
    return execute({ stream, decider: watching }, command, meta).finally(() => {
      // The next in the queue may have decided already.
      if (process.decided.get(stream) === decided) process.decided.delete(stream)
    })
  }
  const planted = plant?.execute?.(watched, stage) ?? watched
  streams.execute = planted as unknown as typeof streams.execute
}
