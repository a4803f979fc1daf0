import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { AgentDefinition } from '../../src/agents/events.ts'
import { patternsPolicy } from '../../src/handoffs/routing/policy.ts'
import type { RecordedEvent } from '../../src/kernel/event.ts'
import type { ModelRequest } from '../../src/models/port.ts'
import { rehearsalModel } from '../../src/models/rehearsal.ts'
import { events as catalogue } from '../../src/runtime/catalogue.ts'
import { DocumentFolder } from '../../src/runtime/document-folder.ts'
import { type Project, projectOn } from '../../src/runtime/project.ts'
import { type ConfigFile, resolveSettings } from '../../src/runtime/settings.ts'
import { startWorkflow } from '../../src/runtime/start-workflow.ts'
import * as targets from '../../src/runtime/targets.ts'
import { Worker } from '../../src/runtime/worker.ts'
import { defaultLimits } from '../../src/runtime/workflow-defaults.ts'
import { workplaceOf } from '../../src/runtime/workplace.ts'
import { Codec } from '../../src/store/codec.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import type { EventStore } from '../../src/store/port.ts'
import { eventId, person, registered } from '../projections/events.ts'
import { proveAll } from '../proved.ts'
import type { Script } from './worker-stage.ts'

export const insights = `# Insights

## Backend Work

Last words of the backend.

## Design Work

Last words of the design.
`

/** Two agents with a section each; the first one is scripted and works. */
export const claims = {
  'backend-architect': { document: 'insights', heading: 'Backend Work' },
  'ui-designer': { document: 'insights', heading: 'Design Work' },
} as const

export interface ToolStage {
  /** The workspace. */
  readonly root: string
  /** Where insights.md is rendered. */
  readonly memory: string
  readonly project: Project
  readonly requests: ModelRequest[]
  readonly notices: string[]
  /** Works until nothing more can be done. */
  drain(): Promise<void>
  /** The process dies at an append: with it (`before`), or when it is durable (`after`). */
  dieAt(type: string, moment: 'before' | 'after'): Promise<void>
  /** Another process, later, when nobody holds anything any more. */
  reborn(): ToolStage
  events(): Promise<RecordedEvent[]>
  /** Data of the events of one type. */
  data(type: string): Promise<Record<string, unknown>[]>
  /** The document as the log has it. */
  document(): Promise<string>
}

export interface StageOptions {
  readonly tools?: string[] | null
  readonly config?: Partial<ConfigFile>
  readonly definition?: Partial<AgentDefinition>
  /** A workspace folder for the memory; `.superagent/memory` when absent. */
  readonly memory?: string
  readonly rehearsal?: boolean
  /** More that the second agent claims. */
  readonly others?: AgentDefinition['claims']
}

/** A workspace with rendered documents, a log in memory, and an agent that uses its tools as it is told. */
export async function toolStage(script: Script, options: StageOptions = {}): Promise<ToolStage> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'daybook-session-')))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  const memory = join(root, options.memory ?? '.superagent/memory')
  await mkdir(memory, { recursive: true })
  const store = new MemoryStore({ codec: new Codec(catalogue), clock: { now: () => Date.now() } })
  await registerAgents(store, options)
  const built = build({ store, script, root, memory, options, later: 0 })
  onTestFinished(() => proveAll(built.project))
  const meta = { actor: person }
  const text = insights
  const all = Object.entries(claims).map(([agent, { heading }]) => ({ agent, heading }))
  await built.project.streams.execute(
    targets.document('insights'),
    {
      type: 'ImportDocument',
      document: 'insights',
      text,
      claims: all,
      idBase: 'first',
      source: 'test',
    } as never,
    meta,
  )
  await built.project.rendering.sync(['insights'])
  await startWorkflow(built.project, {
    goal: 'A habit tracker.',
    roster: Object.keys(claims).map((agent, index) => ({ agent, event: eventId(index + 1) })),
    entry: 'backend-architect',
    by: person,
    limits: { ...defaultLimits, wallTimePerSessionMs: 7 * 24 * 3_600_000 },
    model: 'scripted',
    rehearsal: options.rehearsal === true,
  })
  return built
}

async function registerAgents(
  store: EventStore,
  { tools = null, definition, others = [] }: StageOptions,
): Promise<void> {
  for (const [index, [name, claim]] of Object.entries(claims).entries()) {
    const given = index === 0 ? { claims: [claim], ...definition } : { claims: [claim, ...others] }
    const data = registered(name, { tools, ...given })
    const event = {
      id: eventId(index + 1),
      type: 'AgentRegistered',
      version: 1,
      data,
      meta: { actor: person },
    }
    await store.append(`agent-${name}`, [event], { expected: 'no_stream' })
  }
}

interface Building {
  readonly store: EventStore
  readonly script: Script
  readonly root: string
  readonly memory: string
  readonly options: StageOptions
  /** Hours after the first process. */
  readonly later: number
}

function build(building: Building): ToolStage {
  const { store, script, root, memory, options, later } = building
  const clock = { now: () => Date.now() + later * 3_600_000 }
  const fate: Fate = { dead: false, at: null }
  const requests: ModelRequest[] = []
  const notices: string[] = []
  const settings = {
    ...resolveSettings({ workspace: root, memory, dir: join(root, '.daybook') }, {}, root),
    config: options.config ?? {},
    allowBash: options.config?.allowBash === true,
  }
  const project = projectOn({
    store: mortal(store, fate),
    clock,
    policy: patternsPolicy,
    worker: `worker-${later}`,
    workplace: workplaceOf(settings, { ...process.env, ANTHROPIC_API_KEY: 'secret' }),
    rendering: ({ streams, view, history }) =>
      new DocumentFolder({
        folder: memory,
        bases: join(root, '.daybook/rendered'),
        streams,
        view,
        history,
        clock,
        onNotice: (notice) => void notices.push(notice),
      }),
  })
  const model = rehearsalModel((request) => {
    requests.push(request)
    return script(request)
  })
  const modelFor = () => ({ model, name: 'scripted' })
  const drain = () => new Worker({ project, modelFor }).drain(AbortSignal.timeout(9_000))
  const events = () => Array.fromAsync(store.readAll())
  return {
    root,
    memory,
    project,
    requests,
    notices,
    drain,
    events,
    async dieAt(type, moment) {
      fate.at = { type, moment }
      await drain().catch((error: Error) => {
        if (error.message !== killed) throw error
      })
      if (!fate.dead) throw new Error(`nobody appended ${type}`)
    },
    reborn: () => build({ ...building, later: later + 2 }),
    data: async (type) =>
      (await events())
        .filter((event) => event.type === type)
        .map((event) => event.data as Record<string, unknown>),
    async document() {
      await project.view.refresh()
      const state = project.view.document('insights')
      return (state?.preamble ?? '') + (state?.sections ?? []).map((one) => one.separator + one.text).join('')
    },
  }
}

interface Fate {
  dead: boolean
  at: { readonly type: string; readonly moment: 'before' | 'after' } | null
}

const killed = 'killed'

/** A store whose process is killed at one append: nothing more is appended from then on. */
function mortal(store: EventStore, fate: Fate): EventStore {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (name !== 'append') return typeof value === 'function' ? value.bind(target) : value
      return async (...args: Parameters<EventStore['append']>) => {
        if (fate.dead) throw new Error(killed)
        const isIt = args[1].some((event) => event.type === fate.at?.type)
        if (!isIt) return target.append(...args)
        fate.dead = true
        if (fate.at?.moment === 'after') await target.append(...args)
        throw new Error(killed)
      }
    },
  })
}
