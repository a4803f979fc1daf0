import type { Because, Candidate } from '../handoffs/events.ts'
import type { Project } from './project.ts'

/** Evidence with who recorded it, and when. */
export type DatedBecause = Because & { by?: string | undefined; at?: string | undefined }

export type DatedCandidate = Omit<Candidate, 'because'> & { because: DatedBecause[] }

type Recorded = { readonly by: string; readonly at: string }

/**
 * Candidates with who recorded each piece of evidence, and when. Evidence in sections is always known; that in agent
 * files only where the store finds events by their ids.
 */
export async function dated(
  { store, view }: Pick<Project, 'store' | 'view'>,
  candidates: readonly Candidate[],
): Promise<DatedCandidate[]> {
  const known = new Map<string, Recorded>()
  for (const { sections } of view.documents()) {
    for (const { event, by, at } of sections) known.set(event, { by: `${by.kind}:${by.id}`, at })
  }
  const events = new Set(candidates.flatMap(({ because }) => because.flatMap(({ event }) => event ?? [])))
  for (const id of events) {
    if (known.has(id) || store.find === undefined) continue
    const event = await store.find(id)
    if (event === undefined) continue
    const { actor, recordedAt: at } = event.meta
    known.set(id, { by: `${actor.kind}:${actor.id}`, at })
  }
  return candidates.map((candidate) => ({
    ...candidate,
    because: candidate.because.map((one) => ({ ...one, ...known.get(one.event ?? '') })),
  }))
}
