import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { limits } from '../../../src/kernel/limits.ts'
import { checkHooks } from '../../../src/runtime/doctor-hooks.ts'
import { Spool } from '../../../src/runtime/hook/spool.ts'
import { resolveSettings } from '../../../src/runtime/settings.ts'
import { spawned } from '../../cli/given.ts'
import type { Ran } from '../../cli/in-process.ts'
import { ClaudeCode, insights, type Payload, put, repository, summary } from './claude-code.ts'
import { conversation, eventsOf, failuresOf } from './given.ts'

/** A hook never gets in the way: it ends with 0 and says nothing, and what it was told is not lost. */

async function hooked(root: string, input: string, env: Record<string, string> = {}): Promise<Ran> {
  const ran = await spawned(['hook'], { cwd: root, input, env: { CLAUDE_PROJECT_DIR: root, ...env } })
  expect(ran).toMatchObject({ code: 0, stderr: '' })
  return ran
}

function silently(root: string, env: Record<string, string> = {}) {
  return async (payload: Payload) => {
    await hooked(root, JSON.stringify(payload), env)
    return null
  }
}

function doctored(root: string): string {
  const settings = resolveSettings({}, {}, root)
  return checkHooks(settings, root, { now: () => Date.now() })
    .map(({ found }) => found)
    .join('; ')
}

describe('what is no payload', () => {
  const session = { session_id: 's', cwd: '/' }
  test.each([
    ['nothing', ''],
    ['no JSON', '{"hook_event_name": "Sess'],
    ['no object', '[1, 2, 3]'],
    ['no event', JSON.stringify(session)],
    ['an event of another kind', JSON.stringify({ ...session, hook_event_name: 'PreCompact' })],
    [
      'fields of other types',
      JSON.stringify({ ...session, hook_event_name: 'PostToolUse', tool_name: 'Edit', tool_input: 7 }),
    ],
    [
      'prototypes',
      JSON.stringify({ ...session, hook_event_name: '__proto__', agent_type: { constructor: 1 } }),
    ],
    [
      'control characters',
      JSON.stringify({ ...session, hook_event_name: 'SubagentStart', agent_type: '\u0000\ud800' }),
    ],
  ])('%s ends well and changes nothing', async (_, input) => {
    const claude = await conversation(onTestFinished)
    const before = await eventsOf(claude.root, 'SessionStarted', 'DocumentEdited')
    const ran = await hooked(claude.root, input)
    expect(ran.stdout).toBe('')
    expect(await eventsOf(claude.root, 'SessionStarted', 'DocumentEdited')).toEqual(before)
    expect(new Spool(join(claude.root, '.daybook')).count()).toBe(0)
  })
})

test('a configuration that cannot be read stops nothing, and doctor says so', async () => {
  const claude = await conversation(onTestFinished)
  put(join(claude.root, 'daybook.config.json'), '{"dir": ')
  await hooked(claude.root, JSON.stringify({ session_id: 's', hook_event_name: 'SessionStart' }))
  expect(failuresOf(claude.root).at(-1)?.message).toContain('is not JSON')
  expect(new Spool(join(claude.root, '.daybook')).count()).toBe(1)
})

test('with the log locked a hook ends in time, and everything is on record once the lock is gone', async () => {
  const claude = await conversation(onTestFinished)
  const { root } = claude
  const blocked = new ClaudeCode(root, silently(root))
  const lock = new DatabaseSync(join(root, '.daybook', 'log.db'))
  lock.exec('BEGIN IMMEDIATE')
  try {
    blocked.ask('sail-maker', 'Make a mainsail')
    const { agent } = await blocked.start('sail-maker')
    await agent.edit('- canvas, two layers', '- silk')
    await agent.edit('- hemp, three strands', '- nylon')
    await agent.stop(summary('rope-winder: splice the sheets'))
  } finally {
    lock.exec('ROLLBACK')
    lock.close()
  }
  expect(await eventsOf(root, 'SessionStarted')).toEqual([])
  expect(doctored(root)).toContain('4 calls wait on disk')
  await claude.begin()
  expect(doctored(root)).not.toContain('wait on disk')
  expect(claude.text).toBe(insights.replace('- canvas, two layers', '- silk'))
  expect(
    await eventsOf(
      root,
      'SessionStarted',
      'DocumentEdited',
      'EditRefused',
      'HandoffRequested',
      'SessionCompleted',
    ),
  ).toMatchObject([
    { type: 'HandoffRequested', need: 'Make a mainsail' },
    { type: 'SessionStarted', task: 'Make a mainsail' },
    { type: 'DocumentEdited', by: 'agent:sail-maker' },
    { type: 'EditRefused', owner: 'rope-winder' },
    { type: 'HandoffRequested', need: 'splice the sheets' },
    { type: 'SessionCompleted' },
  ])
})

