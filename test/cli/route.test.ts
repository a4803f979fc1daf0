import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { shippedAgents } from '../../src/runtime/settings.ts'
import { daybook, result, temporaryFolder } from './given.ts'

function project(): string {
  const cwd = temporaryFolder(onTestFinished)
  cpSync(shippedAgents(), join(cwd, 'agents'), { recursive: true })
  return cwd
}

test('a goal that is nobody’s fails with the flag that helps, and one about software begins with whoever plans', async () => {
  const cwd = project()
  const ran = await daybook(['run', 'bake a chocolate cake', '--rehearse', '--agents', 'agents'], { cwd })
  expect(ran.code).toBe(1)
  expect(ran.stdout).toContain('run "bake a chocolate cake" --entry AGENT')
  expect(ran.stdout).toContain('product-planner')
  const planned = await daybook(['run', 'bake a cake', '--plan', '--agents', 'agents'], { cwd })
  expect(planned.stdout).toContain('--entry AGENT')
  const plan = await result<{ steps: { agent: string }[] }>(
    ['run', 'a habit tracker app with streaks', '--plan', '--agents', 'agents'],
    { cwd },
  )
  expect(plan.steps[0]!.agent).toBe('product-planner')
})

test('a rehearsed log is replayed: the same policy changes nothing, progress goes to stderr', async () => {
  const cwd = project()
  await result(['run', 'Design the endpoint that lists invoices', '--rehearse', '--agents', 'agents'], {
    cwd,
  })
  const ran = await daybook(['--rehearsal', 'route', 'replay', '--json'], { cwd })
  expect(ran.stderr).toMatch(/\d+ of \d+ decisions …/u)
  const replay = JSON.parse(ran.stdout) as { decisions: number; elsewhere: number }
  expect(replay.decisions).toBeGreaterThan(1)
  expect(replay.elsewhere).toBe(0)
  const graph = await result<{ edges: { happened: { handoffs: number } }[] }>(
    ['--rehearsal', 'route', 'graph', '--agents', 'agents'],
    { cwd },
  )
  expect(graph.edges.some(({ happened }) => happened.handoffs > 0)).toBe(true)
  const dot = await daybook(['--rehearsal', 'route', 'graph', '--dot', '--agents', 'agents'], { cwd })
  expect(dot.stdout).toMatch(/^digraph handoffs \{\n {2}"api-designer";/u)
  const wrong = await daybook(['--rehearsal', 'route', 'replay', '--policy', 'guess'], { cwd })
  expect(wrong.code).toBe(2)
  expect(wrong.stderr).toContain('patterns-2, text-2')
})
