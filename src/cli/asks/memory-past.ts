import type { BlamedLine } from '../../../projections/line-origins.ts'
import { blameDocument } from '../../runtime/memory/blame-document.ts'
import { diffMemory } from '../../runtime/memory/diff-memory.ts'
import { type Influence, influenceOf } from '../../runtime/memory/influence.ts'
import { memoryLog } from '../../runtime/memory/memory-log.ts'
import { type Reader, readersOf } from '../../runtime/memory/readers.ts'
import { type MemoryHit, searchMemory } from '../../runtime/memory/search-memory.ts'
import { reportSections, type SectionReport } from '../../runtime/memory/section-report.ts'
import { type LineReason, whyLine } from '../../runtime/memory/why-line.ts'
import type { Ask } from '../ask.ts'
import { said, segment } from '../running-server.ts'

/** What looks back at the memory: who wrote what, when, why, and whom it reached. */

const existing = { log: 'existing' } as const

interface Place {
  readonly document: string
  readonly section?: string | undefined
  readonly at?: string | undefined
}

type MemoryDiff = Awaited<ReturnType<typeof diffMemory>>
type MemoryChanges = Awaited<ReturnType<typeof memoryLog>>

export const memoryDiff: Ask<Place & { readonly from: string; readonly to: string | undefined }, MemoryDiff> =
  {
    open: existing,
    here: ({ project }, { document, section, from, to }) =>
      diffMemory(project, { document, section, from, to }),
    there: async ({ client }, { document, section, from, to }) => {
      const given = { param: { document: segment(document) }, query: { section, from, to } }
      return (await said(client.v1.memory[':document'].diff.$get(given))) as unknown as MemoryDiff
    },
  }

export const memoryChanges: Ask<Place, MemoryChanges> = {
  open: existing,
  here: ({ project }, { document, section }) => memoryLog(project, document, section),
  there: async ({ client }, { document, section }) => {
    const given = { param: { document: segment(document) }, query: { section } }
    return (await said(client.v1.memory[':document'].log.$get(given))).changes as unknown as MemoryChanges
  },
}

export const blamedLines: Ask<Place, readonly BlamedLine[]> = {
  open: existing,
  here: (daybook, { document, section, at }) => blameDocument(daybook, { document, section, at }),
  there: async ({ client }, { document, section, at }) => {
    const given = { param: { document: segment(document) }, query: { section, at } }
    return (await said(client.v1.memory[':document'].blame.$get(given))).lines
  },
}

export const memoryHits: Ask<{ readonly words: string; readonly limit: number }, readonly MemoryHit[]> = {
  open: existing,
  here: ({ project }, question) => searchMemory(project.store, question),
  there: async ({ client }, { words, limit }) =>
    (await said(client.v1.search.$get({ query: { words, limit: String(limit) } }))).lines,
}

export const sectionReports: Ask<object, readonly SectionReport[]> = {
  open: { mode: 'read' },
  here: ({ project }) => reportSections(project),
  there: async ({ client }) => (await said(client.v1.report.$get())).sections,
}

export const memoryReaders: Ask<{ readonly text: string }, readonly Reader[]> = {
  open: { mode: 'read' },
  here: ({ project }, { text }) => readersOf(project.store, text),
  there: async ({ client }, query) =>
    (await said(client.v1.readers.$get({ query }))).readers as unknown as readonly Reader[],
}

export const sessionInfluence: Ask<{ readonly session: string }, Influence> = {
  open: { mode: 'read' },
  here: ({ project }, { session }) => influenceOf(project, session),
  there: async ({ client }, { session }) =>
    (await said(
      client.v1.sessions[':id'].influence.$get({ param: { id: segment(session) } }),
    )) as unknown as Influence,
}

export const lineReason: Ask<Place & { readonly line: string }, LineReason> = {
  open: existing,
  here: (daybook, { line, document, at }) => whyLine(daybook, { line, document, at }),
  there: async ({ client }, { line, document, at }) => {
    const given = { param: { document: segment(document) }, query: { line, at } }
    return (await said(client.v1.memory[':document'].why.$get(given))) as unknown as LineReason
  },
}
