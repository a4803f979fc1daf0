import type { Command } from 'commander'
import { shortPosition } from '../../kernel/event.ts'
import { renderDocument } from '../../memory/document.ts'
import type { Daybook } from '../../runtime/daybook.ts'
import { readDocumentFile } from '../../runtime/document-file.ts'
import { documentPath } from '../../runtime/document-folder.ts'
import { type CommandContext, contextOf, withDaybook } from '../context.ts'

interface Difference {
  readonly projection: string
  readonly key: string
  readonly firstDifference: string
}

export function registerRebuild(program: Command): void {
  program
    .command('rebuild')
    .description('fold everything again from the log, and render the documents')
    .option('--check', 'only compare with what is live; exit code 3 on a difference')
    .action(async (options: { check?: boolean }, command: Command) => {
      const context = contextOf(command)
      if (options.check === true)
        await withDaybook(context, { mode: 'read' }, (daybook) => check(context, daybook))
      else await withDaybook(context, { log: 'existing' }, (daybook) => rebuild(context, daybook))
    })
}

async function rebuild({ output }: CommandContext, { project, projector }: Daybook): Promise<void> {
  // First, because what was saved on disk meanwhile becomes events, which are folded then.
  await project.view.refresh()
  const documents = project.view.documents().map(({ document }) => document)
  await project.rendering.sync(documents)
  output.say('folding the log …')
  const position = await projector.rebuild()
  output.result(
    { position, projections: projector.names, documents },
    () =>
      `${projector.names.length} projections and ${documents.length} documents are folded from the log, up to position ${shortPosition(position ?? '0')}.`,
  )
}

async function check({ output, settings }: CommandContext, { project, projector }: Daybook): Promise<void> {
  output.say('folding the log afresh and comparing …')
  await projector.catchUp()
  const differences: Difference[] = [...(await projector.check())]
  await project.view.refresh()
  for (const state of project.view.documents()) {
    const file = await readDocumentFile(documentPath(settings.memory, state.document))
    const difference =
      file === null ? 'the file is not there' : firstDifference(file.text, renderDocument(state))
    if (difference !== null)
      differences.push({ projection: 'rendered document', key: state.document, firstDifference: difference })
  }
  const position = await project.store.lastPosition()
  output.result({ equal: differences.length === 0, position, differences }, () =>
    told(differences, position ?? '0'),
  )
  if (differences.length > 0) process.exitCode = 3
}

function told(differences: readonly Difference[], position: string): string {
  if (differences.length === 0)
    return `Everything live equals what the log gives, up to position ${shortPosition(position)}.`
  const lines = differences.map(
    ({ projection, key, firstDifference }) => `${projection} ${key}: ${firstDifference}`,
  )
  return [...lines, 'daybook rebuild folds and renders everything again.'].join('\n')
}

function firstDifference(disk: string, log: string): string | null {
  if (disk === log) return null
  const diskLines = disk.split('\n')
  const logLines = log.split('\n')
  const at = logLines.findIndex((line, index) => line !== diskLines[index])
  const line = at < 0 ? logLines.length : at
  return `line ${line + 1}: on disk ${JSON.stringify(diskLines[line] ?? null)}, in the log ${JSON.stringify(logLines[line] ?? null)}`
}
