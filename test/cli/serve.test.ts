import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { packageRoot } from '../../src/runtime/settings.ts'

const main = join(packageRoot(), 'src/cli/main.ts')

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-serve-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

interface Running {
  readonly child: ChildProcess
  readonly said: () => string
  readonly printed: () => string
  /** Exit code, and the signal that killed it. */
  readonly exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

function daybook(cwd: string, args: readonly string[], env: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, [main, ...args], { cwd, env: { ...process.env, ...env } })
  onTestFinished(() => void child.kill('SIGKILL'))
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  const exit = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.on('exit', (code, signal) => resolve({ code, signal }))
  })
  return { child, said: () => err, printed: () => out, exit }
}

async function url({ printed, said }: Running): Promise<string> {
  await expect.poll(() => `${printed()}${said()}`, { timeout: 60_000 }).toMatch(/http:\/\/127\.0\.0\.1:\d+/u)
  await expect.poll(printed).toMatch(/http:\/\/127\.0\.0\.1:\d+/u)
  return /http:\/\/127\.0\.0\.1:\d+/u.exec(printed())![0]
}

test('start plays the sample once and serves it; what it prints can be pasted; SIGTERM ends it cleanly', async () => {
  const cwd = newFolder()
  const first = daybook(cwd, ['start', '--port', '0'])
  const at = await url(first)
  expect(first.printed().trim().split('\n')).toHaveLength(5)
  const workflow = (await (await fetch(`${at}/v1/workflows/sample`)).json()) as Record<string, unknown>
  expect(workflow).toMatchObject({ status: 'completed', rehearsal: true, model: 'rehearsal' })
  expect(workflow.sessions as number).toBeGreaterThanOrEqual(4)
  expect(await (await fetch(`${at}/v1/memory/insights`)).text()).toContain('## ')
  first.child.kill('SIGTERM')
  expect(await first.exit).toEqual({ code: 0, signal: null })

  const why = daybook(cwd, ['handoffs', '--dir', '.daybook/sample', '--json'])
  expect((await why.exit).code).toBe(0)
  expect(JSON.parse(why.printed()).length).toBe(workflow.handoffs)

  const second = daybook(cwd, ['start', '--port', '0', '--json'])
  const again = await url(second)
  expect(JSON.parse(second.printed())).toEqual({ url: again, workflow: 'sample' })
  const still = (await (await fetch(`${again}/v1/workflows/sample`)).json()) as Record<string, unknown>
  expect(still.events).toBe(workflow.events)
  second.child.kill('SIGINT')
  expect(await second.exit).toEqual({ code: 0, signal: null })
})

test('serve without a model says that handoffs wait; beyond this machine it asks for a key', async () => {
  const cwd = newFolder()
  const waits = daybook(cwd, ['serve', '--port', '0', '--json'])
  expect(JSON.parse(`{"url":"${await url(waits)}"}`)).toEqual(JSON.parse(waits.printed()))
  await expect.poll(waits.said).toMatch(/wait: no model can be called without ANTHROPIC_API_KEY/u)
  waits.child.kill('SIGTERM')
  expect((await waits.exit).code).toBe(0)
  const open = daybook(cwd, ['serve', '--host', '0.0.0.0', '--port', '0'])
  expect((await open.exit).code).toBe(2)
  expect(open.said()).toMatch(/set DAYBOOK_API_KEY/u)
  const elsewhere = newFolder()
  const none = daybook(elsewhere, ['serve', '--host', '0.0.0.0', '--port', '0'])
  expect((await none.exit).code).toBe(2)
  expect(readdirSync(elsewhere)).toEqual([])
  const wrong = daybook(cwd, ['serve', '--port', '70000'])
  expect((await wrong.exit).code).toBe(2)
})

test.each(['serve', 'start'])('%s looks whether it can listen before it makes anything', async (command) => {
  const cwd = newFolder()
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void taken.close())
  const { port } = taken.address() as AddressInfo
  for (const [args, said] of [
    [['--host', '256.1.1.1', '--port', '0'], /no host 256\.1\.1\.1.*--host/u],
    [['--port', String(port)], /is taken.*--port/u],
  ] as const) {
    const refused = daybook(cwd, [command, ...args], { DAYBOOK_API_KEY: 'a-long-random-text-for-tests' })
    expect((await refused.exit).code).toBe(1)
    expect(refused.said()).toMatch(said)
  }
  expect(readdirSync(cwd)).toEqual([])
})
