import type { HandoffCommand } from '../../src/handoffs/commands.ts'
import { isSettled } from '../../src/handoffs/handoff.ts'
import { DaybookError } from '../../src/kernel/errors.ts'
import type { EditDocument } from '../../src/memory/decider.ts'
import { claimsOn } from '../../src/runtime/claims.ts'
import { commandWorkflow } from '../../src/runtime/command-workflow.ts'
import { contentId } from '../../src/runtime/digest.ts'
import { type ForkRequest, forkWorkflow } from '../../src/runtime/fork-workflow.ts'
import { now, type Project } from '../../src/runtime/project.ts'
import { startWorkflow } from '../../src/runtime/start-workflow.ts'
import * as targets from '../../src/runtime/targets.ts'
import type { WorkflowWork } from '../../src/runtime/workflow-work.ts'
import type { SessionCommand } from '../../src/sessions/commands.ts'
import type { WorkflowCommand } from '../../src/workflows/decider.ts'
import type { WorkflowLimits } from '../../src/workflows/events.ts'
import { openProject } from './coordinator.ts'
import { approve, sayToHandoff, settle, supplyOf } from './settle.ts'
import { SimProcess } from './sim-process.ts'
import { type Stage, somebody } from './stage.ts'
import { agentNames } from './team.ts'

const by = somebody
const workflowsMax = 2
/** So that they are reached. */
const tightLimits: WorkflowLimits = {
  depthMax: 2,
  handoffsMax: 5,
  turnsPerSessionMax: 6,
  tokensMax: 1_000_000,
  costUsdMax: 0.3,
  wallTimePerSessionMs: 3_600_000,
}
const forksMax = 2

/**
 * People at the command line. Each thing they do may fail half-way or die with its process; they see the error
 * and go on, or say the same again.
 */
export class People {
  readonly #stage: Stage
  #started = 0
  #workflows = 0
  #forks: ForkRequest[] = []
  #project: Project | null = null
  #process: SimProcess | null = null
  #busy = false
  acts = 0

  constructor(stage: Stage) {
    this.#stage = stage
  }

  /** Does one thing by chance, unless the one before is not over. */
  act(): void {
    this.#carryOut((project) => this.#anything(project))
  }

  /** Begins something new. */
  begin(): void {
    this.#carryOut((project) => this.#begin(project))
  }

  /** Decides everything that waits for a person, in favour of going on or of giving up. */
  clearUp(): void {
    this.#carryOut(async (project) => {
      await project.work.refresh()
      for (const work of [...project.work.open()]) await settle(this.#stage, project, work)
      for (const request of this.#forks.splice(0)) await forkWorkflow(project, request)
    })
  }

  get isBusy(): boolean {
    return this.#busy
  }

  crash(): void {
    this.#process?.crash()
  }

