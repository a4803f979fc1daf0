import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { v7 } from 'uuid'
import { expect, test } from 'vitest'
import { crew, newFolder, served } from '../api/given.ts'
import { coresIn, filesWithSecrets, planted } from './planted.ts'

const all = Object.values(planted).join('\n\n')
const cli = join(import.meta.dirname, '../../src/cli/main.ts')

async function run(folder: string, ...args: string[]): Promise<string> {
  const places = [
    '--dir',
    join(folder, 'dir'),
    '--memory',
    join(folder, 'memory'),
    '--agents',
    join(folder, 'agents'),
  ]
  const options = { cwd: folder, env: { ...process.env, NO_COLOR: '1' } }
  const done = promisify(execFile)(process.execPath, [cli, ...places, ...args], options)
  const { stdout, stderr } = await done.catch((error: { stdout: string; stderr: string }) => error)
  return `${stdout}${stderr}`
}

test('a secret sent over HTTP comes back in no answer, and is in no file, event or line of the log', async () => {
  const folder = newFolder()
  const server = await served({ folder })
  const answers: string[] = []
  const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${server.url}${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = `${answer.status} ${await answer.text()}`
    answers.push(text, ...[...answer.headers].map(String))
    return text
  }
  await send('POST', '/v1/workflows', { goal: `Plan it. ${all}` })
  await send('POST', '/v1/handoffs', {
    from: 'system-planner',
    need: `load tests ${all}`,
    context: all,
    to: 'load-runner',
  })
  await send('POST', '/v1/handoffs', { from: all, need: all, provides: [{ requirement: all, text: all }] })
  await send('POST', '/v1/route', { from: 'system-planner', need: `load tests ${all}` })
  await send(
    'PUT',
    '/v1/memory/insights/sections/load-results',
    { text: `## Load Results\n\n${all}\n`, by: 'load-runner' },
    { 'If-None-Match': '*' },
  )
  await send(
    'PUT',
    '/v1/memory/insights/sections/load-results',
    { text: all, by: all },
    { 'If-None-Match': '*' },
  )
  for (const secret of Object.values(planted)) {
    const inPath = encodeURIComponent(secret)
    await send('GET', `/v1/sessions/${inPath}`)
    await send('GET', `/nothing/${inPath}`)
    await send('GET', `/v1/memory/insights?at=${inPath}`)
    await send('POST', `/v1/workflows/${inPath}/pause`, { reason: secret, [secret]: secret })
  }
  expect(coresIn(answers.join('\n'))).toEqual([])
  await server.close()
  expect(coresIn(server.logged.join('\n'))).toEqual([])
  expect(filesWithSecrets(folder)).toEqual([])
})

test('a secret in a goal, an import, a saved document or an agent file is in no file that Daybook writes', async () => {
  const folder = newFolder()
  mkdirSync(join(folder, 'agents'))
  mkdirSync(join(folder, 'memory'))
  for (const [name, text] of Object.entries(crew)) writeFileSync(join(folder, 'agents', `${name}.md`), text)
  const agent = join(folder, 'agents', 'key-keeper.md')
  writeFileSync(agent, `---\nname: key-keeper\ndescription: Keeps keys\n---\n\nUse this:\n\n${all}\n`)
  writeFileSync(join(folder, 'memory', 'insights.md'), `# Insights\n\n## Notes of a person\n\n${all}\n`)
  const said = [await run(folder, 'run', `Plan systems. ${all}`, '--rehearse', '--entry', 'system-planner')]
  expect(said[0]).toContain('completed')
  said.push(
    await run(folder, 'memory', 'show'),
    await run(folder, 'log'),
    await run(folder, 'agents', 'show', 'key-keeper'),
  )
  said.push(
    await run(folder, 'route', '--from', 'system-planner', '--need', all),
    await run(folder, 'sessions', 'show', all),
  )
  expect(coresIn(said.join('\n'))).toEqual([])
  expect(readFileSync(agent, 'utf8')).toContain(planted['a JWT'])
  expect(filesWithSecrets(folder, [agent])).toEqual([])
  const line = join(folder, 'export.jsonl')
  const actor = { kind: 'person', id: 'somebody' }
  const event = { id: v7(), type: 'Said', version: 1, stream: 'session-x', revision: 0, data: { text: all } }
  writeFileSync(
    line,
    `${JSON.stringify({ ...event, meta: { actor, recordedAt: '2026-01-02T03:04:05.000Z' } })}\n`,
  )
  const other = newFolder()
  expect(coresIn(await run(other, 'import', line))).toEqual([])
  expect(filesWithSecrets(other)).toEqual([])
})
