import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { routeRules } from '../../src/access/policy.ts'
import { createApp } from '../../src/api/app.ts'
import type { ApiDaybook } from '../../src/api/context.ts'
import { commandRoutes } from '../../src/cli/command-routes.ts'
import { allCommands, program, words } from '../../src/cli/program.ts'
import { results } from '../../src/cli/results.ts'
import { ask, newFolder, send, served } from '../api/given.ts'
import { cast, daybook, temporaryFolder } from './given.ts'
import { alike, at, copyOf, type Name, type Rehearsed, rehearsed } from './url-given.ts'

const runnable = allCommands(program())
  .filter((command) => command.commands.length === 0 || Object.hasOwn(results, words(command)))
  .map(words)

describe('the table of commands and routes', () => {
  test('has every command once, with the routes that answer it or the reason why none does', () => {
    expect(runnable.filter((name) => !Object.hasOwn(commandRoutes, name))).toEqual([])
    expect(Object.keys(commandRoutes).filter((name) => !runnable.includes(name))).toEqual([])
  })

  test('names routes that there are', () => {
    const app = createApp({
      daybook: {} as ApiDaybook,
      key: null,
      stopping: new AbortController().signal,
      version: '0',
      log: () => undefined,
    })
    const there = new Set(
      app.routes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/gu, '{$1}')}`),
    )
    const named = Object.values(commandRoutes).flatMap((one) => ('routes' in one ? one.routes : []))
    expect(named.filter((route) => !there.has(route) || !Object.hasOwn(routeRules, route))).toEqual([])
  })

  const local = Object.entries(commandRoutes).filter(([, one]) => 'here' in one)
  // A hook never gets in anybody's way: it does not read what a server is called.
  test.each(local.filter(([name]) => name !== 'hook'))(
    '%s with --url ends with 2 and says why',
    async (name) => {
      const given: Record<string, string[]> = {
        'agents doctor': ['x'],
        'evidence verify': ['x'],
        import: ['x'],
        backup: ['x'],
        restore: ['x'],
        'store migrate': ['x', 'y'],
      }
      const cwd = temporaryFolder(onTestFinished)
      const args = ['--url', 'http://127.0.0.1:9', ...name.split(' '), ...(given[name] ?? [])]
      const ran = await daybook(args, { cwd })
      expect(ran).toMatchObject({ code: 2, stdout: '' })
      expect(ran.stderr).toMatch(/is for this machine alone: [\s\S]*leave --url out/u)
    },
  )
})

describe('what asks no log', () => {
  test('does not mind a server in the environment', async () => {
    const cwd = temporaryFolder(onTestFinished)
    process.env.DAYBOOK_URL = 'http://127.0.0.1:9'
    onTestFinished(() => {
      delete process.env.DAYBOOK_URL
    })
    const verified = await daybook(['evidence', 'verify', '.'], { cwd })
    expect(verified).toMatchObject({ code: 3, stdout: expect.stringContaining('manifest.json is not there') })
    expect(await daybook(['agents', 'doctor', cast], { cwd })).toMatchObject({ code: 0 })
    expect((await daybook(['backup', 'there'], { cwd })).code).toBe(2)
  })
})

let given: Rehearsed
const folder = mkdtempSync(join(tmpdir(), 'daybook-url-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** One log for all tests: none of them changes it. */
async function rehearsedOnce(): Promise<void> {
  given ??= await rehearsed(folder)
}

const of = (line: string) => line.replace(/<(\w+)>/gu, (_, name: Name) => given.ids[name] ?? `<${name}>`)

/** A line as a shell takes it, with double quotes only. */
function split(line: string): string[] {
  return [...of(line).matchAll(/"([^"]*)"|(\S+)/gu)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}

const questions = [
  'waiting',
  'workflows',
  'workflows show <workflow>',
  'handoffs',
  'handoffs --status completed',
  'handoffs show <handoff>',
  'handoffs dead-letters',
  'inbox load-runner',
  'sessions',
  'handoffs --workflow <workflow>',
  'sessions --workflow <workflow>',
  'sessions show <session>',
  'sessions show <asking>',
  'decisions',
  'memory show',
  'memory show --section load-results',
  'memory show --at event:<event>',
  'memory list',
  'memory owners',
  'memory owners --document insights',
  'memory diff event:<event>',
  'memory log',
  'memory log --section load-results',
  'memory blame',
  'memory search load',
  'memory report',
  'memory readers "Load Results"',
  'memory influence <session>',
  'memory undo <session>',
  'undo <session> --repeats',
  'why 1',
  'agents',
  'agents list',
  'agents show load-runner',
  'route --need "Run load tests"',
  'route --need "Run load tests" --from system-planner --at event:<event>',
  'route graph',
  'route graph --dot',
  'route replay',
  'log',
  'log --limit 3',
  'log --type Handoff --workflow <workflow>',
  'log --stream session- --after event:<event>',
  'tail',
  'tail --limit 2 --type Handoff',
  'log --type Zzz',
  'projections',
  'projections show handoff-board',
  'projections show session-transcript <session>',
  'projections show agent-roster',
  'rebuild --check',
  'prove <workflow>',
  'prove <session>',
  'verify',
  'export -',
  'keys list',
  'run "Run load tests" --plan --entry load-runner',
]

const refusals = [
  'workflows show nothing-such',
  'handoffs show nothing-such',
  'sessions show nothing-such',
  'memory show --document nothing',
  'memory show --section nothing-such',
  'why "a line that nobody wrote"',
  'agents show nobody-such',
  'projections show session-transcript nothing',
  'workflows pause <workflow>',
  'workflows resume <workflow>',
  'workflows cancel <workflow>',
  'workflows raise <workflow>',
  'workflows raise <workflow> --cost 900',
  'route --need x --from nobody-such',
  'sessions decide <session> --retry',
  'sessions resume <asking>',
  'sessions resume <unsure>',
  'sessions cancel <session>',
  'sessions resume <session>',
  'handoffs redrive <handoff> --to nobody-such',
  'handoffs --status banana',
  'handoffs --workflow nothing-such',
  'handoffs dead-letters --workflow nothing-such',
  'sessions --workflow nothing-such',
  'log --workflow nothing-such',
  'tail --workflow nothing-such',
  'memory restore load-results --at 999999999',
  'route',
]

describe('a server answers as the log does', () => {
  test('every question, as text and as JSON: byte for byte', async () => {
    await rehearsedOnce()
    const server = await served({ folder })
    const different: unknown[] = []
    const asked = new Set<string>()
    for (const line of questions)
      for (const form of [[], ['--json']]) {
        const args = [...split(line), ...form]
        // Of a rehearsal, as the server's is.
        const rehearsal = line.startsWith('run ') ? ['--rehearsal'] : []
        const here = await at({ folder, url: null }, [...rehearsal, ...args])
        const there = await at({ folder, url: server.url }, args)
        if (here.code !== 0) different.push({ args, here })
        const plain = (text: string) => (line.startsWith('route replay') ? alike(text, folder) : text)
        if (here.code !== there.code || plain(here.stdout) !== plain(there.stdout))
          different.push({
            args,
            here: here.stdout.slice(0, 600),
            there: there.stdout.slice(0, 600) + there.stderr,
          })
        asked.add(
          runnable
            .filter((name) => `${line} `.startsWith(`${name} `))
            .sort((a, b) => b.length - a.length)[0]!,
        )
      }
    expect(different).toEqual([])
    expect(asked.size).toBeGreaterThan(35)
  }, 120_000)

  test('what is refused is refused with the same words, and the same end', async () => {
    await rehearsedOnce()
    const server = await served({ folder })
    const different: unknown[] = []
    for (const line of refusals) {
      const here = await at({ folder, url: null }, split(line))
      const there = await at({ folder, url: server.url }, split(line))
      if (here.code === 0 || here.code !== there.code || here.stderr !== there.stderr || there.stdout !== '')
        different.push({ line, here, there })
    }
    expect(different).toEqual([])
  })
})

const orders = [
  'workflows raise <running> --cost 900 --handoffs 900',
  'workflows pause <running>',
  'workflows resume <running> --reason "Go on"',
  'workflows fork <workflow> --at event:<event>',
  'workflows',
  'handoffs accept <open>',
  'handoffs progress <open> --note "Half way"',
  'handoffs complete <open> --summary summary.md --as-it-is',
  'handoffs redrive <returned> --to load-runner',
  'handoffs decline <returned> --reason "Not mine"',
  'handoffs cancel <returned>',
  'sessions decide <unsure> --skip --note "I looked"',
  'sessions approve <asking>',
  'sessions resume <asking>',
  'sessions cancel <asking>',
  'memory assign load-results --to people',
  'memory restore load-results --at event:<event>',
  'memory undo <session> --yes',
  'agents retire bench-keeper --reason "Not needed"',
  'seal',
  'rebuild',
  'evidence export <workflow> evidence',
  'keys create phone --role reader --expires 2031-01-01',
  'keys revoke phone',
  'workflows cancel <running>',
]

test('a type that no event begins with is said on stderr, a status that there is not is refused with those there are', async () => {
  await rehearsedOnce()
  const server = await served({ folder })
  for (const url of [null, server.url]) {
    const run = (line: string) => at({ folder, url }, split(line))
    expect(await run('log --type HandofRouted --json')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('Did you mean HandoffRouted?'),
    })
    expect((await run('tail --type Zzz')).stderr).toContain('No event that Daybook knows')
    expect((await run('log --type HandoffDeadL')).stderr).toBe('')
    const banana = await run('handoffs --status banana')
    expect(banana).toMatchObject({ code: 2, stderr: expect.stringMatching(/banana.*routed.*dead_lettered/u) })
    const nobody = await run('sessions --workflow nothing-such')
    expect(nobody.stderr).toBe((await run('workflows show nothing-such')).stderr)
  }
})

describe('a server does what the log does', () => {
  test.each([[[]], [['--json']]])(
    'every order, over copies of one log %j',
    async (form) => {
      await rehearsedOnce()
      const [one, two] = [copyOf(given.folder, newFolder()), copyOf(given.folder, newFolder())]
      const server = await served({ folder: two, key: 'a-long-random-text-for-tests' })
      process.env.DAYBOOK_API_KEY = 'a-long-random-text-for-tests'
      onTestFinished(() => void delete process.env.DAYBOOK_API_KEY)
      const different: unknown[] = []
      for (const line of orders) {
        const args = [...split(line), ...form].map((arg) => arg)
        const inFolder = (folder: string) =>
          args.map((arg) => (arg === 'summary.md' || arg === 'evidence' ? join(folder, 'given', arg) : arg))
        for (const folder of [one, two]) {
          mkdirSync(join(folder, 'given'), { recursive: true })
          writeFileSync(join(folder, 'given', 'summary.md'), '**Work done**: it ran.\n')
        }
        const order = (folder: string) =>
          inFolder(folder).map((arg, nth) => (nth === 0 && line.startsWith('evidence') ? 'evidence' : arg))
        const here = await at({ folder: one, url: null }, order(one))
        const there = await at({ folder: two, url: server.url }, order(two))
        const same = here.code === there.code && alike(here.stdout, one) === alike(there.stdout, two)
        if (here.code !== 0 || !same) different.push({ args, here, there })
      }
      expect(different).toEqual([])
    },
    120_000,
  )

  test('a fork is marked with its parent, in the list and in what shows it', async () => {
    await rehearsedOnce()
    const copy = copyOf(folder, newFolder())
    const server = await served({ folder: copy })
    const { workflow } = given.ids
    for (const url of [null, server.url]) {
      const run = (line: string) => at({ folder: copy, url }, split(line))
      const fork = (await run('workflows fork <workflow> --at event:<event>')).stdout.split('\n')[0]
      const list = (await run('workflows')).stdout.split('\n')
      expect(list.find((line) => line.startsWith(`${fork}`))).toContain(`fork of ${workflow}`)
      expect(list.find((line) => line.startsWith(workflow))).not.toContain('fork of')
      expect((await run(`workflows show ${fork}`)).stdout).toContain(`A fork of ${workflow}, with all`)
      expect((await run(`workflows show ${fork} --json`)).stdout).toContain(
        `"forkOf":{"workflow":"${workflow}","at":"`,
      )
    }
  }, 60_000)

  test('evidence from a server can be checked by itself', async () => {
    await rehearsedOnce()
    const copy = copyOf(folder, newFolder())
    const server = await served({ folder: copy })
    const target = join(copy, 'evidence')
    const made = await at({ folder: copy, url: server.url }, split(`evidence export <workflow> ${target}`))
    expect(made.code).toBe(0)
    const checked = await daybook(['evidence', 'verify', target, '--json'], { cwd: copy })
    expect(JSON.parse(checked.stdout)).toMatchObject({ ok: true, workflow: given.ids.workflow })
  })
})

