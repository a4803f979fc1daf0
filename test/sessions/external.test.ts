import { test } from 'vitest'
import type { SessionCommand } from '../../src/sessions/commands.ts'
import type { SessionEvent } from '../../src/sessions/events.ts'
import { digest, eventId } from '../projections/events.ts'
import { given, start, started } from './session-spec.ts'

/** A session whose model runs elsewhere: what happened there goes on record, and no model call is made up. */

type Started = Extract<SessionEvent, { type: 'SessionStarted' }>

const elsewhere = { ...started, data: { ...started.data, runner: 'external' } } as Started
const context = { sections: [], system: 'You own "## Notes".', tools: [], promptVersion: 'hook-1' }
const changed = {
  type: 'FileChanged',
  data: { path: 'src/a.ts', digest, bytes: 3, toolUse: 'toolu_1' },
} as const
const refused = {
  type: 'EditRefused',
  data: { document: 'insights', code: 'not_owner', reason: 'It belongs to another.', digest, length: 1 },
} as const
const give: SessionCommand = { type: 'GiveContext', ...context }
const find: SessionCommand = { type: 'RecordFindings', findings: [changed, refused] }

test('what it was told when it began goes on record once', () => {
  given(elsewhere).when(give).thenDecides({ type: 'ContextGiven', data: context })
  given(elsewhere, { type: 'ContextGiven', data: context }).when(give).thenNothing()
})

test('what its tools did goes on record as it was found', () => {
  given(elsewhere).when(find).thenDecides(changed, refused)
  given(elsewhere).when({ type: 'RecordFindings', findings: [] }).thenNothing()
})

test('nobody tells such things of a session that Daybook runs, of one that is over, or of none', () => {
  given(started).when(find).thenRejects({ code: 'not_external' })
  given(started).when(give).thenRejects({ code: 'not_external' })
  given(elsewhere, { type: 'SessionCompleted', data: { notes: [] } })
    .when(find)
    .thenRejects({ code: 'ended' })
  given().when(give).thenRejects({ code: 'not_found' })
  given(elsewhere).when(start).thenNothing()
})

test('its agent event is the one that defined the agent', () => {
  given()
    .when({ ...start, agentEvent: eventId(9), runner: 'external' } as SessionCommand)
    .thenDecides({
      type: 'SessionStarted',
      data: { ...started.data, agentEvent: eventId(9), runner: 'external' },
    })
})
