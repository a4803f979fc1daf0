import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Json } from '../../src/kernel/event.ts'
import { effectsIn } from '../../src/tools/effects.ts'
import type { FileDesk } from '../../src/tools/file-desk.ts'
import type { MemoryDesk } from '../../src/tools/memory-tool.ts'
import type { Tool, ToolResult } from '../../src/tools/port.ts'
import { Workspace } from '../../src/tools/workspace.ts'

/** A folder of a test's own, gone when the test is over. */
export async function temporaryFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'daybook-tools-')))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A memory that nobody may ask: the tests with documents have one of their own. */
const noMemory = (): MemoryDesk => {
  throw new Error('no document was expected here')
}

export interface GivenDesk extends FileDesk {
  readonly root: string
  /** Beside the workspace, where no tool may reach. */
  readonly outside: string
}

/** An empty workspace with a folder beside it. */
export async function givenDesk(options: { readOnly?: string[] } = {}): Promise<GivenDesk> {
  const outside = await temporaryFolder()
  const root = await temporaryFolder()
  const readOnly = (options.readOnly ?? []).map((name) => ({ path: join(root, name), because: 'people do' }))
  return {
    root,
    outside,
    workspace: new Workspace({ root, hidden: [join(root, '.daybook')], readOnly }),
    documentAt: async () => null,
    memory: noMemory,
    effects: effectsIn(join(outside, 'effects'), 's1'),
  }
}

export type Returned = Extract<ToolResult, { kind: 'returned' }>

export async function use(
  tool: Tool,
  input: Json,
  { key = 'k1', signal = new AbortController().signal } = {},
): Promise<Returned> {
  const result = await tool.run(input, { key, signal })
  if (result.kind === 'returned') return result
  throw new Error(`${tool.name} waits: ${result.reason}`)
}
