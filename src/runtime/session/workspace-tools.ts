import type { Document } from '../../memory/document.ts'
import { type Allowance, allowedTools, type WorkspaceTool } from '../../tools/allowed-tools.ts'
import { bashTool } from '../../tools/bash-tool.ts'
import { editTool, multiEditTool } from '../../tools/edit-tool.ts'
import type { FileDesk } from '../../tools/file-desk.ts'
import { globTool } from '../../tools/glob-tool.ts'
import { grepTool } from '../../tools/grep-tool.ts'
import { lsTool } from '../../tools/ls-tool.ts'
import type { Tool } from '../../tools/port.ts'
import { isPublicAddress } from '../../tools/private-address.ts'
import { readTool } from '../../tools/read-tool.ts'
import { webFetchTool } from '../../tools/web-fetch-tool.ts'
import { writeTool } from '../../tools/write-tool.ts'
import type { Workplace } from '../workplace.ts'
import { fileDesk } from './documents-as-files.ts'
import type { SessionRun } from './session-run.ts'
import { watchCommands } from './workspace-watch.ts'

/** The workspace's tools that the agent's file allows, and of Bash only what a person allowed too. */
export function workspaceToolsFor(
  run: Omit<SessionRun, 'tools'>,
  workplace: Workplace,
  shown: Map<string, Document>,
): Tool[] {
  const desk = fileDesk(run, workplace, shown)
  return [...allowedTools(run.definition.tools)].flatMap(([name, allowance]) => {
    if (name === 'Bash' && !workplace.bash) return []
    return [toolNamed(name, { run, workplace, desk, allowance })]
  })
}

interface Making {
  readonly run: Omit<SessionRun, 'tools'>
  readonly workplace: Workplace
  readonly desk: FileDesk
  readonly allowance: Allowance
}

function toolNamed(name: WorkspaceTool, { run, workplace, desk, allowance }: Making): Tool {
  switch (name) {
    case 'Read':
      return readTool(desk)
    case 'Write':
      return writeTool(desk)
    case 'Edit':
      return editTool(desk)
    case 'MultiEdit':
      return multiEditTool(desk)
    case 'Glob':
      return globTool(desk.workspace)
    case 'Grep':
      return grepTool(desk.workspace)
    case 'LS':
      return lsTool(desk.workspace)
    case 'WebFetch':
      return webFetchTool({ allows: workplace.privateAddresses ? () => true : isPublicAddress })
    case 'Bash': {
      const { root: cwd, env } = workplace
      return bashTool({ cwd, env, allowed: allowance.only, watch: watchCommands(run, desk) })
    }
  }
}
