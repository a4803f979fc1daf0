import { onTestFinished } from 'vitest'
import type { AgentDefinition } from '../../src/agents/events.ts'
import { patternsPolicy } from '../../src/handoffs/routing/policy.ts'
import type { Clock } from '../../src/kernel/clock.ts'
import type { RecordedEvent } from '../../src/kernel/event.ts'
import type { ModelAnswer, ModelRequest } from '../../src/models/port.ts'
import { rehearsalModel } from '../../src/models/rehearsal.ts'
import { events as catalogue } from '../../src/runtime/catalogue.ts'
import { type Project, projectOn } from '../../src/runtime/project.ts'
import { startWorkflow } from '../../src/runtime/start-workflow.ts'
import type { Timers } from '../../src/runtime/timers.ts'
import type { ModelFor, ToolsFor } from '../../src/runtime/work-on.ts'
import { Worker } from '../../src/runtime/worker.ts'
import { defaultLimits } from '../../src/runtime/workflow-defaults.ts'
import { Codec } from '../../src/store/codec.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import type { EventStore } from '../../src/store/port.ts'
import type { WorkflowLimits } from '../../src/workflows/events.ts'
import { eventId, person, registered } from '../projections/events.ts'
import { proveAll } from '../proved.ts'

export type Script = (request: ModelRequest) => Pick<ModelAnswer, 'content' | 'stopReason'>

/** What each agent answers, by its name; an answer is given by how often the agent has spoken. */
export type Scripts = Readonly<Record<string, Script>>

export const say = (text: string): ReturnType<Script> => ({
  content: [{ type: 'text', text }],
  stopReason: 'end_turn',
})
export const done = say('**Work Done**: all.\n**Collaboration Needs**: None')
export const use = (name: string, ...inputs: Record<string, unknown>[]): ReturnType<Script> => ({
  content: inputs.map((input, index) => ({ type: 'tool_use', id: `t${index}`, name, input })),
  stopReason: 'tool_use',
})
/** The answers one after the other; the last one again and again. */
export const inTurn = (...answers: ReturnType<Script>[]): Script => {
  return ({ messages }) => {
    const turn = messages.filter(({ role }) => role === 'assistant').length
    return answers[Math.min(turn, answers.length - 1)]!
  }
}

export interface Stage {
  readonly project: Project
  readonly workflow: string
  /** Works until nothing more can be done. */
  drain(): Promise<void>
  /** Works until `signal` aborts. */
  serve(signal: AbortSignal): Promise<void>
  events(): Promise<RecordedEvent[]>
  readonly problems: Error[]
}

/** Ids of events are unique, also among the logs of one process. */
let definitions = 1

/** A workflow over a log in memory, with a worker and scripted agents. */
export async function stage(
  scripts: Scripts,
  given: {
    limits?: Partial<WorkflowLimits>
    modelFor?: ModelFor
    definitions?: Record<string, Partial<AgentDefinition>>
    clock?: Clock
    timers?: Timers
    tools?: ToolsFor
    concurrency?: number
    /** Microtasks between an append and its acknowledgement. */
    ticks?: number
  } = {},
): Promise<Stage> {
  const clock = given.clock ?? { now: () => Date.now() }
  const store = new BoundedStore({ codec: new Codec(catalogue), clock }, given.ticks ?? 0)
  const names = Object.keys(scripts)
  const first = definitions
  definitions += names.length
  for (const [index, name] of names.entries()) {
    const data = registered(name, given.definitions?.[name])
    const event = {
      id: eventId(first + index),
      type: 'AgentRegistered',
      version: 1,
      data,
      meta: { actor: person },
    }
    await store.append(`agent-${name}`, [event], { expected: 'no_stream' })
  }
  const project = projectOn({
    store,
    clock,
    policy: patternsPolicy,
    ...(given.timers === undefined ? {} : { timers: given.timers }),
  })
  onTestFinished(() => proveAll(project))
  const problems: Error[] = []
  const modelFor: ModelFor = (agent) => ({ model: rehearsalModel(scripts[agent.name]!), name: 'scripted' })
  const workflow = await startWorkflow(project, {
    goal: 'A habit tracker.',
    roster: names.map((agent, index) => ({ agent, event: eventId(first + index) })),
    entry: names[0]!,
    by: person,
    limits: { ...defaultLimits, ...given.limits },
    model: 'scripted',
    rehearsal: true,
  })
  const worker = () =>
    new Worker({
      project,
      modelFor: given.modelFor ?? modelFor,
      ...(given.tools === undefined ? {} : { toolsFor: given.tools }),
      onProblem: (problem) => void problems.push(problem),
      ...(given.concurrency === undefined ? {} : { concurrency: given.concurrency }),
    })
  return {
    project,
    workflow,
    problems,
    drain: () => worker().drain(AbortSignal.timeout(8_000)),
    serve: (signal) => worker().serve(signal),
    events: () => Array.fromAsync(store.readAll()),
  }
}

/** Work that goes in circles fails at once, instead of keeping the process from everything else. */
class BoundedStore extends MemoryStore {
  readonly #ticks: number
  #appends = 0

  constructor(options: ConstructorParameters<typeof MemoryStore>[0], ticks: number) {
    super(options)
    this.#ticks = ticks
  }

  override async append(...[stream, events, options]: Parameters<EventStore['append']>) {
    this.#appends += 1
    if (this.#appends > 500) throw new Error(`more than 500 appends, the last to ${stream}`)
    const appended = await super.append(stream, events, options)
    for (let tick = 0; tick < this.#ticks; tick += 1) await undefined
    return appended
  }
}
