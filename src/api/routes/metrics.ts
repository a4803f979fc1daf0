import { isSettled } from '../../handoffs/handoff.ts'
import type { Project } from '../../runtime/project.ts'
import { listWaiting } from '../../runtime/waiting.ts'
import { newRoutes } from '../context.ts'
import type { Measure } from '../metrics.ts'

export function metricsRoutes() {
  const app = newRoutes()
  app.get('/metrics', async (c) => {
    const { project, projector } = c.var.daybook
    await project.work.refresh()
    const { events } = await projector.lag()
    const position = Number((await project.store.lastPosition()) ?? 0)
    const measures: Measure[] = [
      gauge('daybook_log_position', 'Position of the last event.', [['', position]]),
      gauge(
        'daybook_projection_lag_events',
        'Events that a projection has not folded yet.',
        projector.names.map((projection) => [labels({ projection }), events]),
      ),
      ...workMeasures(project),
      gauge('daybook_append_queue', 'Appends of this process that wait to be written.', [
        ['', project.store.queued?.() ?? 0],
      ]),
      gauge('daybook_waiting_for_people', 'What goes on only when a person does something.', [
        ['', (await listWaiting(project)).length],
      ]),
      ...logMeasures(project),
    ]
    return c.text(c.var.server.metrics.render(measures), 200, {
      'Content-Type': 'text/plain; version=0.0.4; charset=utf-8',
    })
  })
  return app
}

function workMeasures({ work }: Project): Measure[] {
  const all = [...work.workflows()]
  const handoffs = all.flatMap((one) => [...one.handoffs.values()])
  const sessions = all.flatMap((one) => [...one.sessions.values()])
  const queued = handoffs.flatMap(({ status, to }) => (status === 'routed' && to !== null ? [to] : []))
  return [
    gauge(
      'daybook_workflows',
      'Workflows.',
      by(
        'status',
        all.map(({ workflow }) => workflow.status),
      ),
    ),
    gauge(
      'daybook_handoffs',
      'Handoffs.',
      by(
        'status',
        handoffs.map(({ status }) => status),
      ),
    ),
    gauge(
      'daybook_sessions',
      'Sessions.',
      by(
        'status',
        sessions.map(({ status }) => status),
      ),
    ),
    gauge('daybook_open_handoffs', 'Handoffs that are not over.', [
      ['', handoffs.filter(({ status }) => !isSettled(status)).length],
    ]),
    gauge('daybook_queued_handoffs', 'Handoffs that wait to be taken.', by('agent', queued)),
  ]
}

/** Of the whole log as this process reads it: each process counts all, so they are not to be added up. */
function logMeasures({ counts }: Project): Measure[] {
  const { events, failures, tokens, costUsd } = counts
  return [
    counter('daybook_events_total', 'Events appended, by whatever process.', labelled('type', events)),
    counter(
      'daybook_errors_total',
      'What went wrong on record, by what it went wrong with.',
      labelled('of', counts.errors),
    ),
    counter('daybook_model_calls_total', 'Model calls begun.', [['', events.get('ModelCalled') ?? 0]]),
    counter('daybook_model_failures_total', 'Model calls that failed.', labelled('kind', failures)),
    counter(
      'daybook_model_tokens_total',
      'Tokens of model calls.',
      labelled('kind', new Map(Object.entries(tokens))),
    ),
    counter('daybook_model_cost_usd_total', 'Cost of model calls in US dollars.', [['', costUsd]]),
  ]
}

type Samples = readonly (readonly [labels: string, value: number])[]

const gauge = (name: string, help: string, samples: Samples): Measure => ({
  name,
  type: 'gauge',
  help,
  samples,
})
const counter = (name: string, help: string, samples: Samples): Measure => ({
  name,
  type: 'counter',
  help,
  samples,
})

function by(label: string, values: readonly string[]): Samples {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return labelled(label, counts)
}

function labelled(label: string, counts: ReadonlyMap<string, number>): Samples {
  const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1))
  return sorted.map(([value, count]) => [labels({ [label]: value }), count] as const)
}

function labels(values: Readonly<Record<string, string>>): string {
  const escaped = (text: string) => text.replace(/[\\"\n]/gu, (char) => (char === '\n' ? '\\n' : `\\${char}`))
  return `{${Object.entries(values)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')}}`
}
