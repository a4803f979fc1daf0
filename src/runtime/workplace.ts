import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { cleanEnvironment } from '../tools/bash-tool.ts'
import type { ApprovalRule, Settings } from './settings.ts'

/** What the tools of sessions may touch on this machine, and what a person has to allow first. */
export interface Workplace {
  /** The workspace: the only folder that file tools see, and where commands run. */
  readonly root: string
  /** Where the documents are rendered. */
  readonly memory: string
  /** Daybook's own folder. */
  readonly dir: string
  /** What tools neither read nor write: Daybook's folder and its log. */
  readonly hidden: readonly string[]
  /** What tools read and do not write: it says what agents may do. */
  readonly readOnly: readonly { readonly path: string; readonly because: string }[]
  readonly bash: boolean
  /** Whether WebFetch may reach addresses that are not public. */
  readonly privateAddresses: boolean
  readonly approvals: readonly ApprovalRule[]
  /** Environment of commands: nothing secret. */
  readonly env: Readonly<Record<string, string>>
}

export function workplaceOf(
  settings: Settings,
  env: Readonly<Record<string, string | undefined>>,
): Workplace {
  const { workspace, memory, dir, agents, config, configFile, allowBash } = settings
  return {
    root: workspace,
    memory,
    dir,
    hidden: [dir, ...logFiles(settings.store)],
    readOnly: [
      { path: agents, because: 'agent files say what agents may do, and people write them' },
      {
        path: join(workspace, '.claude'),
        because: 'it says what agents may do, and people write it',
      },
      { path: configFile, because: 'it says what agents may do, and people write it' },
      { path: memory, because: 'only documents stand there, and this is none that an agent keeps' },
    ],
    bash: allowBash,
    privateAddresses: config.allowPrivateAddresses === true,
    approvals: config.approvals ?? [],
    env: cleanEnvironment(env),
  }
}

function logFiles(store: string): string[] {
  const file = store.startsWith('sqlite:') ? store.slice('sqlite:'.length) : null
  return file === null ? [] : [file, `${file}-wal`, `${file}-shm`]
}

/** A path without links, as far as it is there. */
export function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
