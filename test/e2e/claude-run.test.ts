import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { cast, goal, type RunResult, spawned, temporaryFolder } from '../cli/given.ts'
import { serverWith } from '../models/ask.ts'
import type { AnswerPlay } from '../models/server/play.ts'
import { teamBrain } from '../models/server/team-brain.ts'

const lastLine = (text: string) => text.trimEnd().split('\n').at(-1) ?? ''

/** A chain of real sessions: the command line in a process of its own, the real SDK, a local Messages server. */
async function ran(...flags: string[]) {
  const folder = temporaryFolder(onTestFinished)
  const server = await serverWith((request): AnswerPlay => teamBrain(request))
  const env = { ANTHROPIC_API_KEY: 'test', ANTHROPIC_BASE_URL: server.url, NO_COLOR: '1' }
  const inFolder = (args: readonly string[]) => spawned(args, { cwd: folder, env })
  const run = await inFolder(['run', goal, '--entry', 'system-architect', '--agents', cast, ...flags])
  return { folder, server, inFolder, run }
}

test('run without --rehearse streams a whole chain from the endpoint that the environment names', async () => {
  const { folder, server, inFolder, run } = await ran('--json')
  expect({ code: run.code, stderr: run.code === 0 ? '' : run.stderr }).toEqual({ code: 0, stderr: '' })
  const { workflow, status, sessions, handoffs } = JSON.parse(lastLine(run.stdout)) as RunResult
  expect(status).toBe('completed')
  expect(sessions).toBeGreaterThanOrEqual(3)
  expect(handoffs).toBe(sessions)
  expect(server.requests.length).toBeGreaterThanOrEqual(3 * sessions)
  expect(server.requests.every(({ body }) => body.stream === true)).toBe(true)
  expect(new Set(server.requests.map(({ headers }) => headers.authorization))).toEqual(
    new Set(['Bearer test']),
  )

  const shown = await inFolder(['sessions', '--json'])
  const all = JSON.parse(lastLine(shown.stdout)) as { agent: string; status: string }[]
  expect(new Set(all.map(({ agent }) => agent)).size).toBe(sessions)
  expect(all.every((session) => session.status === 'completed')).toBe(true)
  const memory = readFileSync(join(folder, '.superagent/memory/insights.md'), 'utf8')
  expect(memory.match(/^## /gmu)).toHaveLength(sessions)

  const offline = { cwd: folder, env: { ANTHROPIC_API_KEY: '' } }
  const proved = await spawned(['prove', workflow, '--json'], offline)
  expect(JSON.parse(lastLine(proved.stdout))).toMatchObject({
    intact: true,
    sessions,
    calls: server.requests.length,
    drift: null,
  })
  // Programs read results: nobody's words stand between the lines that tell what happens.
  expect(run.stderr).not.toContain('│')
})

test('who watches a run sees what each agent says, under its name', async () => {
  const { run } = await ran('--depth', '1')
  expect(run.code).toBe(0)
  const said = run.stderr.split('\n').filter((line) => line.includes(' │ '))
  const speakers = new Set(said.map((line) => line.split(' │ ')[0]))
  expect(speakers.size).toBe(2)
  expect(said).toContain('system-architect │ I record my part.')
  expect(run.stdout).not.toContain('│')
})
