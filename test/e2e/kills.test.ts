import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { position, type RecordedEvent } from '../../src/kernel/event.ts'
import { daybook, ended, goal, type RunResult, result, start, temporaryFolder } from '../cli/given.ts'
import { problemsOf } from '../soak/history.ts'
import { run } from '../soak/run-kills.ts'

test('runs that are killed at random moments end when they are resumed, and repeat nothing', async () => {
  const seed = Number(process.env.DAYBOOK_SEED ?? Date.now() % 2 ** 31)
  const lines: string[] = []
  const { problems, kills } = await run({ seed, kills: 8, report: (line) => lines.push(line) })
  console.log(lines.join('\n'))
  expect(problems).toEqual([])
  expect(kills).toBe(8)
})

test('Ctrl-C ends a run after its running step, with what to do next; resumed, it completes', async () => {
  const cwd = temporaryFolder(onTestFinished)
  const child = start(['run', goal, '--rehearse', '--json'], { cwd })
  const end = ended(child)
  await interruptAtWork(child)
  const { code, stdout } = await end
  const stopped = JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as RunResult
  expect({ code, status: stopped.status }).toEqual({ code: 1, status: 'stopped' })
  const waiting = await result<unknown[]>(['--rehearsal', 'waiting'], { cwd })
  expect(waiting).toEqual([])
  const resumed = await result<RunResult>(['run', '--resume', '--rehearse'], { cwd })
  expect(resumed).toMatchObject({ workflow: stopped.workflow, status: 'completed' })
  const idle = await daybook(['run', '--resume', '--rehearse'], { cwd })
  expect(idle).toMatchObject({ code: 0, stdout: 'Nothing is open.\n' })
})

test('a session that a person cancels ends, and its workflow says so when it is resumed', async () => {
  const cwd = temporaryFolder(onTestFinished)
  const child = start(['run', goal, '--rehearse'], { cwd })
  const end = ended(child)
  await interruptAtWork(child)
  await end
  const look = <Result>(...args: string[]) => result<Result>(['--rehearsal', ...args], { cwd })
  const [session] = await look<{ id: string; status: string }[]>('sessions')
  expect(session?.status).toBe('running')
  const cancelled = await look('sessions', 'cancel', session!.id, '--reason', 'No need.')
  expect(cancelled).toMatchObject({ status: 'cancelled' })
  const resumed = await daybook(['run', '--resume', '--rehearse', '--json'], { cwd })
  expect(resumed.code).toBe(1)
  expect(JSON.parse(resumed.stdout)).toMatchObject({ status: 'failed', sessions: 1 })
  expect(await look('rebuild', '--check')).toMatchObject({ equal: true })
})

/** Presses Ctrl-C once, when the first agent begins. A second time would end the process at once. */
async function interruptAtWork(child: ChildProcess): Promise<void> {
  let pressed = false
  for await (const line of createInterface({ input: child.stderr! })) {
    if (pressed || !line.startsWith('works')) continue
    pressed = true
    child.kill('SIGINT')
  }
}

test('what the campaign looks for is seen: a repeated answer, a gap, a session without an end', () => {
  const event = (index: number, type: string, stream: string, data: object): RecordedEvent => ({
    id: `event-${index}`,
    type,
    version: 1,
    stream,
    revision: 0,
    position: position(index),
    data,
    meta: { actor: { kind: 'worker', id: 'w' }, recordedAt: '2026-01-01T00:00:00.000Z' },
  })
  const started = event(1, 'SessionStarted', 'session-a', {})
  const answered = { ...event(2, 'ModelAnswered', 'session-a', { call: 'c' }), revision: 1 }
  const again = { ...event(3, 'ModelAnswered', 'session-a', { call: 'c' }), revision: 2 }
  const completed = event(4, 'WorkflowCompleted', 'workflow-w', {})
  const found = problemsOf([started, answered, again, completed], 'w')
  expect(found).toEqual([expect.stringContaining('repeats event-2'), 'session-a did not end'])
  expect(problemsOf([started, again], 'v')).toEqual(
    expect.arrayContaining([expect.stringContaining('position'), 'workflow v did not complete']),
  )
})
