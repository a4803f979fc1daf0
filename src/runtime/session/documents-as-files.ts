import { join, resolve } from 'node:path'
import { DocumentName } from '../../kernel/words.ts'
import type { Document } from '../../memory/document.ts'
import { effectsIn } from '../../tools/effects.ts'
import type { FileDesk } from '../../tools/file-desk.ts'
import { isWithin, Workspace } from '../../tools/workspace.ts'
import type { LogView } from '../log-view.ts'
import { realPath, type Workplace } from '../workplace.ts'
import { memoryDesk } from './memory-desk.ts'
import type { SessionRun } from './session-run.ts'

/** The folder that agent files speak of, wherever the documents are rendered here. */
const usualFolder = '.superagent/memory'

/** Files of the workspace and documents of the memory, as one session may use them. */
export function fileDesk(
  run: Omit<SessionRun, 'tools'>,
  workplace: Workplace,
  shown: Map<string, Document>,
): FileDesk {
  const { root, hidden, readOnly, dir } = workplace
  const workspace = new Workspace({ root, hidden, readOnly })
  return {
    workspace,
    documentAt: async (path) => {
      await run.project.view.refresh()
      return documentAt({ path, workspace, memory: workplace.memory, view: run.project.view })
    },
    memory: (key) => memoryDesk(run, { key, via: 'file', shown }),
    effects: effectsIn(join(dir, 'effects'), run.id),
  }
}

interface Question {
  readonly path: string
  readonly workspace: Workspace
  readonly memory: string
  readonly view: LogView
}

/**
 * The document that a path means: where it is rendered, by whichever links; `.superagent/memory/insights.md`,
 * with an `@` before it or not, wherever it is rendered; or its bare name, where the workspace has no such file.
 */
async function documentAt({ path, workspace, memory, view }: Question): Promise<string | null> {
  const plain = path.trim().replace(/^@/u, '').replace(/^\.\//u, '')
  const absolute = resolve(workspace.root, plain)
  const spelled =
    nameIn(memory, absolute) ??
    nameIn(realPath(memory), absolute) ??
    nameIn(resolve(workspace.root, usualFolder), absolute)
  if (spelled !== null) return known(spelled, view)
  const found = await workspace.locate(plain).catch(() => null)
  const linked = found === null ? null : nameIn(realPath(memory), found.absolute)
  if (linked !== null) return known(linked, view)
  if (plain.includes('/') || found === null || found.stats !== null) return null
  return plain.endsWith('.md') ? known(plain.slice(0, -'.md'.length), view) : null
}

/** The name of a Markdown file right inside a folder; null for any other path. */
function nameIn(folder: string, absolute: string): string | null {
  if (!isWithin(folder, absolute)) return null
  const name = absolute.slice(folder.length + 1)
  return name.includes('/') || !/\.md$/iu.test(name) ? null : name.slice(0, -'.md'.length)
}

/** Documents are those of the log, and those of which an agent claims a section. */
function known(name: string, view: LogView): string | null {
  const document = DocumentName.safeParse(name.toLowerCase())
  if (!document.success) return null
  const claimed = view
    .agents()
    .some(({ definition }) => definition.claims.some((claim) => claim.document === document.data))
  return document.data === 'insights' || claimed || view.document(document.data) !== null
    ? document.data
    : null
}
