import { describe, expect, test } from 'vitest'
import { limits } from '../../src/kernel/limits.ts'
import { listInbox } from '../../src/runtime/inbox/inbox.ts'
import { takeHandoff } from '../../src/runtime/inbox/take-handoff.ts'
import { waitForInbox } from '../../src/runtime/inbox/wait-for-inbox.ts'
import { sleep, systemTimers } from '../../src/runtime/timers.ts'
import { inboxGiven, lead } from './inbox-given.ts'

const agents = { lead: {} }

describe('to wait', () => {
  test('ends with the first handoff that can be taken, whoever appends it', async () => {
    const given = await inboxGiven(agents)
    const signal = new AbortController().signal
    const waiting = waitForInbox(given.other('there'), 'lead', { timeoutMs: 50_000, signal })
    const id = await given.hand({ need: 'Plan the upload.', to: 'lead' })
    expect((await waiting).items).toMatchObject([{ id }])
  })

  test('with a cursor goes on until something is different', async () => {
    const given = await inboxGiven(agents)
    const { project } = given
    const id = await given.hand({ need: 'Plan the upload.', to: 'lead' })
    const { cursor } = await listInbox(project, 'lead')
    const signal = new AbortController().signal
    const waiting = waitForInbox(project, 'lead', { cursor, timeoutMs: 50_000, signal })
    await takeHandoff(project, { handoff: id, agent: 'lead', worker: 'laptop', by: lead })
    expect((await waiting).items).toMatchObject([{ id, state: 'held' }])
  })

  test('costs one look for all who wait, however many, and each hears of what is news to it', async () => {
    const given = await inboxGiven({ lead: {}, tester: {} })
    const { project } = given
    let looks = 0
    const { refresh } = project.work
    project.work.refresh = () => {
      looks += 1
      return refresh.call(project.work)
    }
    const over = new AbortController()
    const { signal } = over
    const { cursor } = await listInbox(project, 'tester')
    const following = project.reading.follow(signal)
    const idle = Array.from({ length: 200 }, () =>
      waitForInbox(project, 'tester', { cursor, timeoutMs: 50_000, signal }),
    )
    const waiting = ['lead', 'LEAD'].map((agent) =>
      waitForInbox(project, agent, { timeoutMs: 50_000, signal }),
    )
    await sleep(systemTimers, 5 * limits.inboxPauseMs)
    const before = looks
    const id = await given.hand({ need: 'Plan the upload.', to: 'lead' })
    for (const { agent, items } of await Promise.all(waiting))
      expect([agent.toLowerCase(), items]).toMatchObject(['lead', [{ id }]])
    await sleep(systemTimers, 5 * limits.inboxPauseMs)
    expect(looks - before).toBeLessThan(40)
    over.abort()
    for (const inbox of await Promise.all(idle))
      expect(inbox).toMatchObject({ agent: 'tester', items: [], cursor })
    await following
    // Whoever comes when all others have left is told as they were.
    const last = waitForInbox(project, 'tester', { timeoutMs: 50_000, signal: new AbortController().signal })
    const next = await given.hand({ need: 'Test the upload.', to: 'tester' })
    expect((await last).items).toMatchObject([{ id: next }])
  })

  test('ends with nothing when the time is over, or when told', async () => {
    const given = await inboxGiven(agents)
    const over = AbortSignal.abort()
    expect((await waitForInbox(given.project, 'lead', { timeoutMs: 50_000, signal: over })).items).toEqual([])
    const { signal } = new AbortController()
    expect((await waitForInbox(given.project, 'lead', { timeoutMs: 0, signal })).items).toEqual([])
  })
})
