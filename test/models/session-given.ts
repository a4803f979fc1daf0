import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { RecordedEvent } from '../../src/kernel/event.ts'
import { openDaybook } from '../../src/runtime/daybook.ts'
import { modelChoice } from '../../src/runtime/models.ts'
import { type Proof, prove } from '../../src/runtime/proof/prove.ts'
import { resolveSettings } from '../../src/runtime/settings.ts'
import { startWorkflow } from '../../src/runtime/start-workflow.ts'
import { Worker } from '../../src/runtime/worker.ts'
import { defaultLimits } from '../../src/runtime/workflow-defaults.ts'
import { proveAll } from '../proved.ts'
import { apiKey, serverWith } from './ask.ts'
import type { MessagesServer, MessagesServerOptions } from './server/messages-server.ts'

/** The only agent of these sessions: it keeps a section, so that it may be asked to write it. */
const agentFile = `---
name: note-keeper
description: Use this agent to keep notes.
model: opus
tools: Read, Write
---

You are a keeper of notes. You keep what others must know.

## Memory Integration Protocol
Look for "## Notes" in @.superagent/memory/insights.md and update it.

## Session Summary
**Work Done**: [What was noted]
**Collaboration Needs**: [Agents, or none]
`

export interface Played {
  readonly server: MessagesServer
  /** Of the one session, in order. */
  readonly events: readonly RecordedEvent[]
  /** Data of the session's events of one type, in order. */
  readonly of: (type: string) => readonly Record<string, unknown>[]
  /** insights.md as it stands on disk, empty when it does not. */
  readonly memory: string
  readonly notices: readonly string[]
  /** Of the workflow, from the log alone. */
  readonly proof: Proof
}

/** Runs one goal through the whole runtime and the real SDK, against a server that plays this script. */
export async function playedSession(script: MessagesServerOptions['script']): Promise<Played> {
  const server = await serverWith(script)
  const folder = await mkdtemp(join(tmpdir(), 'daybook-claude-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await mkdir(join(folder, 'agents'))
  await writeFile(join(folder, 'agents', 'note-keeper.md'), agentFile)
  const notices: string[] = []
  const settings = resolveSettings({ agents: join(folder, 'agents') }, {}, folder)
  const daybook = await openDaybook(settings, { agents: 'sync', documents: 'sync' })
  try {
    const env = { ANTHROPIC_API_KEY: apiKey, ANTHROPIC_BASE_URL: server.url }
    const modelFor = modelChoice({ env, config: {}, onNotice: (notice) => notices.push(notice) })
    const workflow = await startWorkflow(daybook.project, {
      goal: 'Note that the door is green.',
      roster: daybook.roster,
      entry: null,
      by: { kind: 'person', id: 'somebody' },
      limits: defaultLimits,
      model: 'sonnet',
      rehearsal: false,
    })
    await new Worker({ project: daybook.project, modelFor }).drain()
    const events: RecordedEvent[] = []
    const all = daybook.project.store.readAll({ from: 'start', filter: { streamPrefixes: ['session-'] } })
    for await (const event of all) events.push(event)
    const of = (type: string) =>
      events.filter((event) => event.type === type).map((event) => event.data as Record<string, unknown>)
    const memory = await readFile(join(settings.memory, 'insights.md'), 'utf8').catch(() => '')
    const proof = await prove(daybook.project, workflow)
    await proveAll(daybook.project)
    return { server, events, of, memory, notices, proof }
  } finally {
    await daybook.close()
  }
}
