import type { AgentDefinition } from '../../src/agents/events.ts'
import { patternsPolicy } from '../../src/handoffs/routing/policy.ts'
import type { Actor, RecordedEvent } from '../../src/kernel/event.ts'
import { events as catalogue } from '../../src/runtime/catalogue.ts'
import { handOver } from '../../src/runtime/hand-over.ts'
import { type Project, projectOn } from '../../src/runtime/project.ts'
import { startWorkflow } from '../../src/runtime/start-workflow.ts'
import { defaultLimits } from '../../src/runtime/workflow-defaults.ts'
import { Codec } from '../../src/store/codec.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import type { WorkflowLimits } from '../../src/workflows/events.ts'
import { eventId, person, registered } from '../projections/events.ts'

/** A workflow of agents that live elsewhere, over a log in memory; time goes only when it is told to. */
export interface InboxGiven {
  readonly project: Project
  readonly workflow: string
  /** Moves the clock on. */
  pass(ms: number): void
  /** Another process on the same log. */
  other(worker: string): Project
  /** Hands over within the workflow; a person does when `from` is absent. */
  hand(given: {
    need: string
    to?: string
    from?: string
    parent?: string
    context?: string
  }): Promise<string>
  events(): Promise<RecordedEvent[]>
}

export const lead: Actor = { kind: 'agent', id: 'lead' }
export const tester: Actor = { kind: 'agent', id: 'tester' }

/** Ids of events are unique, also among the logs of one process. */
let definitions = 100

export async function inboxGiven(
  agents: Readonly<Record<string, Partial<AgentDefinition>>>,
  limits: Partial<WorkflowLimits> = {},
): Promise<InboxGiven> {
  let now = Date.UTC(2026, 2, 1, 10)
  const clock = { now: () => now }
  const store = new MemoryStore({ codec: new Codec(catalogue), clock })
  const names = Object.keys(agents)
  const first = definitions
  definitions += names.length
  for (const [index, name] of names.entries()) {
    const data = registered(name, agents[name])
    const event = {
      id: eventId(first + index),
      type: 'AgentRegistered',
      version: 1,
      data,
      meta: { actor: person },
    }
    await store.append(`agent-${name}`, [event], { expected: 'no_stream' })
  }
  const other = (worker: string) => projectOn({ store, clock, policy: patternsPolicy, worker })
  const project = other('here')
  const workflow = await startWorkflow(project, {
    goal: 'A habit tracker.',
    roster: names.map((agent, index) => ({ agent, event: eventId(first + index), external: true as const })),
    entry: null,
    by: person,
    limits: { ...defaultLimits, ...limits },
    model: 'claude-test',
    rehearsal: false,
  })
  return {
    project,
    workflow,
    other,
    pass: (ms) => {
      now += ms
    },
    async hand({ need, to, from, parent, context = '' }) {
      const sender: Actor = from === undefined ? person : { kind: 'agent', id: from }
      const reply = await handOver(project, {
        from: sender,
        workflow,
        need,
        to: to ?? null,
        context,
        provides: [],
        mode: 'delegate',
        key: `${need} ${to} ${parent}`,
        meta: { actor: sender, correlation: workflow },
        ...(parent === undefined ? {} : { parent }),
      })
      if (reply.status === 'refused') throw new Error(reply.reason)
      return reply.handoff
    },
    events: () => Array.fromAsync(store.readAll()),
  }
}
