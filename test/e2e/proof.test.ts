import { createHash } from 'node:crypto'
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { RecordedEvent } from '../../src/kernel/event.ts'
import type { Proof } from '../../src/runtime/proof/prove.ts'
import {
  cast,
  daybook,
  main,
  type RunResult,
  rehearsedChain,
  result,
  spawned,
  temporaryFolder,
} from '../cli/given.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const lastLine = (text: string) => text.trimEnd().split('\n').at(-1) ?? ''

let folder = ''
let run = {} as RunResult
let remove = () => {}

/** One rehearsed chain; each test works on a copy of it, or adds to it. */
beforeAll(async () => {
  ;({ folder, run } = await rehearsedChain((end) => {
    remove = end
  }))
})
afterAll(() => remove())

const copy = () => {
  const place = temporaryFolder(onTestFinished)
  cpSync(folder, place, { recursive: true })
  return place
}

async function logOf(place: string, workflow: string): Promise<RecordedEvent[]> {
  const { stdout } = await daybook(['--rehearsal', 'log', '--json'], { cwd: place })
  const events = stdout.trimEnd().split('\n')
  return events
    .map((line) => JSON.parse(line) as RecordedEvent)
    .filter(({ meta }) => meta.correlation === workflow)
}

/** Changes one byte of the stored text of the first event of a type, where these words stand. */
function changeByte(place: string, type: string, words: string): string {
  const database = new DatabaseSync(join(place, '.daybook/rehearsal/log.db'))
  const like = `%${words}%`
  const row = database
    .prepare('SELECT id, data FROM events WHERE type = ? AND data LIKE ? ORDER BY pos LIMIT 1')
    .get(type, like) as { id: string; data: string }
  const changed = row.data.replace(words, `${words.slice(0, -1)}#`)
  expect(changed.length).toBe(row.data.length)
  database.prepare('UPDATE events SET data = ? WHERE id = ?').run(changed, row.id)
  database.close()
  return row.id
}

describe('after one changed byte, prove ends with 3 and names the place', () => {
  test.each([
    ['the request: what the model was told first', 'ModelCalled', 'You keep', 'ModelCalled'],
    ['the request: its system prompt', 'ContextGiven', 'You work as one agent', 'ModelCalled'],
    ['an answer', 'ModelAnswered', 'write_section', 'ModelAnswered'],
    ['a tool result', 'ToolReturned', 'Saved', 'ToolReturned'],
  ])('in %s', async (_what, type, words, where) => {
    const place = copy()
    expect((await daybook(['--rehearsal', 'prove', run.workflow], { cwd: place })).code).toBe(0)
    const event = changeByte(place, type, words)
    const proved = await daybook(['--rehearsal', 'prove', run.workflow, '--json'], { cwd: place })
    expect(proved.code).toBe(3)
    const proof = JSON.parse(lastLine(proved.stdout)) as Proof
    expect(proof).toMatchObject({ intact: false, firstDifference: { type: where } })
    const { firstDifference } = proof
    const events = await logOf(place, run.workflow)
    const named = events.find(({ id }) => id === firstDifference?.event)
    expect(named?.stream).toBe(events.find(({ id }) => id === event)?.stream)
    if (type === where) expect(firstDifference?.event).toBe(event)
    const people = await daybook(['--rehearsal', 'prove', run.workflow], { cwd: place })
    expect(people.stdout).toContain(`event ${firstDifference?.event}`)
  })

  test('in an edit of the memory, though it was folded before', async () => {
    const place = copy()
    const event = changeByte(place, 'DocumentEdited', '"kind":"opened')
    const proved = await daybook(['--rehearsal', 'prove', run.workflow, '--json'], { cwd: place })
    expect({ code: proved.code, stderr: proved.stderr }).toMatchObject({ code: 3 })
    expect(JSON.parse(lastLine(proved.stdout))).toMatchObject({
      intact: false,
      firstDifference: { event, message: expect.stringContaining('changes.0.kind') },
    })
    const checked = await daybook(['--rehearsal', 'rebuild', '--check'], { cwd: place })
    expect(checked.code).toBe(3)
    expect(checked.stdout).toMatch(new RegExp(`^log: .*position \\d+ .*event ${event}.*changes.0.kind`, 'mu'))
    const shown = await daybook(['--rehearsal', 'memory', 'show', '--at', '60'], { cwd: place })
    expect(shown).toMatchObject({ code: 1, stderr: expect.stringContaining(event) })
  })

  test('in a place where it can no longer be read', async () => {
    const place = copy()
    const database = new DatabaseSync(join(place, '.daybook/rehearsal/log.db'))
    database.exec(`UPDATE events SET data = '[' || substr(data, 2) WHERE type = 'ModelAnswered' AND pos = (
      SELECT min(pos) FROM events WHERE type = 'ModelAnswered')`)
    database.close()
    const proved = await daybook(['--rehearsal', 'prove', run.workflow, '--json'], { cwd: place })
    expect({ code: proved.code, stderr: proved.stderr }).toMatchObject({ code: 3 })
    expect(JSON.parse(lastLine(proved.stdout))).toMatchObject({
      intact: false,
      firstDifference: { type: 'damaged', message: expect.stringMatching(/position \d+/u) },
    })
    const { stdout } = await daybook(['--rehearsal', 'prove', run.workflow], { cwd: place })
    expect(stdout).toMatch(/^not intact: .*position \d+ .*is not JSON/u)
    expect(stdout.match(/the log is damaged/gu)).toHaveLength(1)
  })
})

