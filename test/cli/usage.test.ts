import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { cast, daybook, goal, put, spawned, start, temporaryFolder } from './given.ts'

const newFolder = () => temporaryFolder(onTestFinished)

describe('wrong usage ends with 2 and says what to do', () => {
  const wrong: readonly [args: string[], said: RegExp][] = [
    [['nonsense'], /unknown command 'nonsense'/],
    [['log', '--bogus'], /unknown option '--bogus'[\s\S]*begins with a dash/],
    [['log', '--limit', '-3'], /whole number/],
    [['run'], /Say what you want/],
    [['run', ' ', '--rehearse'], /The goal is empty/],
    [['run', goal], /ANTHROPIC_API_KEY[\s\S]*--rehearse/],
    [['run', goal, '--rehearse', '--max-cost', '0'], /number above 0/],
    [['run', goal, '--rehearse', '--depth', '1.5'], /whole number/],
    [['run', goal, '--rehearse', '--model', 'constructor'], /There is no model "constructor"/],
    [['run', goal, '--plan', '--model', 'toString'], /There is no model "toString"/],
    [['agents', 'doctor'], /missing required argument/],
    [['agents', 'retire', 'tester'], /--reason/],
    [['sessions', 'decide', 'x', '--retry', '--skip'], /exactly one/],
    [['workflows', 'raise', 'x'], /Say which limit/],
    [['route'], /Say what has to be done/],
  ]
  test.each(wrong)('daybook %j', async (args, said) => {
    const folder = newFolder()
    const ran = await daybook(args, { cwd: folder })
    expect(ran).toMatchObject({ code: 2, stdout: '' })
    expect(ran.stderr).toMatch(said)
    expect(readdirSync(folder)).toEqual([])
  })
})

test('a command that works on what is there says what to do where there is nothing, and makes nothing', async () => {
  const folder = newFolder()
  const commands = [
    'log',
    'tail',
    'workflows',
    'handoffs show abcd',
    'sessions show abcd',
    'decisions',
    'memory show',
    'rebuild --check',
    'rebuild',
    'projections',
    'export -',
    'workflows cancel abcd',
    'run --resume --rehearse',
  ]
  const ran = await Promise.all(commands.map((line) => daybook(line.split(' '), { cwd: folder })))
  for (const { code, stdout, stderr } of ran) {
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/log\.db: there is no log yet.*daybook run/)
  }
  expect(readdirSync(folder)).toEqual([])
})

test('a question about routing records nothing where there is no log', async () => {
  const folder = newFolder()
  const route = await daybook(['route', '--need', goal, '--json'], { cwd: folder })
  expect(route.code).toBe(0)
  expect(JSON.parse(route.stdout)).toMatchObject({
    chosen: expect.any(String),
    candidates: expect.any(Array),
  })
  const plan = await daybook(['run', goal, '--plan', '--rehearse', '--json'], { cwd: folder })
  expect(JSON.parse(plan.stdout)).toMatchObject({ steps: [{ agent: expect.any(String), hop: 0 }, {}, {}] })
  expect(readdirSync(folder)).toEqual([])
})

test('a missing log names the rehearsals beside it', async () => {
  const folder = newFolder()
  put(join(folder, '.daybook/rehearsal/log.db'), '')
  const { stderr } = await daybook(['waiting'], { cwd: folder })
  expect(stderr).toMatch(/rehearsal\/log\.db: add --rehearsal/)
})

test('agents that are not there, or none, are named with the folder', async () => {
  const folder = newFolder()
  const missing = await daybook(['run', goal, '--rehearse', '--agents', 'nowhere'], { cwd: folder })
  expect(missing).toMatchObject({ code: 1, stdout: '' })
  expect(missing.stderr).toMatch(/nowhere: there is no such folder/)
  put(join(folder, 'empty/readme.txt'), 'no agent')
  const none = await daybook(['run', goal, '--rehearse', '--agents', 'empty'], { cwd: folder })
  expect(none.code).toBe(2)
  expect(none.stderr).toMatch(/No agent/)
  const file = await daybook(['run', goal, '--rehearse', '--agents', 'empty/readme.txt'], { cwd: folder })
  expect(file.code).toBe(2)
  expect(file.stderr).toMatch(/readme\.txt: this is a file/)
})

