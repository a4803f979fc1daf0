import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newFolder, served } from '../api/given.ts'
import { daybook } from './given.ts'
import { at } from './url-given.ts'

/** What every log would refuse is wrong usage; what this one lacks is a failure. Here and on a server alike. */
const lines: [line: string, code: 1 | 2, words: RegExp][] = [
  ['route --need x --from nobody-such', 2, /There is no agent "nobody-such"/u],
  ['keys create a --role agent --agent nobody-such', 2, /There is no agent "nobody-such"/u],
  ['keys create a --role agent', 2, /say which/u],
  ['keys create a --role reader --agent load-runner', 2, /name no agent/u],
  ['keys create a --role reader --expires 2020-01-01', 2, /would be of no use/u],
  ['memory assign load-results --to nobody-such', 2, /There is no agent "nobody-such"/u],
  ['handoffs redrive <handoff> --to nobody-such', 2, /no agent "nobody-such"/u],
  ['inbox nobody-such', 1, /There is no agent "nobody-such"/u],
  ['agents show nobody-such', 1, /There is no agent "nobody-such"/u],
  ['agents retire nobody-such --reason x', 1, /There is no agent "nobody-such"/u],
  ['workflows show nothing-such', 1, /There is no workflow/u],
  ['keys revoke nothing-such', 1, /There is no key/u],
]

test.each(lines)('%s: %i', async (line, code, words) => {
  const server = await served()
  const text = '## Load Results\n\n- One.\n'
  const headers = { 'Content-Type': 'application/json', 'If-None-Match': '*' }
  const section = `${server.url}/v1/memory/insights/sections/load-results`
  await fetch(section, { method: 'PUT', headers, body: JSON.stringify({ text, by: 'person' }) })
  const need = JSON.stringify({ from: 'person', need: 'Run load tests' })
  const asked = await fetch(`${server.url}/v1/handoffs`, { method: 'POST', headers, body: need })
  const { id } = (await asked.json()) as { id: string }
  const { dir: folder } = server.daybook.settings
  const args = line.replace('<handoff>', id).split(' ')
  const there = await at({ folder, url: server.url }, args)
  expect(there).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(words) })
  await server.close()
  const here = await at({ folder, url: null }, args)
  const now = /it is \S+Z now/u
  expect({ ...here, stderr: here.stderr.replace(now, '') }).toEqual({
    ...there,
    stderr: there.stderr.replace(now, ''),
  })
})

test('an entry that nobody has is wrong usage on a server, too', async () => {
  const server = await served()
  const ran = await at({ folder: newFolder(), url: server.url }, ['run', 'x', '--entry', 'nobody-such'])
  expect(ran).toMatchObject({ code: 2, stdout: '' })
})

test('evidence that is not there was not altered: it is wrong usage to check it', async () => {
  const cwd = newFolder()
  const missing = await daybook(['evidence', 'verify', 'nowhere'], { cwd })
  expect(missing).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/nowhere: there is no/u),
  })
  mkdirSync(join(cwd, 'empty'))
  expect((await daybook(['evidence', 'verify', 'empty'], { cwd })).code).toBe(3)
})

test('an agent that lives elsewhere and has no file is noticed', async () => {
  const cwd = newFolder()
  const config = join(cwd, 'daybook.config.json')
  const agents = async () => {
    const { stdout } = await daybook(['doctor', '--json'], { cwd })
    const { checks } = JSON.parse(stdout) as { checks: { check: string; status: string; found: string }[] }
    return checks.find(({ check }) => check === 'agents')
  }
  writeFileSync(config, '{"external": ["Load Runner", "nobody-such"]}')
  expect(await agents()).toMatchObject({
    status: 'note',
    found: expect.stringMatching(/none named Load Runner, nobody-such$/u),
  })
  writeFileSync(config, '{"external": ["Tester"]}')
  expect(await agents()).toMatchObject({ status: 'ok' })
})
