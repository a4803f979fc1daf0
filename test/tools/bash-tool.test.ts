import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { limits } from '../../src/kernel/limits.ts'
import { type BashOptions, bashTool, cleanEnvironment, isAllowed } from '../../src/tools/bash-tool.ts'
import { temporaryFolder, use } from './given-desk.ts'

async function givenBash(options: Partial<BashOptions> = {}) {
  const cwd = await temporaryFolder()
  const env = cleanEnvironment(process.env)
  const watch: BashOptions['watch'] = async (_run, work) => ({ end: await work(), findings: [], said: [] })
  return { cwd, bash: bashTool({ cwd, env, allowed: null, watch, ...options }) }
}

/** A process that has ended and waits for its parent to ask is over too. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux' || !/^State:\s+Z/mu.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

async function pidIn(path: string): Promise<number> {
  return vi.waitFor(async () => {
    const pid = Number(await readFile(path, 'utf8'))
    expect(pid).toBeGreaterThan(1)
    return pid
  })
}

async function expectGone(pid: number): Promise<void> {
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false))
}

describe('Bash', () => {
  test('runs in the workspace, and tells output, errors and code', async () => {
    const { cwd, bash } = await givenBash()
    expect(bash.class).toBe('unsafe')
    expect(await use(bash, { command: 'pwd; echo to errors >&2' })).toMatchObject({
      output: `${cwd}\nto errors\n`,
      isError: false,
    })
    expect(await use(bash, { command: 'echo so far; exit 3' })).toMatchObject({
      output: 'so far\n\nThe command ended with code 3.',
      isError: true,
    })
    expect((await use(bash, { command: 'kill -9 $$' })).output).toBe('The command was ended by a signal.')
    expect((await use(bash, { command: 'if' })).isError).toBe(true)
    expect((await use(bash, { command: 5 })).output).toContain('does not fit')
    expect((await use(bash, { command: 'true' })).output).toBe('The command gave no output.')
  })

  test('has no input and no key', async () => {
    const secrets = { ANTHROPIC_API_KEY: 'secret', AWS_SECRET_ACCESS_KEY: 'secret', DAYBOOK_TOKEN: 'secret' }
    const env = cleanEnvironment({
      ...process.env,
      ...secrets,
      NODE_OPTIONS: '--secret',
      LD_PRELOAD: 'secret',
    })
    const { bash } = await givenBash({ env })
    const { output } = await use(bash, { command: 'cat; env' })
    expect(output).toContain('PATH=')
    expect(output).not.toContain('secret')
    expect(output).not.toContain('NODE_OPTIONS')
  })

  test('ends at its time with children that ignore the friendly signal', async () => {
    const { cwd, bash } = await givenBash()
    const began = performance.now()
    const command = `trap '' TERM; (trap '' TERM; echo $BASHPID > child; while true; do sleep 0.05; done) & wait`
    const result = await use(bash, { command: `echo begun; ${command}`, timeout: 400 })
    expect(result.isError).toBe(true)
    expect(result.output).toContain('begun')
    expect(result.output).toContain('ended after 400 ms')
    expect(performance.now() - began).toBeLessThan(400 + limits.bashKillMs * 3)
    await expectGone(await pidIn(join(cwd, 'child')))
  })

  test('takes along what was left running, also out of its group', async () => {
    const { cwd, bash } = await givenBash()
    const command = `sleep 300 & echo $! > left; setsid bash -c 'echo $$ > away; sleep 300' & sleep 0.3; echo over`
    const began = performance.now()
    expect((await use(bash, { command })).output).toContain('over')
    expect(performance.now() - began).toBeLessThan(5_000)
    await expectGone(await pidIn(join(cwd, 'left')))
    if (process.platform === 'linux') await expectGone(await pidIn(join(cwd, 'away')))
  })

  test('ends with everything when the worker stops, and its outcome stays unknown', async () => {
    const { cwd, bash } = await givenBash()
    const stop = new AbortController()
    const running = bash.run({ command: 'echo $$ > pid; sleep 300' }, { key: 'k', signal: stop.signal })
    const pid = await pidIn(join(cwd, 'pid'))
    stop.abort(new Error('drained'))
    await expect(running).rejects.toThrow('drained')
    await expectGone(pid)
  })

  test('keeps a bounded part of an endless output', async () => {
    const { bash } = await givenBash()
    const result = await use(bash, { command: 'head -c 20000000 /dev/zero | tr "\\0" x' })
    expect(result.output.length).toBeLessThan(limits.bashOutputBytesMax + 100)
    expect(result.output).toMatch(/\(11611392 more bytes were not kept\.\)$/u)
    const endless = await use(bash, { command: 'yes', timeout: 300 })
    expect(endless.output).toContain('ended after 300 ms')
  })

  test('is told when it cannot begin', async () => {
    const { bash } = await givenBash({ cwd: '/nowhere/at/all' })
    expect((await use(bash, { command: 'true' })).output).toContain('cannot be started')
  })
})

test('an agent file that allows some commands allows only those', async () => {
  const rules = ['git diff:*', 'npm test']
  for (const command of ['git diff', 'git diff --stat HEAD', ' npm test '])
    expect(isAllowed(command, rules), command).toBe(true)
  for (const command of [
    'git push',
    'git difftool',
    'npm test --watch',
    'npm test; rm -rf .',
    'git diff && curl x',
    'git diff $(id)',
    'git diff `id`',
    'git diff > file',
    'git diff\nid',
    'git diff | sh',
    'X=1 git diff',
  ])
    expect(isAllowed(command, rules), command).toBe(false)
  const { bash } = await givenBash({ allowed: ['echo:*'] })
  expect((await use(bash, { command: 'echo yes' })).output).toBe('yes\n')
  expect((await use(bash, { command: 'id' })).output).toContain('Only these commands')
})
