import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { cast, daybook, put, result, snapshot, spawned, temporaryFolder } from './given.ts'

const memory = '# Memory\n\n## Notes\n\nno newline at the end'

/** A repository that has agents, a memory and a .gitignore without a final newline. */
function repository(): string {
  const folder = temporaryFolder(onTestFinished)
  mkdirSync(join(folder, '.claude/agents'), { recursive: true })
  cpSync(join(cast, 'tester.md'), join(folder, '.claude/agents/tester.md'))
  put(join(folder, '.superagent/memory/insights.md'), memory)
  put(join(folder, '.gitignore'), 'node_modules')
  return folder
}

test('init shows what it would do and writes nothing until it is told', async () => {
  const folder = repository()
  const before = snapshot(folder)
  const plan = await result<{ done: boolean; writes: unknown[] }>(['init'], { cwd: folder })
  expect(plan).toMatchObject({
    done: false,
    agents: { own: true, names: ['tester'] },
    documents: [{ document: 'insights', bytes: memory.length }],
    writes: [
      { action: 'create' },
      { action: 'change', text: 'node_modules\n.daybook/\n' },
      { action: 'create' },
      { action: 'create' },
    ],
  })
  const asked = await daybook(['init'], { cwd: folder })
  expect(asked.stdout).toMatch(/Nothing was written.*--yes/)
  expect(asked.stderr).toContain('daybook.config.json (create)')
  expect(snapshot(folder)).toEqual(before)
})

test('init --yes imports agents and memory, leaves both as they are, and does nothing the second time', async () => {
  const folder = repository()
  const before = snapshot(folder)
  const done = await result<{ position: string }>(['init', '--yes'], { cwd: folder })
  expect(done).toMatchObject({
    done: true,
    registered: 1,
    documents: [{ document: 'insights', sections: 1 }],
  })
  const after = snapshot(folder, '.daybook/')
  const { '.claude/settings.json': hooks, '.mcp.json': server, ...others } = after
  expect(JSON.parse(hooks!)).toMatchObject({ hooks: { SubagentStop: [{}], PostToolUse: [{}] } })
  expect(JSON.parse(server!)).toMatchObject({ mcpServers: { daybook: {} } })
  expect(others).toEqual({
    ...before,
    '.gitignore': 'node_modules\n.daybook/\n',
    'daybook.config.json': `${JSON.stringify({ agents: '.claude/agents', memory: '.superagent/memory' }, null, 2)}\n`,
  })
  const again = await result<{ position: string }>(['init', '--yes'], { cwd: folder })
  expect(again).toMatchObject({ position: done.position, writes: new Array(4).fill({ action: 'keep' }) })
  expect(snapshot(folder, '.daybook/')).toEqual(after)
})

test('doctor finds nothing wrong in a good set-up, and writes nothing', async () => {
  const folder = repository()
  const before = snapshot(folder)
  const { ok, checks } = await result<{ ok: boolean; checks: { check: string; status: string }[] }>(
    ['doctor'],
    { cwd: folder },
  )
  expect(ok).toBe(true)
  expect(checks.find(({ check }) => check === 'key')).toMatchObject({ status: 'note' })
  expect(snapshot(folder)).toEqual(before)
})

test('doctor never shows the key', async () => {
  const folder = repository()
  const key = 'sk-test-0123456789abcdef'
  const { stdout, stderr, code } = await spawned(['doctor'], { cwd: folder, env: { ANTHROPIC_API_KEY: key } })
  expect(code).toBe(0)
  expect(stdout).toMatch(/a key for api\.anthropic\.com is set/)
  expect(`${stdout}${stderr}`).not.toContain(key.slice(0, 12))
})

test('doctor ends with 3 and says how to mend what is wrong', async () => {
  const folder = repository()
  put(join(folder, '.claude/agents/broken.md'), '---\nname: [oops\n---\nbody\n')
  put(join(folder, '.claude/agents/twin.md'), readFileSync(join(cast, 'tester.md'), 'utf8'))
  put(join(folder, '.daybook/log.db'), 'this is no log, and was never one')
  put(join(folder, 'not-a-folder'), '')
  put(join(folder, '.daybook/rendered/insights.1.kept.md'), 'kept')
  const ran = await daybook(['doctor', '--workspace', 'not-a-folder', '--json'], { cwd: folder })
  expect(ran.code).toBe(3)
  const { ok, checks } = JSON.parse(ran.stdout) as {
    ok: boolean
    checks: { check: string; status: string; found: string; remedy: string }[]
  }
  expect(ok).toBe(false)
  const of = (check: string) => checks.find((one) => one.check === check)
  expect(of('store')).toMatchObject({ status: 'failed', found: expect.stringContaining('log.db') })
  expect(of('agents')).toMatchObject({ status: 'failed', remedy: expect.stringContaining('agents doctor') })
  expect(of('write workspace')).toMatchObject({
    status: 'failed',
    remedy: expect.stringContaining('--workspace'),
  })
  expect(of('stale files')).toMatchObject({ status: 'note', found: expect.stringContaining('kept.md') })
  expect(existsSync(join(folder, '.daybook/views.db'))).toBe(false)
})

test('doctor says what is wrong with a configuration that stops every other command', async () => {
  const folder = repository()
  put(join(folder, 'daybook.config.json'), '{"dir": 1}')
  const ran = await daybook(['doctor', '--json'], { cwd: folder })
  expect(ran.code).toBe(3)
  expect(JSON.parse(ran.stdout)).toMatchObject({
    ok: false,
    checks: [{}, { check: 'config', status: 'failed' }],
  })
})
