import { describe, expect, test } from 'vitest'
import { limits } from '../../src/kernel/limits.ts'
import { completeWork } from '../../src/runtime/inbox/complete-work.ts'
import { handOn } from '../../src/runtime/inbox/hand-on.ts'
import { listInbox } from '../../src/runtime/inbox/inbox.ts'
import { declineWork, reportProgress } from '../../src/runtime/inbox/report.ts'
import { takeHandoff } from '../../src/runtime/inbox/take-handoff.ts'
import { prove } from '../../src/runtime/proof/prove.ts'
import * as targets from '../../src/runtime/targets.ts'
import { Worker } from '../../src/runtime/worker.ts'
import { inboxGiven, lead, tester } from './inbox-given.ts'

const labels = ['Work Done', 'Collaboration Needs']
const agents = {
  lead: { summaryFields: labels },
  tester: { summaryFields: labels, description: 'Tests uploads' },
  writer: { description: 'Writes manuals' },
}
const summary = (needs: string) => `**Work Done**: all of it.\n**Collaboration Needs**: ${needs}\n`
const take = (handoff: string, agent: 'lead' | 'tester', worker: string) => ({
  handoff,
  agent,
  worker,
  by: agent === 'lead' ? lead : tester,
})

/** What a refusal says, as every face gives it on. */
const refused = (code: string) => ({ code: 'rejected', details: { code } })

