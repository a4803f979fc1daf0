import { readdirSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { counted } from '../../src/kernel/counted.ts'
import { newFolder, send, served } from '../api/given.ts'
import { daybook, goal, result, temporaryFolder } from './given.ts'
import { at } from './url-given.ts'

describe('--resume goes on with what is not finished, and with nothing else', () => {
  test.each([
    [[goal], /leave one of them out/u],
    [['--entry', 'tester'], /--entry is for a new one/u],
    [['--model', 'sonnet'], /--model is for a new one/u],
    [['--max-cost', '3'], /--max-cost is for a new one/u],
    [['--depth', '3'], /--depth is for a new one/u],
    [['--plan'], /--plan is for a new one/u],
  ])('%j is refused with it, before anything begins', async (more, words) => {
    const cwd = temporaryFolder(onTestFinished)
    for (const where of [[], ['--url', 'http://127.0.0.1:9']]) {
      const ran = await daybook([...where, 'run', '--resume', ...more], { cwd })
      expect(ran).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(words) })
    }
    expect(readdirSync(cwd)).toEqual([])
  })

  test('of several workflows it says which is over', async () => {
    const folder = newFolder()
    const { url, close } = await served({ folder })
    const goals = ['Run load tests of the upload service', 'Run load tests of the search']
    const ids = []
    for (const one of goals) ids.push((await send(`${url}/v1/workflows`, { goal: one })).body.id as string)
    await close()
    const ran = await at({ folder, url: null }, ['run', '--resume', '--rehearse'])
    expect(ran.code).toBe(0)
    for (const [nth, id] of ids.entries()) {
      expect(ran.stderr).toMatch(new RegExp(`^done .*\\(workflow ${id}\\)$`, 'mu'))
      const end = new RegExp(`goal +${goals[nth]}\ncompleted: .*\nworkflow ${id}`, 'u')
      expect(ran.stdout).toMatch(end)
    }
  }, 60_000)
})

test('a plan is of the first steps, says so, and records no agent where there is no log', async () => {
  const cwd = temporaryFolder(onTestFinished)
  const { code, stdout, stderr } = await daybook(['run', goal, '--plan', '--rehearse'], { cwd })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^at least 3 sessions, for these first steps about \d+ tokens.*comes on top$/mu)
  expect(readdirSync(cwd)).toEqual([])
})

test.each([
  [0, 'session', '0 sessions'],
  [1, 'session', '1 session'],
  [2, 'session', '2 sessions'],
  [1, 'summary field', '1 summary field'],
  [3, 'entry', '3 entries'],
  [3, 'day', '3 days'],
])('%i %s: %s', (count, one, told) => {
  expect(counted(count, one)).toBe(told)
})

test('a session that is over is not cancelled, and it is said that it had ended', async () => {
  const cwd = temporaryFolder(onTestFinished)
  await daybook(['run', goal, '--rehearse', '--depth', '1'], { cwd })
  const [{ id }] = await result<[{ id: string }]>(['sessions', '--rehearsal'], { cwd })
  const ran = await daybook(['--rehearsal', 'sessions', 'cancel', id], { cwd })
  expect(ran).toMatchObject({ code: 1, stdout: '' })
  expect(ran.stderr).toMatch(/The session had ended, it is completed/u)
}, 60_000)
