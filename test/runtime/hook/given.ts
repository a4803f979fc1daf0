import { join } from 'node:path'
import type { RecordedEvent } from '../../../src/kernel/event.ts'
import type { HookFailure } from '../../../src/runtime/hook/failures.ts'
import { readFailures } from '../../../src/runtime/hook/failures.ts'
import { openStore } from '../../../src/runtime/open-store.ts'
import { resolveSettings } from '../../../src/runtime/settings.ts'
import { ClaudeCode, put, repository } from './claude-code.ts'

/** A repository that Daybook was set up in, and a conversation that has begun there. */
export async function conversation(onFinished: (clean: () => void) => void): Promise<ClaudeCode> {
  const root = repository(onFinished)
  const config = { agents: '.claude/agents', memory: '.superagent/memory' }
  put(join(root, 'daybook.config.json'), JSON.stringify(config))
  const claude = new ClaudeCode(root)
  await claude.begin()
  return claude
}

/** Everything in the log. */
export async function logOf(root: string): Promise<RecordedEvent[]> {
  const { store } = resolveSettings({}, {}, root)
  const log = await openStore(store, { clock: { now: () => Date.now() }, mode: 'read' })
  try {
    return await Array.fromAsync(log.readAll())
  } finally {
    await log.close()
  }
}

export async function typesOf(root: string): Promise<string[]> {
  return (await logOf(root)).map(({ type }) => type)
}

/** Of these types, with their data and who did it. */
export async function eventsOf(root: string, ...types: string[]): Promise<Record<string, unknown>[]> {
  const events = await logOf(root)
  return events
    .filter(({ type }) => types.includes(type))
    .map(({ type, data, meta }) => ({ type, by: `${meta.actor.kind}:${meta.actor.id}`, ...(data as object) }))
}

export function failuresOf(root: string): HookFailure[] {
  return readFailures(join(root, '.daybook'))
}
