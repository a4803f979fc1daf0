import { describe, expect, test } from 'vitest'
import { listInbox, waitForInbox } from '../../src/runtime/inbox/inbox.ts'
import { takeHandoff } from '../../src/runtime/inbox/take-handoff.ts'
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

  test('ends with nothing when the time is over, or when told', async () => {
    const given = await inboxGiven(agents)
    const over = AbortSignal.abort()
    expect((await waitForInbox(given.project, 'lead', { timeoutMs: 50_000, signal: over })).items).toEqual([])
    const { signal } = new AbortController()
    expect((await waitForInbox(given.project, 'lead', { timeoutMs: 0, signal })).items).toEqual([])
  })
})
