import type { Actor } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import type { Project } from './project.ts'

export interface RefusedRequest {
  readonly by: Actor
  /** What was asked for, for example `write insights/system-architecture`. */
  readonly what: string
  readonly code: string
  readonly reason: string
  readonly rehearsal: boolean
}

/** Puts a refusal that belongs to no session on record. Nothing else changes. */
export async function recordRefusal(project: Project, refused: RefusedRequest): Promise<void> {
  const { by, what, code, reason, rehearsal } = refused
  const data = { what: what.slice(0, 200), code, reason: reason.slice(0, limits.reasonCharsMax) }
  const meta = rehearsal ? { actor: by, rehearsal: true as const } : { actor: by }
  const event = { id: project.ids.next(), type: 'RequestRefused', version: 1, data, meta }
  await project.store.append('audit', [event], { expected: 'any' })
}