test('after an edit to the prompt template it stays intact and reports the drift', async () => {
  const edited = temporaryFolder(onTestFinished)
  for (const part of ['src', 'projections', 'agents', 'package.json'])
    cpSync(join(root, part), join(edited, part), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(edited, 'node_modules'))
  const template = join(edited, 'src/sessions/prompt.ts')
  const text = readFileSync(template, 'utf8')
  writeFileSync(template, text.replace('You work as one agent of a team', 'You are one agent of a team'))
  expect(readFileSync(template, 'utf8')).not.toBe(text)
  const entry = main.replace(root, `${edited}/`)
  const proved = await spawned(['--rehearsal', 'prove', run.workflow, '--json'], { cwd: folder, main: entry })
  expect(proved.code).toBe(0)
  expect(JSON.parse(lastLine(proved.stdout))).toMatchObject({
    intact: true,
    firstDifference: null,
    drift: { what: 'prompt', message: expect.stringContaining('You are one agent of a team') },
  })
})

describe('a fork', () => {
  test('runs on, parent and child prove intact, and the parent is what it was, byte for byte', async () => {
    const place = copy()
    const look = <Result>(...args: string[]) => result<Result>(['--rehearsal', ...args], { cwd: place })
    const digest = async () => {
      const events = await logOf(place, run.workflow)
      return {
        events: events.length,
        digest: createHash('sha256').update(JSON.stringify(events)).digest('hex'),
      }
    }
    const before = await digest()
    const [first] = await look<{ id: string }[]>('sessions')
    const { workflow } = await look<{ workflow: string }>(
      'workflows',
      'fork',
      run.workflow,
      '--at',
      `session:${first!.id}`,
    )
    expect(workflow).not.toBe(run.workflow)
    const resumed = await daybook(['run', '--resume', '--rehearse', '--agents', cast, '--json'], {
      cwd: place,
    })
    expect(resumed.code).toBe(0)
    const child = await look<{ status: string; sessions: number }>('workflows', 'show', workflow)
    expect(child.status).toBe('completed')
    expect(child.sessions).toBeGreaterThanOrEqual(2)
    for (const id of [run.workflow, workflow])
      expect(await look('prove', id)).toMatchObject({ intact: true, firstDifference: null })
    expect(await digest()).toEqual(before)
  })

  test('of a moment in the middle of a session goes on there and calls nothing again that was answered', async () => {
    const place = copy()
    const look = <Result>(...args: string[]) => result<Result>(['--rehearsal', ...args], { cwd: place })
    const events = await logOf(place, run.workflow)
    const middle = events.find(({ type }) => type === 'ToolReturned')!
    const { workflow } = await look<{ workflow: string }>(
      'workflows',
      'fork',
      run.workflow,
      '--at',
      `event:${middle.id}`,
    )
    await daybook(['run', '--resume', '--rehearse', '--agents', cast], { cwd: place })
    expect(await look('prove', workflow)).toMatchObject({ intact: true })
    const calls = (await logOf(place, workflow)).filter(({ type }) => type === 'ModelCalled')
    const keys = calls.map(({ stream, data }) => `${stream} ${(data as { call: string }).call}`)
    expect(new Set(keys).size).toBe(keys.length)
  })
})