const mounts = canMount()
if (!mounts) console.warn('SKIPPED: no file system can be mounted here, so no disk is full')

test.skipIf(!mounts)(
  'with the disk full a hook ends well, and everything is on record once there is room',
  async () => {
    const root = repository(onTestFinished)
    const disk = join(root, '.daybook')
    mkdirSync(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disk])
    onTestFinished(() => void execFileSync('umount', ['-l', disk]))
    put(join(root, 'daybook.config.json'), '{"agents": ".claude/agents"}')
    const claude = new ClaudeCode(root)
    await claude.begin()
    const ballast = join(disk, 'ballast')
    fill(ballast)
    const blocked = new ClaudeCode(root, silently(root))
    const { agent } = await blocked.start('sail-maker')
    await agent.edit('- hemp, three strands', '- nylon')
    await agent.stop(summary('None'))
    expect(readdirSync(join(disk, 'hooks', 'reserve')).length).toBeLessThan(limits.hookReserveFiles)
    rmSync(ballast)
    await claude.begin()
    expect(claude.text).toBe(insights)
    expect(await eventsOf(root, 'SessionStarted', 'EditRefused', 'SessionCompleted')).toMatchObject([
      {},
      {},
      {},
    ])
    expect(new Spool(disk).count()).toBe(0)
  },
)

test('a call that can never be carried out is kept aside, and holds up nothing', async () => {
  const claude = await conversation(onTestFinished)
  const waiting = join(claude.root, '.daybook/hooks/waiting')
  mkdirSync(waiting, { recursive: true })
  writeFileSync(join(waiting, '000000000000001-1-a.json'), 'no JSON')
  writeFileSync(join(waiting, '000000000000002-1-b.json'), '{"event":"Nonsense"}')
  await claude.start('sail-maker')
  expect(await eventsOf(claude.root, 'SessionStarted')).toHaveLength(1)
  expect(readdirSync(join(claude.root, '.daybook/hooks/failed'))).toHaveLength(2)
  expect(doctored(claude.root)).toContain('2 calls could not be recorded')
})

test('failures do not grow without end', async () => {
  const { noteFailure } = await import('../../../src/runtime/hook/failures.ts')
  const root = repository(onTestFinished)
  for (let index = 0; index < 2 * limits.hookFailuresKept + 1; index += 1)
    noteFailure(join(root, '.daybook'), {
      at: '2026-01-01T00:00:00.000Z',
      event: 'hook',
      message: String(index),
    })
  const kept = readFileSync(join(root, '.daybook/hooks/failures.jsonl'), 'utf8').trim().split('\n')
  expect(kept).toHaveLength(limits.hookFailuresKept)
  expect(kept.at(-1)).toContain(`"${2 * limits.hookFailuresKept}"`)
})

function canMount(): boolean {
  const folder = join(repository(onNever), 'mnt')
  mkdirSync(folder)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' })
    execFileSync('umount', [folder])
    return true
  } catch {
    return false
  }
}

function onNever(): void {}

function fill(path: string): void {
  for (let bytes = 1 << 20; bytes >= 512; bytes /= 2)
    try {
      for (;;) writeFileSync(path, Buffer.alloc(bytes, 1), { flag: 'a' })
    } catch {}
}
