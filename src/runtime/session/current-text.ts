import { type Document, type DocumentSection, findSection } from '../../memory/document.ts'
import type { EditIntent } from '../../memory/edit.ts'
import type { Refusal } from '../../memory/refusal.ts'
import type { MemoryReply } from '../../tools/memory-tool.ts'
import type { Finding } from '../../tools/port.ts'
import type { Outcome } from '../streams.ts'
import { isOwn, knownSection } from './known-sections.ts'
import type { SessionRun } from './session-run.ts'

type Run = Omit<SessionRun, 'tools'>

/** By section id: the event of the text that the session knows; null where it knows none. */
export type KnownEvents = ReadonlyMap<string, string | null>

/** What the session knows of its own sections of a document, before it edits them. */
export async function knownEvents(run: Run, document: string): Promise<KnownEvents> {
  const state = run.project.view.document(document)
  const own = state?.sections.filter((section) => isOwn(run, state, section)) ?? []
  const known = own.map(
    async ({ section }) => [section, (await knownSection(run, document, section))?.event ?? null] as const,
  )
  return new Map(await Promise.all(known))
}

export interface Edited {
  readonly outcome: Outcome<Document>
  readonly document: string
  readonly intent: EditIntent
  readonly before: KnownEvents
}

/**
 * Adds the text that stands now to what an agent is told, where it has not seen what its edit met: the edit was
 * stale, or others' changes are merged with it. Being told is reading, and goes on record as such.
 */
export async function withCurrentText(run: Run, reply: MemoryReply, edited: Edited): Promise<MemoryReply> {
  const { outcome, document } = edited
  const sections = outcome.kind === 'rejected' ? staleOnes(outcome) : await merged(run, edited, outcome)
  if (sections.length === 0) return reply
  const texts = sections.map(({ heading, text }) => `${nowReads(heading, document)}\n\n${text.trimEnd()}`)
  const read = sections.map(
    ({ section, event }): Finding => ({ type: 'SectionRead', data: { document, section, event } }),
  )
  return {
    ...reply,
    message: [reply.message, ...texts].join('\n\n'),
    findings: [...reply.findings, ...read],
  }
}

function nowReads(heading: string, document: string): string {
  return `"${heading}" of ${document}.md reads now:`
}

function staleOnes({
  state,
  rejection,
}: Extract<Outcome<Document>, { kind: 'rejected' }>): DocumentSection[] {
  const all = (rejection.refusals as readonly Refusal[] | undefined) ?? [rejection as Refusal]
  const stale = new Set(all.flatMap(({ code, section }) => (code === 'stale' ? [section] : [])))
  return state.sections.filter(({ section }) => stale.has(section))
}

async function merged(
  run: Run,
  { document, intent, before }: Edited,
  { state, events }: Extract<Outcome<Document>, { kind: 'accepted' }>,
): Promise<DocumentSection[]> {
  const first = events[0]?.revision
  const states = await run.project.history.recent(document)
  const met = first === undefined ? state : states.find((past) => past.state.revision === first - 1)?.state
  const meant = intent.kind === 'section' ? findSection(state, intent.section)?.section : undefined
  return state.sections.filter((section) => {
    if (intent.kind === 'section' && section.section !== meant) return false
    const there = met?.sections.find((one) => one.section === section.section)
    return (
      there !== undefined &&
      isOwn(run, state, section) &&
      there.event !== (before.get(section.section) ?? null)
    )
  })
}
