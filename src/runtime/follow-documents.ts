import { setTimeout as sleep } from 'node:timers/promises'
import { limits } from '../kernel/limits.ts'
import { StoreError } from '../store/port.ts'
import type { Project } from './project.ts'

/**
 * Renders documents that other processes edit, as this one learns of it, until `signal` aborts: each machine
 * has the memory as files of its own. The project's reading has to be followed by somebody.
 */
export async function followDocuments(
  { reading, view, rendering }: Pick<Project, 'reading' | 'view' | 'rendering'>,
  { signal, onProblem }: { readonly signal: AbortSignal; readonly onProblem: (problem: Error) => void },
): Promise<void> {
  const rendered = new Map<string, number>()
  while (!signal.aborted) {
    const { position } = reading
    for (const { document, revision } of view.documents()) {
      if (rendered.get(document) === revision) continue
      try {
        await rendering.render(document)
        rendered.set(document, revision)
      } catch (error) {
        if (signal.aborted) return
        onProblem(error as Error)
        if (!(error instanceof StoreError)) rendered.set(document, revision)
      }
    }
    await reading.moved(position, { timeoutMs: limits.renderLookMs, signal })
    // Edits come in bursts: people read the last one.
    await sleep(limits.renderPauseMs, undefined, { signal }).catch(() => undefined)
  }
}
