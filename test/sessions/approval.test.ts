import { describe, expect, test } from 'vitest'
import type { SessionCommand } from '../../src/sessions/commands.ts'
import type { SessionEvent } from '../../src/sessions/events.ts'
import { nextStep } from '../../src/sessions/next-step.ts'
import { digest, person } from '../projections/events.ts'
import { answered, cancel, given, opened, resume, started } from './session-spec.ts'

const asked = { approval: 'c1/1', toolUse: 'c1/1', what: 'Bash: rm -rf build', digest }
const other = `sha256:${'9'.repeat(64)}`
const request: SessionCommand = { type: 'RequestApproval', ...asked }
const grant = (fields: { approval?: string; digest?: string; note?: string } = {}): SessionCommand => ({
  type: 'GrantApproval',
  approval: 'c1/1',
  digest,
  by: person,
  ...fields,
})
const deny: SessionCommand = { type: 'DenyApproval', approval: 'c1/1', digest, by: person, note: 'Too much.' }

const before = [started, ...opened, answered()]
const waiting: SessionEvent[] = [
  ...before,
  { type: 'ApprovalRequested', data: asked },
  { type: 'SessionPaused', data: { reason: asked.what, waitsFor: 'approval' } },
]
const decided: SessionEvent = { type: 'ApprovalGranted', data: { approval: 'c1/1', digest, by: person } }
const resumed: SessionEvent = { type: 'SessionResumed', data: { reason: 'A person granted it.' } }

describe('an approval', () => {
  test('is asked for once, and pauses the session', () => {
    const { state } = given(...before)
      .when(request)
      .thenDecides({ type: 'ApprovalRequested' }, { type: 'SessionPaused', data: { waitsFor: 'approval' } })
    expect(state.status).toBe('paused')
    given(...waiting)
      .when(request)
      .thenNothing()
  })

  test('that is still open pauses a session again that somebody let go on', () => {
    given(...waiting, resumed)
      .when(request)
      .thenDecides({ type: 'SessionPaused', data: { waitsFor: 'approval' } })
  })

  test('lets the session go on when it is granted, and when it is denied', () => {
    const granted = given(...waiting)
      .when(grant())
      .thenDecides({ type: 'ApprovalGranted' }, { type: 'SessionResumed' })
    expect(granted.state.approvals['c1/1']).toMatchObject({ status: 'granted' })
    expect(nextStep(granted.state)).toMatchObject({ kind: 'call_tool', tool: 'memory' })
    const denied = given(...waiting)
      .when(deny)
      .thenDecides({ type: 'ApprovalDenied' }, { type: 'SessionResumed' })
    expect(denied.state.approvals['c1/1']).toMatchObject({ status: 'denied', note: 'Too much.' })
  })

  test('is for exactly what was shown', () => {
    given(...waiting)
      .when(grant({ digest: other }))
      .thenRejects({ code: 'other_digest', digest })
    given(...waiting)
      .when(grant({ approval: 'c1/2' }))
      .thenRejects({ code: 'nothing_to_approve' })
    given(...waiting)
      .when(grant({ approval: 'constructor' }))
      .thenRejects({ code: 'nothing_to_approve' })
    given(...before)
      .when(grant())
      .thenRejects({ code: 'nothing_to_approve' })
  })

  test('is decided once', () => {
    given(...waiting, decided, resumed)
      .when(grant())
      .thenNothing()
    given(...waiting, decided, resumed)
      .when(deny)
      .thenRejects({ code: 'decided_before', status: 'granted' })
    given(...waiting, decided, resumed)
      .when(request)
      .thenNothing()
  })

  test('does not bring back a session that is over', () => {
    const { state } = given(...waiting).when(cancel)
    expect(state.status).toBe('cancelled')
    const { type: _, ...cancelled } = cancel as Extract<SessionCommand, { type: 'CancelSession' }>
    given(...waiting, { type: 'SessionCancelled', data: cancelled })
      .when(grant())
      .thenRejects({ code: 'ended' })
  })

  test('is not passed by resuming: it is decided first', () => {
    given(...waiting)
      .when(resume)
      .thenRejects({ code: 'approval_open', approval: 'c1/1', digest })
    given(...waiting, decided)
      .when(resume)
      .thenDecides({ type: 'SessionResumed' })
  })

  test('is forgotten with the answer that asked for the tool', () => {
    const next = answered({ call: 'c2' })
    expect(given(...waiting, decided, resumed, next).state.approvals).toEqual({})
  })
})
