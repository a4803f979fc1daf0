import { projections } from '../../projections/index.ts'
import type { Project } from '../../src/runtime/project.ts'
import { memoryProjectionStore } from '../../src/runtime/projection-store.ts'
import { Projector } from '../../src/runtime/projector.ts'
import { leaseMs, Machine } from './coordinator.ts'
import { type Coverage, note } from './coverage.ts'
import { DiskStore } from './disk-store.ts'
import type { Violation } from './laws.ts'
import { People } from './people.ts'
import type { Plant } from './plant.ts'
import { Observer } from './rest.ts'
import { type Stage, stageOf } from './stage.ts'
import { judge } from './verdict.ts'
import { disturbances } from './weather.ts'
import { startMs } from './world.ts'

export interface Simulated {
  readonly seed: number
  /** Of the whole log: the same seed gives the same one. */
  readonly digest: string
  readonly events: number
  readonly commands: number
  readonly faults: number
  readonly crashes: number
  /** Model calls that were made again because they were in flight. */
  readonly repeated: number
  readonly effects: number
  /** Second effects by what was still on its way when another looked. */
  readonly belated: number
  readonly workflows: number
  readonly steps: number
  readonly virtualSeconds: number
  readonly violations: readonly Violation[]
  readonly coverage: Coverage
}

export const commandsMin = 50
export const faultsMin = 3

/** The others come with the calm: what is open then is brought to its end. */
const commandsInTrouble = 38

const machinesMax = 3
/** Few seeds have a long run: most faults meet within a short one, and many short ones meet more. */
const longShare = 0.02
const longMs = 60_000
const troubleMsMax = 900_000
/** After the faults everything must come to rest in this time. */
const restMsMax = 400_000
const roundsMax = 25
const stepsMax = 60_000

/**
 * One run of several coordinators and people on one log, with everything that can go wrong, decided by the seed
 * alone. First comes trouble, then calm: by its end all work is over.
 */
export async function simulate(seed: number, plant: Plant | null = null): Promise<Simulated> {
  const stage = stageOf(seed, plant)
  const show = new Show(stage)
  await show.play()
  const { disk, laws, faults, world, coverage } = stage
  laws.coverEnds()
  return {
    seed,
    digest: disk.digest,
    events: disk.events.length,
    commands: laws.commands,
    faults: faults.count,
    crashes: show.crashes,
    repeated: laws.calls.repeated,
    effects: laws.calls.effects,
    belated: laws.calls.belated,
    workflows: show.observer.workflows().length,
    steps: world.steps,
    virtualSeconds: Math.round((world.nowMs - startMs) / 1_000),
    violations: laws.violations,
    coverage,
  }
}

class Show {
  readonly #stage: Stage
  readonly #machines: Machine[]
  readonly #people: People
  readonly observer: Observer
  readonly #projector: Projector
  readonly #views = memoryProjectionStore()
  crashes = 0

  constructor(stage: Stage) {
    this.#stage = stage
    const count = 1 + stage.world.chance.under(machinesMax)
    this.#machines = Array.from({ length: count }, (_, index) => new Machine(stage, `m${index + 1}`))
    this.#people = new People(stage)
    this.observer = new Observer(stage.disk)
    this.#projector = this.#newProjector()
  }

  async play(): Promise<void> {
    for (const machine of this.#machines) machine.start()
    this.#people.act()
    await this.#trouble()
    await this.#calm()
    if (this.#stage.laws.violations.length > 0) return
    await this.#finish()
  }

  get #broken(): boolean {
    return this.#stage.laws.violations.length > 0
  }

  async #trouble(): Promise<void> {
    const { world, faults, laws } = this.#stage
    const enoughMs = world.chance.happens(longShare) ? longMs : 0
    this.#again(2_500, () => this.#people.act())
    this.#again(6_000, () => this.#disturb())
    await world.run(() => {
      const elapsedMs = world.nowMs - startMs
      const did = laws.commands >= commandsInTrouble && faults.count >= faultsMin
      return this.#broken || (did && elapsedMs > enoughMs) || elapsedMs > troubleMsMax
    })
    faults.calm = true
    this.#stage.brain.tired = true
  }

