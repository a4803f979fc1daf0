import { setTimeout as sleep } from 'node:timers/promises'
import { limits } from '../kernel/limits.ts'
import type { Document } from '../memory/document.ts'
import type { Project } from '../runtime/project.ts'
import { documentUri, sectionUri } from './resources.ts'

/** What became of the memory's resources between two looks. */
export interface MemoryNews {
  /** Addresses whose text is another one now, or gone. */
  readonly changed: readonly string[]
  /** Whether some came or went. */
  readonly list: 'same' | 'other'
}

/**
 * Looks at the memory every `limits.mcpLookMs`, whoever changes it, and tells what is new, until `signal` aborts.
 * What fails is told and tried again.
 */
export async function watchMemory(
  { view }: Pick<Project, 'view'>,
  {
    signal,
    tell,
    onProblem,
  }: {
    readonly signal: AbortSignal
    readonly tell: (news: MemoryNews) => void
    readonly onProblem: (problem: Error) => void
  },
): Promise<void> {
  let before: ReadonlyMap<string, number> | null = null
  while (!signal.aborted) {
    try {
      await view.refresh()
      const now = revisionsOf(view.documents())
      const news = newsBetween(before ?? now, now)
      before = now
      if (news.changed.length > 0) tell(news)
    } catch (error) {
      if (!signal.aborted) onProblem(error as Error)
    }
    await sleep(limits.mcpLookMs, undefined, { signal, ref: false }).catch(() => undefined)
  }
}

function revisionsOf(documents: readonly Document[]): Map<string, number> {
  return new Map(
    documents.flatMap(({ document, revision, sections }): [string, number][] => [
      [documentUri(document), revision],
      ...sections.map((one): [string, number] => [sectionUri(document, one.heading), one.revision]),
    ]),
  )
}

function newsBetween(before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): MemoryNews {
  const gone = [...before.keys()].filter((uri) => !now.has(uri))
  const other = [...now].filter(([uri, revision]) => before.get(uri) !== revision).map(([uri]) => uri)
  const came = other.some((uri) => !before.has(uri))
  return { changed: [...other, ...gone], list: came || gone.length > 0 ? 'other' : 'same' }
}
