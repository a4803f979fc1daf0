import { expect, test } from 'vitest'
import { redriveHandoff } from '../../src/runtime/command-handoff.ts'
import { listInbox } from '../../src/runtime/inbox/inbox.ts'
import * as targets from '../../src/runtime/targets.ts'
import { Worker } from '../../src/runtime/worker.ts'
import { person } from '../projections/events.ts'
import { type InboxGiven, inboxGiven } from './inbox-given.ts'

const agents = { lead: {}, tester: {} }
const reason = 'Once more.'

/** A coordinator in another process does what there is to do. */
async function tend(given: InboxGiven): Promise<void> {
  const modelFor = () => {
    throw new Error('no model is called for an agent that lives elsewhere')
  }
  const worker = new Worker({ project: given.other('there'), modelFor })
  await worker.drain(AbortSignal.timeout(8_000))
}

async function setAside(given: InboxGiven): Promise<string> {
  const id = await given.hand({ need: 'Plan the upload.', to: 'lead' })
  const command = { type: 'DeadLetterHandoff', reason: 'Nobody was heard of.' } as const
  await given.project.streams.execute(targets.handoff(id), command, { actor: person })
  return id
}

const statusOf = async ({ project, workflow }: InboxGiven) =>
  (await project.streams.load(targets.workflow(workflow))).status

test('a workflow that failed goes on with what a person redrives, and to whom', async () => {
  const given = await inboxGiven(agents)
  const id = await setAside(given)
  await tend(given)
  expect(await statusOf(given)).toBe('failed')
  const redriven = await redriveHandoff(given.project, { handoff: id, by: person, reason, to: 'Tester' })
  expect(redriven).toMatchObject({ status: 'routed', to: 'tester', redrives: 1 })
  expect(await statusOf(given)).toBe('running')
  await tend(given)
  expect((await listInbox(given.project, 'tester')).items).toMatchObject([{ id, state: 'open' }])
})

test.each(['CompleteWorkflow', 'FailWorkflow'] as const)(
  'a redrive is not lost to a coordinator that has not seen it and says %s',
  async (type) => {
    const given = await inboxGiven(agents)
    const { project, workflow } = given
    const id = await setAside(given)
    await redriveHandoff(project, { handoff: id, by: person, reason })
    const counts = { sessions: 0, handoffs: 1, unrouted: 0, failed: 1 }
    const end =
      type === 'CompleteWorkflow'
        ? ({ type, ...counts } as const)
        : ({ type, code: 'nobody', reason: 'Nobody.' } as const)
    await project.streams.execute(targets.workflow(workflow), end, { actor: person, correlation: workflow })
    expect((await listInbox(project, 'lead')).items).toEqual([])
    await tend(given)
    expect(await statusOf(given)).toBe('running')
    expect((await listInbox(project, 'lead')).items).toMatchObject([{ id, state: 'open' }])
  },
)

test('what is done, or cancelled with its workflow, is not redriven', async () => {
  const given = await inboxGiven(agents)
  const id = await setAside(given)
  const cancel = { type: 'CancelWorkflow', by: person, reason: 'Enough.' } as const
  await given.project.streams.execute(targets.workflow(given.workflow), cancel, { actor: person })
  const redriven = redriveHandoff(given.project, { handoff: id, by: person, reason })
  await expect(redriven).rejects.toMatchObject({ details: { code: 'not_open', status: 'cancelled' } })
})

test('nobody gets it whom its workflow does not know', async () => {
  const given = await inboxGiven(agents)
  const id = await setAside(given)
  const redriven = redriveHandoff(given.project, { handoff: id, by: person, reason, to: 'stranger' })
  await expect(redriven).rejects.toMatchObject({ details: { code: 'unknown_agent' } })
})
