import { lineOrigins } from '../../../projections/line-origins.ts'
import { renderDocument } from '../../../src/memory/document.ts'
import type { Reading } from '../../../src/runtime/memory/blame-document.ts'
import type { Project } from '../../../src/runtime/project.ts'
import { memoryProjectionStore } from '../../../src/runtime/projection-store.ts'
import { Projector } from '../../../src/runtime/projector.ts'
import { startWorkflow } from '../../../src/runtime/start-workflow.ts'
import { defaultLimits } from '../../../src/runtime/workflow-defaults.ts'
import { person } from '../../projections/events.ts'
import { done, inTurn, type Script, type Stage, stage, use } from '../../runtime/worker-stage.ts'

/** What questions about the past are asked of. */
export function readingOf(project: Project): Reading {
  const views = memoryProjectionStore()
  return { project, projector: new Projector({ store: project.store, projections: [lineOrigins], views }) }
}

/** Somebody who writes these lines into its own section, and then hands on to the next. */
export interface Writer {
  readonly name: string
  readonly lines: readonly string[]
}

/** Agents that worked, with the log they left. */
export interface Worked extends Stage {
  sessionOf(name: string): string
  /** Lets one more agent work, after whatever happened meanwhile. */
  goOn(name: string): Promise<void>
}

/**
 * Agents that work one after the other, each in a session of its own; each is given what stands then. Those of
 * `later` work only when told.
 */
export async function workedInTurn(
  writers: readonly Writer[],
  later: readonly Writer[] = [],
): Promise<Worked> {
  const all = [...writers, ...later]
  const scripts = all.map((writer, index) => [
    writer.name,
    scriptOf(writer, index < writers.length ? writers[index + 1] : undefined),
  ])
  const definitions = all.map(({ name }) => {
    const claims = [{ document: 'insights', heading: headingOf(name) }]
    return [name, { claims }] as const
  })
  const staged = await stage(Object.fromEntries(scripts), { definitions: Object.fromEntries(definitions) })
  await staged.drain()
  const sessions = new Map<string, string>()
  const look = async () => {
    for (const { type, stream, data } of await staged.events())
      if (type === 'SessionStarted')
        sessions.set((data as { agent: string }).agent, stream.slice('session-'.length))
  }
  await look()
  return {
    ...staged,
    sessionOf(name) {
      const found = sessions.get(name)
      if (found === undefined) throw new Error(`${name} had no session: ${staged.problems.join('; ')}`)
      return found
    },
    async goOn(name) {
      const definition = (await staged.events()).find(({ stream }) => stream === `agent-${name}`)!
      const roster = [{ agent: name, event: definition.id }]
      const about = { goal: 'More.', entry: name, by: person, limits: defaultLimits }
      await startWorkflow(staged.project, { ...about, roster, model: 'scripted', rehearsal: true })
      await staged.drain()
      await look()
    },
  }
}

function scriptOf({ name, lines }: Writer, next: Writer | undefined): Script {
  const heading = headingOf(name)
  const text = `## ${heading}\n\n${lines.map((line) => `${line}\n`).join('')}`
  const write = { command: 'write_section', document: 'insights.md', heading, text }
  const on = next === undefined ? [] : [use('hand_off', { need: `Go on after ${name}.`, to: next.name })]
  return inTurn(...(lines.length === 0 ? [] : [use('memory', write)]), ...on, done)
}

export function headingOf(name: string): string {
  return `Notes of ${name}`
}

export async function insightsOf(project: Project): Promise<string> {
  await project.view.refresh()
  return renderDocument(project.view.document('insights')!)
}
