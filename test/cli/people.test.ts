import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { daybook, goal, put, type RunResult, result, spawned, temporaryFolder } from './given.ts'

let folder = ''
let run = {} as RunResult
let remove = () => {}
const look = <Result>(...args: string[]) => result<Result>(['--rehearsal', ...args], { cwd: folder })

/** One rehearsal with the shipped cast, looked at from every side. */
beforeAll(async () => {
  folder = temporaryFolder((end) => {
    remove = end
  })
  run = await result<RunResult>(['run', goal, '--rehearse'], { cwd: folder })
})
afterAll(() => remove())

interface Listed {
  readonly id: string
  readonly status: string
  readonly workflow: string
}

test('lists agree with the result of the run', async () => {
  const [workflows, handoffs, sessions, waiting] = await Promise.all([
    look<Listed[]>('workflows'),
    look<Listed[]>('handoffs', '--workflow', run.workflow),
    look<Listed[]>('sessions'),
    look<unknown[]>('waiting'),
  ])
  expect(workflows).toMatchObject([{ id: run.workflow, status: 'completed', rehearsal: true }])
  expect(handoffs).toHaveLength(run.handoffs)
  expect(sessions).toHaveLength(run.sessions)
  expect(waiting).toEqual([])
})

test('agents: listed with their standing, shown by name in any case, and named when misspelled', async () => {
  const agents = await look<{ name: string; standing: string }[]>('agents')
  expect(agents.length).toBeGreaterThanOrEqual(8)
  expect(new Set(agents.map(({ standing }) => standing))).toEqual(new Set(['registered']))
  expect(await look('agents', 'show', 'TESTER')).toMatchObject({ name: 'tester', standing: 'registered' })
  const missing = await daybook(['--rehearsal', 'agents', 'show', 'testr'], { cwd: folder })
  expect(missing.code).toBe(1)
  expect(missing.stderr).toMatch(/Did you mean "tester"/)
})

test('a retired agent is retired once, and its standing says that its file would bring it back', async () => {
  const args = ['agents', 'retire', 'illustrator', '--reason', 'It is not needed.']
  const own = '---\nname: illustrator\ndescription: Use this agent for drawings.\n---\nDraw.\n'
  put(join(folder, 'extra/illustrator.md'), own)
  await result(['--rehearsal', 'route', '--need', 'drawings', '--agents', 'extra'], { cwd: folder })
  expect(await look(...args)).toMatchObject({ retired: true, event: expect.any(String) })
  expect(await look(...args)).toMatchObject({ retired: true, event: null })
  const kept = await daybook(['--rehearsal', '--agents', 'extra', 'agents'], { cwd: folder })
  expect(kept.stdout).toMatch(/illustrator \(new: the next run registers it\)/)
  rmSync(join(folder, 'extra'), { recursive: true })
})

test('projections: named with their keys, shown as Markdown, by the beginning of a key too', async () => {
  const { projections } = await look<{ projections: { name: string; keys: string[] }[] }>('projections')
  expect(projections.map(({ name }) => name)).toContain('decision-log')
  const ledger = await daybook(
    ['--rehearsal', 'projections', 'show', 'usage-ledger', run.workflow.slice(0, 8)],
    { cwd: folder },
  )
  expect(ledger.stdout).toMatch(/^# Usage of workflow/)
  const unknown = await daybook(['--rehearsal', 'projections', 'show', 'nothing'], { cwd: folder })
  expect(unknown.code).toBe(2)
  expect(unknown.stderr).toMatch(/there are insights/)
})

test('a workflow that is over says so to whoever wants to move it', async () => {
  const moves = [
    ['workflows', 'cancel', run.workflow],
    ['workflows', 'raise', run.workflow, '--cost', '9'],
    ['workflows', 'pause', run.workflow.slice(0, 12)],
  ]
  for (const args of moves) {
    const ran = await daybook(['--rehearsal', ...args], { cwd: folder })
    expect(ran).toMatchObject({ code: 1, stdout: '' })
    expect(ran.stderr).toMatch(/The workflow is completed/)
  }
})

test('log and tail filter, limit and keep the order of the log', async () => {
  const { stdout } = await daybook(['--rehearsal', 'log', '--json', '--workflow', run.workflow], {
    cwd: folder,
  })
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { position: string; type: string })
  expect(events.map(({ position }) => position)).toEqual(events.map(({ position }) => position).sort())
  const limited = await daybook(['--rehearsal', 'log', '--json', '--type', 'Handoff', '--limit', '3'], {
    cwd: folder,
  })
  expect(limited.stdout.trimEnd().split('\n')).toHaveLength(3)
  expect(limited.stderr).toMatch(/daybook --rehearsal log --after \d+/)
  const last = await daybook(['--rehearsal', 'tail', '--json', '--limit', '1', '--type', 'Workflow'], {
    cwd: folder,
  })
  expect(JSON.parse(last.stdout)).toMatchObject({ type: 'WorkflowCompleted' })
})

test('without colours there is not one escape, whoever asks', async () => {
  const ways: { flags: string[]; env: Record<string, string> }[] = [
    { flags: ['--no-color'], env: { FORCE_COLOR: '1', NO_COLOR: '' } },
    { flags: [], env: { FORCE_COLOR: '1', NO_COLOR: '1' } },
  ]
  for (const { flags, env } of ways) {
    const args = [...flags, '--rehearsal', 'workflows', 'show', run.workflow]
    const { stdout } = await spawned(args, { cwd: folder, env })
    expect(stdout).toContain(run.workflow)
    expect(stdout).not.toContain('\u001b')
  }
})