test('an entry that no agent has is refused before anything starts, with the one that was meant', async () => {
  const folder = newFolder()
  const ran = await daybook(['run', goal, '--rehearse', '--entry', 'api-desinger'], { cwd: folder })
  expect(ran).toMatchObject({ code: 2, stdout: '' })
  expect(ran.stderr).toMatch(/Did you mean "api-designer"/)
})

test('a goal that begins with a dash comes after --', async () => {
  const folder = newFolder()
  const ran = await daybook(['run', '--rehearse', '--plan', '--json', '--', `-1 ${goal}`], { cwd: folder })
  expect(ran.code).toBe(0)
})

test('a configuration that cannot be read is named with what is wrong in it', async () => {
  const folder = newFolder()
  writeFileSync(join(folder, 'daybook.config.json'), '{"agent": "x"}')
  const ran = await daybook(['waiting'], { cwd: folder })
  expect(ran.code).toBe(2)
  expect(ran.stderr).toMatch(/daybook\.config\.json: .*"agent".*it takes .*agents/)
})

test('--help ends with 0 and lists the commands and the exit codes', async () => {
  const { code, stdout } = await daybook(['--help'], { cwd: newFolder() })
  expect(code).toBe(0)
  for (const word of ['init', 'doctor', 'run', 'handoffs', 'export', 'Exit codes'])
    expect(stdout).toContain(word)
})

test('a reader that goes away ends a command quietly; results alone go to stdout', async () => {
  const folder = newFolder()
  const run = await spawned(['run', goal, '--rehearse', '--json', '--agents', cast], { cwd: folder })
  expect(run.code).toBe(0)
  expect(run.stdout.trimEnd().split('\n')).toHaveLength(1)
  const log = start(['--rehearsal', 'log', '--json'], { cwd: folder })
  log.stdout?.once('data', () => log.stdout?.destroy())
  log.stderr?.resume()
  const [code] = (await once(log, 'exit')) as [number | null]
  expect(code).toBe(0)
})

test.each([
  ['{"limits":{"foo":1}}', /: limits does not take "foo"; it takes depthMax, handoffsMax/u],
  ['{"agnets":"x"}', /: the file does not take "agnets"; it takes \$schema, dir, store, agents/u],
  ['{"limits":{"costUsdMax":"5"}}', /: limits\.costUsdMax must be a number, not text\.$/mu],
  ['{"concurrency":0.5}', /: concurrency must be a whole number\.$/mu],
  ['[]', /: the file must be an object, not a list\.$/mu],
])('a configuration of %s is refused in plain words', async (text, words) => {
  const folder = newFolder()
  writeFileSync(join(folder, 'daybook.config.json'), text)
  const ran = await daybook(['waiting'], { cwd: folder })
  expect(ran).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(words) })
})

test.each([
  [['keys', 'create', 'x'.repeat(5_000), '--role', 'reader'], /must have at most 100 characters/u],
  [['route', '--need', 'x', '--from', 'y z'.repeat(2_000)], /no agent/iu],
  [['run', goal, '--rehearse', '--entry', 'z'.repeat(5_000)], /There is no agent|no agent/iu],
  [['tail', '--limit', '1'.repeat(3_000)], /expected a whole number/u],
])('%# what was typed is repeated in part, however long it is', async (args, words) => {
  const ran = await daybook(args, { cwd: newFolder() })
  expect(ran.code).toBeGreaterThan(0)
  expect(ran.stderr).toMatch(words)
  expect(ran.stderr.length).toBeLessThan(1_500)
})

test.each([
  [['backup', ''], /expected a path, and it is empty/u],
  [['restore', ''], /expected a path, and it is empty/u],
  [['export', ' '], /expected a path, and it is empty/u],
  [['import', ''], /expected a path, and it is empty/u],
  [['evidence', 'verify', ''], /expected a path, and it is empty/u],
  [['evidence', 'export', 'x', ''], /expected a path, and it is empty/u],
  [['handoffs', 'accept', 'x', '--minutes', '99999999'], /expected whole minutes from 1 to 1440/u],
  [['handoffs', 'progress', 'x', '--minutes', '1441'], /expected whole minutes from 1 to 1440/u],
])('%j is refused, and nothing else is done instead', async (args, words) => {
  const cwd = newFolder()
  const ran = await daybook(args, { cwd })
  expect(ran).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(words) })
  expect(readdirSync(cwd)).toEqual([])
})
