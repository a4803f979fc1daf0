import { LogView, viewAt } from './log-view.ts'
import type { Project } from './project.ts'
import { resolveWhen } from './when.ts'

/**
 * Agents and documents as they were at WHEN, or as they are now without one. Rejects as `resolveWhen` does for
 * what is no moment, lies in the future, or is not in the log.
 */
export async function viewWhen(project: Project, when: string | undefined): Promise<LogView> {
  if (when === undefined) {
    await project.view.refresh()
    return project.view
  }
  const until = await resolveWhen(project, when)
  return until === null ? new LogView(project.store) : viewAt(project.store, until)
}
