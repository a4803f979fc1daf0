import { expect, test } from 'vitest'
import type { RecordedEvent } from '../../src/kernel/event.ts'
import { commandWorkflow } from '../../src/runtime/command-workflow.ts'
import { type ForkRequest, forkWorkflow } from '../../src/runtime/fork-workflow.ts'
import * as targets from '../../src/runtime/targets.ts'
import { listWorkflows } from '../../src/runtime/work-views.ts'
import { person } from '../projections/events.ts'
import { done, inTurn, type Stage, stage, use } from './worker-stage.ts'

const lead = inTurn(use('memory', { command: 'view', path: 'insights.md' }), done)

/** A workflow that ran to its end, and the request for a fork from there. */
async function played(): Promise<{ given: Stage; request: ForkRequest }> {
  const given = await stage({ lead })
  await given.drain()
  const { position } = (await given.events()).at(-1)!
  return { given, request: { parent: given.workflow, at: position, by: person, overrides: {} } }
}

/** The fork's attempt ends after so many of its appends, as when its process dies. */
async function cutOff({ given, request }: Awaited<ReturnType<typeof played>>, appends: number) {
  const { store } = given.project
  const append = store.append.bind(store)
  let left = appends
  store.append = async (...call) => {
    left -= 1
    if (left < 0) throw new Error('cut off')
    return append(...call)
  }
  await expect(forkWorkflow(given.project, request)).rejects.toThrow('cut off')
  store.append = append
}

async function streamsOf(given: Stage, parentEvents: number): Promise<Map<string, RecordedEvent[]>> {
  return Map.groupBy((await given.events()).slice(parentEvents), ({ stream }) => stream)
}

test('a fork that was cut off anywhere is finished by the same request', async () => {
  const whole = await played()
  const before = (await whole.given.events()).length
  await forkWorkflow(whole.given.project, whole.request)
  const copies = (await whole.given.events()).length - before
  expect(copies).toBeGreaterThan(10)
  for (let appends = 0; appends < copies; appends += 1) {
    const one = await played()
    const until = (await one.given.events()).length
    await cutOff(one, appends)
    await forkWorkflow(one.given.project, one.request)
    await forkWorkflow(one.given.project, one.request)
    expect((await one.given.events()).length - until, `cut off after ${appends} appends`).toBe(copies)
  }
})

test('what somebody does to the copy of a session before the fork is finished stands, and is proved', async () => {
  const { given, request } = await played()
  const until = (await given.events()).length
  const whole = [...(await streamsOf(given, 0))].find(([stream]) => stream.startsWith('session-'))![1]
  let copy: [string, RecordedEvent[]] | undefined
  while (copy === undefined || copy[1].length < 3) {
    await cutOff({ given, request }, 1)
    copy = [...(await streamsOf(given, until))].find(([stream]) => stream.startsWith('session-'))
  }
  const [stream, copied] = copy
  expect(copied.length).toBeLessThan(whole.length)
  const cancel = { type: 'CancelSession', by: person, reason: 'Enough.' } as const
  const target = targets.session(stream.slice('session-'.length))
  await given.project.streams.execute(target, cancel, { actor: person })

  const fork = await forkWorkflow(given.project, request)
  const types = (await streamsOf(given, until)).get(stream)?.map(({ type }) => type)
  expect(types).toEqual([...copied.map(({ type }) => type), 'SessionCancelled'])
  await given.drain()
  expect(given.project.work.workflow(fork)?.workflow).toMatchObject({ status: 'completed' })
})

test.each([
  ['worked on', (given: Stage) => given.drain()],
  ['cancelled', (given: Stage, fork: string) => cancelled(given, fork)],
])('a fork that was %s is left alone: the same request begins another', async (_, takeUp) => {
  const { given, request } = await played()
  const first = await forkWorkflow(given.project, request)
  expect(await forkWorkflow(given.project, request)).toBe(first)
  await takeUp(given, first)
  const { work } = given.project
  const ended = work.workflow(first)
  const second = await forkWorkflow(given.project, request)
  expect(second).not.toBe(first)
  expect(await forkWorkflow(given.project, request)).toBe(second)
  await given.drain()
  expect(work.workflow(first)).toEqual(ended)
  expect(work.workflow(second)?.workflow).toMatchObject({ status: 'completed' })
  const of = (id: string) => [...(work.workflow(id)?.sessions.keys() ?? [])]
  expect(of(second)).toHaveLength(of(first).length)
  expect(of(second).filter((id) => of(first).includes(id))).toEqual([])
})

async function cancelled({ project }: Stage, workflow: string): Promise<void> {
  const command = { type: 'CancelWorkflow', by: person, reason: 'Enough.' } as const
  await commandWorkflow(project, { workflow, command, by: person })
  await project.work.refresh()
}

test('a fork names its parent and the moment, also a fork of a fork', async () => {
  const { given, request } = await played()
  const fork = await forkWorkflow(given.project, request)
  await given.drain()
  const { position: at, id } = (await given.events()).filter(({ meta }) => meta.correlation === fork).at(-1)!
  const forked = await forkWorkflow(given.project, { ...request, parent: fork, at })
  expect(await listWorkflows(given.project)).toMatchObject([
    { id: given.workflow, forkOf: null },
    { id: fork, forkOf: { workflow: given.workflow } },
    { id: forked, forkOf: { workflow: fork, at: id } },
  ])
})
