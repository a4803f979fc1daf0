import type { Position } from '../kernel/event.ts'
import { renderDocument } from '../memory/document.ts'
import { StoreError } from '../store/port.ts'
import type { ServedDaybook } from './daybook.ts'
import { readDocumentFile } from './document-file.ts'
import { documentPath } from './document-folder.ts'

export interface Rebuilt {
  readonly position: Position | null
  readonly projections: readonly string[]
  readonly documents: readonly string[]
}

/** Where something live is not what the log gives. */
export interface LiveDifference {
  readonly projection: string
  readonly key: string
  readonly firstDifference: string
}

export interface RebuildCheck {
  readonly equal: boolean
  readonly position: Position | null
  readonly differences: readonly LiveDifference[]
}

/** Stands for a projection where no projection can be folded. */
export const unreadableLog = 'log'

type Place = Pick<ServedDaybook, 'project' | 'projector' | 'settings'>

/** Folds everything again from the log, and writes the documents to disk. */
export async function rebuild({ project, projector }: Place): Promise<Rebuilt> {
  // First, because what was saved on disk meanwhile becomes events, which are folded then.
  await project.view.refresh()
  const documents = project.view.documents().map(({ document }) => document)
  await project.rendering.sync(documents)
  const position = await projector.rebuild()
  return { position, projections: projector.names, documents }
}

/**
 * Folds everything once more, and compares it with the stored states and the documents on disk. Changes nothing. A log
 * that cannot be read gives nothing to compare with: that is the difference then.
 */
export async function checkRebuild(place: Place): Promise<RebuildCheck> {
  try {
    return await compare(place)
  } catch (error) {
    if (!(error instanceof StoreError && error.code === 'damaged')) throw error
    const difference = { projection: unreadableLog, key: '', firstDifference: error.message }
    return { equal: false, position: null, differences: [difference] }
  }
}

async function compare({ project, projector, settings }: Place): Promise<RebuildCheck> {
  await projector.catchUp()
  const differences: LiveDifference[] = [...(await projector.check())]
  await project.view.refresh()
  for (const state of project.view.documents()) {
    const file = await readDocumentFile(documentPath(settings.memory, state.document))
    const difference =
      file === null ? 'the file is not there' : firstDifference(file.text, renderDocument(state))
    if (difference !== null)
      differences.push({ projection: 'rendered document', key: state.document, firstDifference: difference })
  }
  const position = await project.store.lastPosition()
  return { equal: differences.length === 0, position, differences }
}

function firstDifference(disk: string, log: string): string | null {
  if (disk === log) return null
  const diskLines = disk.split('\n')
  const logLines = log.split('\n')
  const at = logLines.findIndex((line, index) => line !== diskLines[index])
  const line = at < 0 ? logLines.length : at
  return `line ${line + 1}: on disk ${JSON.stringify(diskLines[line] ?? null)}, in the log ${JSON.stringify(logLines[line] ?? null)}`
}