  #carryOut(act: (project: Project) => Promise<void>): void {
    if (this.#busy) return
    this.#busy = true
    this.acts += 1
    const process = this.#alive()
    act(this.#project!)
      .catch((error: unknown) => {
        if (!(error instanceof DaybookError))
          this.#stage.laws.breaks('no_fault_of_ours', `people: ${(error as Error).stack}`)
      })
      .finally(() => {
        if (this.#process === process) this.#busy = false
      })
  }

  #alive(): SimProcess {
    if (this.#process?.alive) return this.#process
    this.#started += 1
    const { world, faults } = this.#stage
    const process = new SimProcess({
      name: `people.${this.#started}`,
      world,
      faults,
      onDeath: () => {
        this.#busy = false
      },
    })
    this.#process = process
    this.#project = openProject(this.#stage, process)
    return process
  }

  async #anything(project: Project): Promise<void> {
    const { chance } = this.#stage.world
    await project.work.refresh()
    const works = [...project.work.workflows()]
    const running = works.filter(({ workflow }) => ['running', 'paused'].includes(workflow.status))
    if (works.length === 0 || (running.length === 0 && this.#workflows < workflowsMax * 6))
      return this.#begin(project)
    const work = chance.pick(running.length > 0 && chance.happens(0.9) ? running : works)
    const what = chance.under(20)
    if (what < 2 && this.#workflows < workflowsMax) return this.#begin(project)
    if (what < 6) return this.#steer(project, work)
    if (what < 10) return this.#touchSession(project, work)
    if (what < 13) return this.#touchHandoff(project, work)
    if (what < 16) return this.#edit(project)
    if (what < 17) return this.#fork(project, work)
    return settle(this.#stage, project, work)
  }

  /** With an id of its own: the same goal said twice is one workflow. */
  async #begin(project: Project): Promise<void> {
    const { chance } = this.#stage.world
    const again = this.#workflows > 0 && chance.happens(0.2)
    if (!again) this.#workflows += 1
    const entry = chance.pick(['planner', 'planner', 'writer', 'builder', null])
    const request = {
      id: `w${this.#workflows}`,
      goal: `Goal ${this.#workflows}: make the part and check it`,
      roster: this.#stage.roster,
      entry,
      by,
      limits: tightLimits,
      model: 'simulated',
      rehearsal: false,
    }
    await startWorkflow(project, request)
  }

  async #steer(project: Project, work: WorkflowWork): Promise<void> {
    const { chance } = this.#stage.world
    const reason = 'A person said so.'
    const limits = work.workflow.limits ?? tightLimits
    const commands: WorkflowCommand[] = [
      { type: 'PauseWorkflow', by, reason },
      { type: 'PauseWorkflow', by, reason },
      { type: 'ResumeWorkflow', by, reason },
      { type: 'ResumeWorkflow', by, reason },
      { type: 'RaiseLimit', limit: 'cost', max: limits.costUsdMax + 0.2, by },
      { type: 'RaiseLimit', limit: 'turns', max: limits.turnsPerSessionMax + 3, by },
      { type: 'RaiseLimit', limit: 'handoffs', max: limits.handoffsMax + 2, by },
    ]
    const command: WorkflowCommand = chance.happens(0.06)
      ? { type: 'CancelWorkflow', by, reason }
      : chance.pick(commands)
    await commandWorkflow(project, { workflow: work.id, command, by })
  }

  async #touchSession(project: Project, work: WorkflowWork): Promise<void> {
    const { chance } = this.#stage.world
    const sessions = [...work.sessions.values()]
    if (sessions.length === 0) return
    const session = chance.pick(sessions)
    if (session.waitsFor === 'approval') return approve(this.#stage, project, session.id)
    const [unknown] = session.unknown
    const decision = chance.pick(['retry', 'skip', 'fail'] as const)
    const command: SessionCommand =
      unknown !== undefined
        ? { type: 'DecideOutcome', toolUse: unknown, decision, by }
        : chance.happens(0.06)
          ? { type: 'CancelSession', by, reason: 'A person said so.' }
          : { type: 'ResumeSession', reason: 'A person said so.' }
    await project.streams.execute(targets.session(session.id), command, { actor: by, correlation: work.id })
  }

  async #touchHandoff(project: Project, work: WorkflowWork): Promise<void> {
    const { chance } = this.#stage.world
    const wanted = [...work.handoffs].filter(
      ([, handoff]) => handoff.status === 'returned' || isSettled(handoff.status),
    )
    if (wanted.length === 0) return
    const [id, handoff] = chance.pick(wanted)
    const command: HandoffCommand =
      handoff.status === 'returned' && chance.happens(0.7)
        ? supplyOf(handoff.missing)
        : { type: 'RedriveHandoff', by, reason: 'Again.', ...(chance.happens(0.5) ? { to: 'planner' } : {}) }
    await sayToHandoff(project, work, { id, command })
  }

  async #edit(project: Project): Promise<void> {
    const { chance } = this.#stage.world
    await project.view.refresh()
    const document = project.view.document('insights')
    if (document === null) return
    const section = chance.pick(document.sections)
    const common = { document: 'insights', actor: by, via: 'cli' as const }
    const edit: EditDocument = {
      ...common,
      type: 'EditDocument',
      edit: {
        kind: 'section',
        section: section.section,
        text: `## ${section.heading}\n\nA person wrote ${chance.under(1_000)}, and left it open.\n`,
      },
      claims: claimsOn(project.view, 'insights'),
      template: null,
      at: now(project),
      idBase: contentId('section', project.ids.next()),
    }
    const owner = chance.pick([null, ...agentNames.slice(0, 3)])
    const command = chance.happens(0.8)
      ? edit
      : ({ ...common, type: 'AssignSection', section: section.section, owner } as const)
    await project.streams.execute(targets.document('insights'), command, { actor: by })
  }

  async #fork(project: Project, work: WorkflowWork): Promise<void> {
    const { chance } = this.#stage.world
    if (this.#forks.length >= forksMax || work.touched === null) return
    const own = this.#stage.disk.events.filter((event) => event.meta.correlation === work.id)
    const at = own.length === 0 ? work.touched : chance.pick(own).position
    const request = { parent: work.id, at, by, overrides: chance.happens(0.3) ? { model: 'other' } : {} }
    this.#forks.push(request)
    await forkWorkflow(project, request)
  }
}
