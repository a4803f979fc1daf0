import { expect, test } from 'vitest'
import { patternsPolicy } from '../../src/handoffs/routing/policy.ts'
import { limits } from '../../src/kernel/limits.ts'
import { events as catalogue } from '../../src/runtime/catalogue.ts'
import { projectOn } from '../../src/runtime/project.ts'
import { callEdited, sessionEdited } from '../../src/runtime/session/session-edits.ts'
import { Codec } from '../../src/store/codec.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import { edited, opened, Recorder, started, written } from '../projections/events.ts'

/** A session that edited the memory, and then lay still while others edited it so often. */
async function givenSession({ othersEdited }: { othersEdited: number }) {
  const log = new Recorder()
  log.add('session-s1', 'SessionStarted', started('writer', 'Write it down.'))
  const text = '## Notes\n\nOne.\n'
  const own = { ...edited('insights', [opened('n', null, text)], 's1'), call: 'c1' }
  log.add('memory-insights', 'DocumentEdited', own)
  for (let index = 0; index < othersEdited; index += 1) {
    const change = [written('n', `## Notes\n\n${index}.\n`)]
    log.add('memory-insights', 'DocumentEdited', {
      ...edited('insights', change, `other-${index}`),
      call: 'c1',
    })
  }
  const clock = { now: () => Date.UTC(2026, 2, 2) }
  const store = new MemoryStore({ codec: new Codec(catalogue), clock })
  for (const event of log.events) {
    const expected = event.revision === 0 ? 'no_stream' : event.revision - 1
    await store.append(event.stream, [event], { expected })
  }
  const project = projectOn({ store, clock, policy: patternsPolicy, worker: 'w' })
  await project.view.refresh()
  const lease = { worker: 'w', session: 's1', leaseUntil: '2026-03-02T00:01:00.000Z' }
  return (epoch: number, id = 's1') => ({ project, id, lease: { ...lease, epoch } })
}

test('an edit is known for the same call’s, however many others came after it', async () => {
  for (const othersEdited of [0, limits.callsRememberedMax - 1, limits.callsRememberedMax, 700]) {
    const run = await givenSession({ othersEdited })
    expect(await callEdited(run(2), 'insights', 'c1'), `${othersEdited} edits later`).toBe(true)
    expect(await sessionEdited(run(1)), `${othersEdited} edits later`).toBe(true)
  }
})

test('another call, and another session, have not edited it', async () => {
  const run = await givenSession({ othersEdited: limits.callsRememberedMax + 10 })
  expect(await callEdited(run(2), 'insights', 'c2')).toBe(false)
  expect(await callEdited(run(2), 'project', 'c1')).toBe(false)
  expect(await sessionEdited(run(1, 's'))).toBe(false)
})

test('the first worker of a session need not look: it makes each call once', async () => {
  const run = await givenSession({ othersEdited: limits.callsRememberedMax + 10 })
  expect(await callEdited(run(1), 'insights', 'c1')).toBe(false)
})
