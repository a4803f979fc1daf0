import type { Project } from '../../runtime/project.ts'
import { newRoutes } from '../context.ts'
import type { Gauge } from '../metrics.ts'

export function metricsRoutes() {
  const app = newRoutes()
  app.get('/metrics', async (c) => {
    const { project, projector } = c.var.daybook
    await project.work.refresh()
    const { events } = await projector.lag()
    const position = Number((await project.store.lastPosition()) ?? 0)
    const gauges: Gauge[] = [
      { name: 'daybook_log_position', help: 'Position of the last event.', value: position },
      { name: 'daybook_projection_lag_events', help: 'Events that are not folded yet.', value: events },
      {
        name: 'daybook_workflows',
        help: 'Workflows.',
        value: 0,
        labels: byStatus(workflowStatuses(project)),
      },
      { name: 'daybook_handoffs', help: 'Handoffs.', value: 0, labels: byStatus(handoffStatuses(project)) },
    ]
    return c.text(c.var.server.metrics.render(gauges), 200, {
      'Content-Type': 'text/plain; version=0.0.4; charset=utf-8',
    })
  })
  return app
}

function workflowStatuses({ work }: Project): string[] {
  return [...work.workflows()].map(({ workflow }) => workflow.status)
}

function handoffStatuses({ work }: Project): string[] {
  return [...work.workflows()].flatMap(({ handoffs }) => [...handoffs.values()].map(({ status }) => status))
}

function byStatus(statuses: readonly string[]): [string, number][] {
  const counts = new Map<string, number>()
  for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1)
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([status, n]) => [`{status="${status}"}`, n])
}