describe('an agent that lives elsewhere', () => {
  test('finds its handoff, takes it, and its summary becomes further handoffs; no model call is made up', async () => {
    const given = await inboxGiven(agents)
    const { project } = given
    const id = await given.hand({ need: 'Plan the upload.', to: 'lead' })
    const { items } = await listInbox(project, 'LEAD')
    expect(items).toMatchObject([{ id, state: 'open', need: 'Plan the upload.', epoch: null }])
    const taken = await takeHandoff(project, take(id, 'lead', 'laptop'))
    expect(taken).toMatchObject({ handoff: id, agent: 'lead', epoch: 1 })
    expect(taken.brief).toContain('<need>\nPlan the upload.\n</need>')
    const done = await completeWork(project, {
      handoff: id,
      epoch: 1,
      by: lead,
      summary: summary('tester: test the upload under load'),
    })
    expect(done.fields.map(({ label }) => label)).toEqual(labels)
    expect(done.handedOn).toMatchObject([{ status: 'handed_off', to: 'tester' }])
    expect((await listInbox(project, 'tester')).items).toMatchObject([
      { need: 'test the upload under load', from: 'lead', hop: 1, parent: id },
    ])
    const events = await given.events()
    expect(events.filter(({ type }) => type === 'ModelCalled')).toEqual([])
    const started = events.find(({ type }) => type === 'SessionStarted')?.data
    expect(started).toMatchObject({ runner: 'external', model: 'external', worker: 'laptop', epoch: 1 })
    expect(await prove(project, given.workflow)).toMatchObject({ intact: true, sessions: 1, calls: 0 })
  })

  test('says the same again and nothing happens twice', async () => {
    const given = await inboxGiven(agents)
    const { project } = given
    const id = await given.hand({ need: 'Plan the upload.', to: 'lead' })
    const first = await takeHandoff(project, take(id, 'lead', 'laptop'))
    expect(await takeHandoff(project, take(id, 'lead', 'laptop'))).toEqual(first)
    const completion = { handoff: id, epoch: 1, by: lead, summary: summary('tester: test the upload') }
    const done = await completeWork(project, completion)
    const before = (await given.events()).length
    expect(await completeWork(project, completion)).toEqual(done)
    expect(await given.events()).toHaveLength(before)
  })

  test('is the only one that gets what was handed to it, and holds it alone', async () => {
    const given = await inboxGiven(agents)
    const { project } = given
    const id = await given.hand({ need: 'Plan the upload.', to: 'lead' })
    await expect(takeHandoff(project, take(id, 'tester', 'x'))).rejects.toMatchObject(refused('not_yours'))
    await takeHandoff(project, take(id, 'lead', 'laptop'))
    const late = takeHandoff(given.other('there'), take(id, 'lead', 'desktop'))
    await expect(late).rejects.toMatchObject(refused('lease_held'))
    expect((await listInbox(project, 'lead')).items).toMatchObject([{ state: 'held', worker: 'laptop' }])
  })

  test('that was not heard of is succeeded by another, and its late result does not count', async () => {
    const given = await inboxGiven(agents)
    const { project } = given
    const id = await given.hand({ need: 'Plan the upload.', to: 'lead' })
    const first = await takeHandoff(project, take(id, 'lead', 'laptop'))
    given.pass(limits.externalLeaseMs)
    expect((await listInbox(project, 'lead')).items).toMatchObject([{ state: 'lapsed' }])
    const second = await takeHandoff(project, take(id, 'lead', 'desktop'))
    expect(second.epoch).toBe(2)
    expect(second.session).not.toBe(first.session)
    const late = { handoff: id, epoch: 1, by: lead, summary: summary('tester: the late one') }
    await expect(completeWork(project, late)).rejects.toMatchObject(refused('lease_lost'))
    const progress = reportProgress(project, { handoff: id, epoch: 1, by: lead, note: 'Still here.' })
    await expect(progress).rejects.toMatchObject(refused('lease_lost'))
    await completeWork(project, { ...late, epoch: 2, summary: summary('tester: the lawful one') })
    const requested = (await given.events()).filter(({ type }) => type === 'HandoffRequested')
    expect(requested.map(({ data }) => (data as { need: string }).need)).toEqual([
      'Plan the upload.',
      'the lawful one',
    ])
    const recorded = (await given.events()).find(({ type }) => type === 'LateResultRecorded')
    expect(recorded?.data).toMatchObject({ epoch: 1, worker: 'laptop', answer: late.summary })
  })

  test('brings with a report what it noted before, in order, all or nothing', async () => {
    const given = await inboxGiven(agents)
    const { project } = given
    const id = await given.hand({ need: 'Plan the upload.', to: 'lead' })
    await takeHandoff(project, take(id, 'lead', 'laptop'))
    const earlier = ['Read the code.', 'Found two paths.']
    const report = { handoff: id, epoch: 1, by: lead, earlier, note: 'Half done.' }
    const { leaseUntil } = await reportProgress(project, report)
    const told = (await given.events()).filter(({ type }) => type === 'HandoffProgressed')
    expect(told.map(({ data }) => data)).toMatchObject([
      { note: 'Read the code.', epoch: 1, worker: 'laptop' },
      { note: 'Found two paths.', epoch: 1, worker: 'laptop' },
      { note: 'Half done.', epoch: 1, worker: 'laptop', leaseUntil },
    ])
    await expect(reportProgress(project, { ...report, epoch: 2 })).rejects.toMatchObject(
      refused('lease_lost'),
    )
    expect((await given.events()).filter(({ type }) => type === 'HandoffProgressed')).toHaveLength(3)
  })

  test('that comes back after its lease, before anybody else, has lost nothing', async () => {
    const given = await inboxGiven(agents)
    const { project } = given
    const id = await given.hand({ need: 'Plan the upload.', to: 'lead' })
    const first = await takeHandoff(project, take(id, 'lead', 'laptop'))
    given.pass(2 * limits.externalLeaseMs)
    const again = await takeHandoff(project, take(id, 'lead', 'laptop'))
    expect(again).toMatchObject({ epoch: 1, session: first.session })
    expect(again.leaseUntil > first.leaseUntil).toBe(true)
  })

  test('keeps it by reporting, within the time that any session has', async () => {
    const given = await inboxGiven(agents, { wallTimePerSessionMs: 60_000 })
    const { project } = given
    const id = await given.hand({ need: 'Plan the upload.', to: 'lead' })
    await takeHandoff(project, take(id, 'lead', 'laptop'))
    given.pass(50_000)
    const said = { handoff: id, epoch: 1, by: lead, note: 'Half done.', leaseMs: 20_000 }
    expect((await reportProgress(project, said)).leaseUntil).toBe('2026-03-01T10:01:10.000Z')
    expect((await listInbox(project, 'lead')).items).toMatchObject([{ note: 'Half done.' }])
    given.pass(20_000)
    await expect(reportProgress(project, said)).rejects.toMatchObject(refused('limit_reached'))
  })
})