describe('run with --url', () => {
  test('begins a workflow there, tells what happens, and ends when it is over', async () => {
    const server = await served({ work: 'runs' })
    const goal = 'Run load tests of the upload service'
    const cwd = temporaryFolder(onTestFinished)
    const ran = await daybook(['--url', server.url, 'run', goal, '--rehearse', '--json'], { cwd })
    expect(ran.code).toBe(0)
    const end = JSON.parse(ran.stdout.trimEnd().split('\n').at(-1) ?? '')
    expect(end).toMatchObject({ status: 'completed', sessions: expect.any(Number) })
    expect(ran.stderr).toMatch(/goal +Run load tests[\s\S]*load-runner/u)
    const { body } = await ask(`${server.url}/v1/workflows/${end.workflow}`)
    expect(body).toMatchObject({ status: 'completed', sessions: end.sessions, handoffs: end.handoffs })
    const text = await daybook(['--url', server.url, 'run', goal], { cwd })
    expect(text.stdout).toContain(`daybook --url ${server.url} handoffs show ID`)
  }, 60_000)

  test('ends when it waits for a person, and says for what', async () => {
    const server = await served({ work: 'runs' })
    const cwd = temporaryFolder(onTestFinished)
    const { id } = (await send(`${server.url}/v1/workflows`, { goal: 'Run load tests' })).body
    await send(`${server.url}/v1/workflows/${id}/pause`, {})
    const ran = await daybook(['--url', server.url, 'run', 'Zzyzx qwfp', '--json'], { cwd })
    expect(JSON.parse(ran.stdout)).toMatchObject({ status: expect.stringMatching(/failed|waiting/u) })
  }, 60_000)

  test('a rehearsal is not asked of a server that would call a model', async () => {
    const cwd = temporaryFolder(onTestFinished)
    const ran = await daybook(['--url', 'localhost', 'run', 'x', '--rehearse'], { cwd })
    expect(ran.code).toBe(2)
    expect(ran.stderr).toMatch(/expected an address/u)
  })
})

test('tail -f follows a server until it is interrupted', async () => {
  const server = await served()
  const cwd = temporaryFolder(onTestFinished)
  const following = daybook(['--url', server.url, 'tail', '-f', '--limit', '1', '--json'], { cwd })
  await expect.poll(() => server.daybook.project !== null).toBe(true)
  setTimeout(() => void send(`${server.url}/v1/handoffs`, { from: 'person', need: 'Run load tests' }), 300)
  setTimeout(() => process.emit('SIGINT'), 1_500)
  const { stdout } = await following
  expect(stdout).toMatch(/HandoffRouted/u)
}, 30_000)
