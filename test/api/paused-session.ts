import { expect } from 'vitest'
import { digestJson, digestText } from '../../src/runtime/digest.ts'
import * as targets from '../../src/runtime/targets.ts'
import type { SessionCommand } from '../../src/sessions/commands.ts'
import { type Served, send } from './given.ts'

const person = { kind: 'person', id: 'somebody' } as const
const bash = { type: 'tool_use', id: 't0', name: 'Bash', input: { command: 'make deploy' } } as const
const usage = { inputTokens: 10, outputTokens: 5, cacheWriteTokens: 0, cacheReadTokens: 0 }

/** A session whose model has asked for a command, and whatever came then. */
export async function sessionThat(given: Served, then: readonly SessionCommand[] = []): Promise<string> {
  const { project, roster } = given.daybook
  const workflow = (await send(`${given.url}/v1/workflows`, { goal: 'Deploy it' })).body.id
  const { agent, event: agentEvent } = roster[0]!
  const context = { sections: [], system: 'You deploy.', tools: [], promptVersion: 'prompt-1' }
  const opening = { model: 'rehearsal', parameters: {}, system: context.system, tools: [] }
  const messages = [{ role: 'user' as const, content: 'Deploy it.' }]
  const requestDigest = digestJson({ previous: null, opening, messages })
  const appended = [{ role: 'user' as const, text: 'Deploy it.' }]
  const started = {
    agent,
    agentEvent,
    task: 'Deploy it',
    memoryAsOf: null,
    model: 'rehearsal',
    parameters: {},
  }
  const commands: SessionCommand[] = [
    { type: 'StartSession', ...started, runner: 'rehearsal', limits: {} },
    { type: 'OpenConversation', context, call: { call: 'c1', turn: 1, attempt: 1, requestDigest, appended } },
    { type: 'RecordAnswer', call: 'c1', content: [bash], stopReason: 'tool_use', usage, costUsd: 0 },
    ...then,
  ]
  const id = project.ids.next()
  const meta = { actor: person, correlation: workflow }
  for (const command of commands) {
    const { kind } = await project.streams.execute(targets.session(id), command, meta)
    expect(kind).toBe('accepted')
  }
  return id
}

export const called: SessionCommand = {
  type: 'CallTool',
  toolUse: 'c1/0',
  call: 'c1',
  block: 0,
  tool: 'Bash',
  input: bash.input,
  class: 'unsafe',
  key: 'k1',
}
export const unknown: SessionCommand = { type: 'LeaveOutcomeUnknown', toolUse: 'c1/0', tool: 'Bash' }
export const shown = digestText('make deploy')
export const asked: SessionCommand = {
  type: 'RequestApproval',
  approval: 'c1/0',
  toolUse: 'c1/0',
  what: 'system-planner asks to use Bash: make deploy',
  digest: shown,
}