describe('to decline', () => {
  test('sends it to somebody else, and never back', async () => {
    const given = await inboxGiven(agents)
    const { project } = given
    const id = await given.hand({ need: 'Tests of uploads, manuals', to: 'tester' })
    const by = { handoff: id, agent: 'tester', by: tester, reason: 'I only test.' }
    const declined = await declineWork(project, by)
    expect(declined).toMatchObject({ status: 'routed' })
    expect(declined.to).not.toBe('tester')
    expect((await listInbox(project, 'tester')).items).toEqual([])
    const { declined: names } = await project.streams.load(targets.handoff(id))
    expect(names).toEqual(['tester'])
    await expect(declineWork(project, by)).rejects.toMatchObject(refused('not_yours'))
  })

  test('needs the epoch once it was taken, and ends the session', async () => {
    const given = await inboxGiven(agents)
    const { project } = given
    const id = await given.hand({ need: 'Tests of uploads', to: 'tester' })
    const { session } = await takeHandoff(project, take(id, 'tester', 'laptop'))
    const by = { handoff: id, agent: 'tester', by: tester, reason: 'Too big.' }
    await expect(declineWork(project, by)).rejects.toMatchObject(refused('lease_lost'))
    await declineWork(project, { ...by, epoch: 1 })
    expect(await project.streams.load(targets.session(session))).toMatchObject({ status: 'cancelled' })
  })

  test('by all of them leaves it to a person', async () => {
    const given = await inboxGiven({ one: {}, two: {} })
    const { project } = given
    const id = await given.hand({ need: 'one two three', to: 'one' })
    let status = ''
    for (const name of ['one', 'two']) {
      const { to } = await project.streams.load(targets.handoff(id))
      if (to !== name) continue
      const by = { kind: 'agent' as const, id: name }
      status = (await declineWork(project, { handoff: id, agent: name, by, reason: 'No.' })).status
    }
    expect(status).toBe('unrouted')
  })
})

test('an external session passes work on while it works, once, also when its summary says it again', async () => {
  const given = await inboxGiven(agents)
  const { project } = given
  const id = await given.hand({ need: 'Plan the upload.', to: 'lead' })
  await takeHandoff(project, take(id, 'lead', 'laptop'))
  const work = { handoff: id, epoch: 1, context: '', provides: [], mode: 'ask' as const }
  const reply = await handOn(project, { ...work, need: 'Test the upload under load', to: 'tester' })
  expect(reply).toMatchObject({ status: 'handed_off', to: 'tester' })
  const needs = summary('tester: test the upload under load')
  const done = await completeWork(project, { handoff: id, epoch: 1, by: lead, summary: needs })
  expect(done.handedOn).toMatchObject([{ handoff: reply.status === 'handed_off' ? reply.handoff : '' }])
  const after = handOn(project, { ...work, need: 'Something else', to: 'tester' })
  await expect(after).rejects.toMatchObject(refused('lease_lost'))
})

test('a summary without its labels is asked for once more, and taken as it is when told so', async () => {
  const given = await inboxGiven(agents)
  const { project } = given
  const id = await given.hand({ need: 'Plan the upload.', to: 'lead' })
  await takeHandoff(project, take(id, 'lead', 'laptop'))
  const plain = { handoff: id, epoch: 1, by: lead, summary: 'I did it.' }
  await expect(completeWork(project, plain)).rejects.toMatchObject({
    details: { code: 'summary_missing', missing: labels },
  })
  await expect(completeWork(project, { ...plain, summary: ' ' })).rejects.toMatchObject(
    refused('empty_summary'),
  )
  const done = await completeWork(project, { ...plain, labels: 'as_it_is' })
  expect(done).toMatchObject({ fields: [], missing: labels, notes: [expect.stringContaining('lacks')] })
})

test('what the process that took the result did not get to is carried through by any coordinator', async () => {
  const given = await inboxGiven(agents)
  const { project } = given
  const id = await given.hand({ need: 'Plan the upload.', to: 'lead' })
  const { session } = await takeHandoff(project, take(id, 'lead', 'laptop'))
  const answer = summary('tester: test the upload')
  const said = { type: 'CompleteHandoff', worker: 'laptop', session, epoch: 1, answer } as const
  await project.streams.execute(targets.handoff(id), said, { actor: lead, correlation: given.workflow })
  const there = given.other('there')
  const modelFor = () => {
    throw new Error('no model is called for an agent that lives elsewhere')
  }
  await new Worker({ project: there, modelFor }).drain(AbortSignal.timeout(8_000))
  expect(await project.streams.load(targets.session(session))).toMatchObject({ status: 'completed' })
  expect((await listInbox(project, 'tester')).items).toMatchObject([
    { state: 'open', need: 'test the upload' },
  ])
})

test('what lacks a requirement comes back to its sender', async () => {
  const given = await inboxGiven({
    ...agents,
    tester: { ...agents.tester, requirements: ['throughput targets'] },
  })
  const { project } = given
  const id = await given.hand({ need: 'Test uploads', to: 'tester', from: 'lead' })
  expect((await listInbox(project, 'tester')).items).toEqual([])
  expect((await listInbox(project, 'lead')).items).toMatchObject([
    { id, state: 'returned', missing: ['throughput targets'] },
  ])
  await expect(takeHandoff(project, take(id, 'tester', 'x'))).rejects.toMatchObject(
    refused('requirements_missing'),
  )
})
