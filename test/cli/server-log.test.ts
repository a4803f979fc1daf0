import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { serverLog } from '../../src/cli/server-log.ts'
import { ended, goal, spawned, start, temporaryFolder } from './given.ts'

/** What no line may hold; put together here, so that nobody mistakes this file for a leak. */
const secret = ['sk-ant', 'api03', 'Q'.repeat(20), 'aB3'.repeat(10)].join('-')

const answered = { request: 'r', method: 'GET', route: '/v1/agents', status: 200, ms: 3, caller: 'local' }

test.each(['text', 'json'] as const)(
  'no secret gets into a line of %s, and lines keep their order',
  async (form) => {
    const lines: string[] = []
    const { say, onAnswer } = serverLog({ say: (line) => void lines.push(line) }, form)
    say(`A document waits: ${secret} "quoted"`)
    say('second')
    onAnswer?.({ ...answered, request: secret })
    await expect.poll(() => lines.length).toBe(form === 'json' ? 3 : 2)
    await turn()
    expect(lines.join('\n')).not.toContain(secret)
    expect(lines[0]).toContain('[redacted: ')
    expect(lines[1]).toContain('second')
    if (form === 'json') for (const line of lines) expect(JSON.parse(line).time).toMatch(/^\d{4}-\d\d-\d\dT/u)
  },
)

test('a message about a request has its id, and an answer what it is about', async () => {
  const lines: string[] = []
  const { say, onAnswer } = serverLog({ say: (line) => void lines.push(line) }, 'json')
  const request = '01a20720-cfc9-749a-b98c-e4122d05da75'
  say(`${request} slow: GET /v1/agents took 3.0 s`)
  onAnswer!({ ...answered, request, workflow: 'w', session: 's' })
  await expect.poll(() => lines.length).toBe(2)
  const [slow, answer] = lines.map((line) => JSON.parse(line))
  expect(slow).toEqual({ time: expect.any(String), message: expect.stringContaining('slow'), request })
  expect(answer).toEqual({
    time: expect.any(String),
    message: 'answered',
    ...answered,
    request,
    workflow: 'w',
    session: 's',
  })
})

test('serve --log json says nothing on stderr that is not one object a line, from its opening to its end', async () => {
  const cwd = temporaryFolder(onTestFinished)
  const child = start(['serve', '--port', '0', '--rehearsal', '--log', 'json'], { cwd })
  onTestFinished(() => void child.kill('SIGKILL'))
  let out = ''
  let err = ''
  child.stdout!.on('data', (chunk) => {
    out += chunk
  })
  child.stderr!.on('data', (chunk) => {
    err += chunk
  })
  const exit = new Promise((resolve) => child.once('exit', resolve))
  const url = () => /http:\/\/127\.0\.0\.1:\d+/u.exec(out)?.[0]
  await expect.poll(url, { timeout: 50_000 }).toBeDefined()
  const begun = await fetch(`${url()}/v1/workflows`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Request-Id': secret },
    body: JSON.stringify({ goal }),
  })
  expect(begun.status).toBe(201)
  const { id } = (await begun.json()) as { id: string }
  await (await fetch(`${url()}/v1/workflows/${id}`)).text()
  await (await fetch(`${url()}/v1/workflows/${secret}`)).text()
  child.kill('SIGTERM')
  expect(await exit).toBe(0)
  const lines = err
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  for (const line of lines)
    expect(line).toMatchObject({ time: expect.any(String), message: expect.any(String) })
  expect(lines).toContainEqual(expect.objectContaining({ message: 'answered', status: 201, workflow: id }))
  expect(lines).toContainEqual(
    expect.objectContaining({ message: 'answered', status: 200, workflow: id, method: 'GET' }),
  )
  expect(lines).toContainEqual(expect.objectContaining({ message: expect.stringContaining('SIGTERM') }))
  expect(err).not.toContain(secret)
})

test('serve --log json says why it does not begin, too, as an object', async () => {
  const cwd = temporaryFolder(onTestFinished)
  const ran = await spawned(['serve', '--host', '0.0.0.0', '--port', '0', '--log', 'json'], { cwd })
  expect(ran.code).toBe(2)
  const lines = ran.stderr.trimEnd().split('\n')
  for (const line of lines) expect(JSON.parse(line)).toHaveProperty('time')
  expect(JSON.parse(lines.at(-1)!).message).toContain('DAYBOOK_API_KEY')
})

test('a server whose log is moved away ends, and says so as an object', async () => {
  const cwd = temporaryFolder(onTestFinished)
  const child = start(['serve', '--port', '0', '--rehearsal', '--log', 'json'], { cwd })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ending = ended(child)
  await new Promise((resolve) => child.stdout!.once('data', resolve))
  const log = join(cwd, '.daybook/rehearsal/log.db')
  for (const end of ['', '-wal', '-shm']) renameSync(`${log}${end}`, `${log}${end}.away`)
  writeFileSync(log, 'something else')
  const { code, stderr } = await ending
  expect(code).toBe(1)
  for (const line of stderr.trimEnd().split('\n')) expect(JSON.parse(line)).toHaveProperty('message')
})