  /** Every `ms`, more or less, as long as there is trouble. */
  #again(ms: number, act: () => void): void {
    const { world, faults } = this.#stage
    world.after(null, world.chance.between(ms * 0.2, ms * 1.8), () => {
      if (faults.calm) return
      act()
      this.#again(ms, act)
    })
  }

  #disturb(): void {
    const { chance } = this.#stage.world
    const machine = chance.pick(this.#machines)
    const what = chance.happens(0.5) ? this.#stage.weather.disturbs : chance.pick(disturbances)
    note(this.#stage.coverage.pairs, `machine × ${what}`)
    switch (what) {
      case 'stopped':
        machine.stop()
        break
      case 'frozen':
        machine.process?.freeze(chance.between(leaseMs, leaseMs * 3))
        break
      case 'people crash':
        this.#people.crash()
        break
      case 'crash':
        this.crashes += 1
        machine.crash()
    }
  }

  async #calm(): Promise<void> {
    const { laws } = this.#stage
    for (let round = 0; round < roundsMax; round += 1) {
      const why = await this.#rest()
      if (this.#broken) return
      if (why !== null) return laws.breaks('work_ends_or_waits_with_reason', why)
      if (!this.observer.isOver || round === 0) this.#people.clearUp()
      else if (laws.commands < commandsMin) this.#people.begin()
      else return
    }
    const why = await this.#rest()
    if (this.#broken) return
    const open = this.observer
      .workflows()
      .find(({ workflow }) => ['running', 'paused'].includes(workflow.status))
    if (why === null && open === undefined) return
    laws.breaks(
      'work_ends_or_waits_with_reason',
      `workflow ${open?.id} does not end, whatever a person decides: ${open?.workflow.reason}`,
    )
  }

  /** Waits until nothing moves any more; why something still does when that takes too long. */
  async #rest(): Promise<string | null> {
    const { world } = this.#stage
    const untilMs = world.nowMs + restMsMax
    const stepsUntil = world.steps + stepsMax
    for (;;) {
      let looked = false
      world.after(null, 500, () => {
        looked = true
      })
      await world.run(() => looked || this.#broken)
      if (this.#broken) return null
      const why = this.#whyNoRest()
      if (why === null) return null
      if (world.nowMs > untilMs || world.steps > stepsUntil) return why
    }
  }

  #whyNoRest(): string | null {
    const { nowMs } = this.#stage.world
    if (this.#people.isBusy) return 'people are busy'
    if (this.#machines.some(({ process }) => (process?.frozenUntilMs ?? 0) > nowMs))
      return 'a machine stands still'
    return this.observer.restless()
  }

  async #finish(): Promise<void> {
    const { world, disk } = this.#stage
    const living = this.#machines.flatMap(({ process, project }) =>
      process?.alive && project ? { process, project } : [],
    )
    const caughtUp = new Set<Project>()
    for (const { project } of living) project.work.refresh().then(() => caughtUp.add(project))
    // One that was told to end may do so meanwhile, and begin again as another.
    await world.run(() => living.every(({ process, project }) => caughtUp.has(project) || !process.alive))
    const current = [...caughtUp].filter(({ reading }) => reading.position === disk.last)
    await judge(this.#stage, current)
    await this.#checkProjections()
  }

  #newProjector(): Projector {
    const { disk, plant } = this.#stage
    const store = new DiskStore(disk)
    return new Projector({ store: plant?.projecting?.(store) ?? store, projections, views: this.#views })
  }

  async #checkProjections(): Promise<void> {
    const { laws, seed, disk, plant } = this.#stage
    if (seed % projectionsEvery !== 0 && plant === null) return
    await this.#projector.catchUp()
    const whole = new Projector({
      store: new DiskStore(disk),
      projections,
      views: this.#views,
    })
    const [difference] = await whole.check()
    if (difference !== undefined)
      laws.breaks('projections_are_rebuild', `projections: ${JSON.stringify(difference).slice(0, 300)}`)
  }
}

/** Folding every projection twice takes longer than everything else: not every seed does it. */
const projectionsEvery = 8
