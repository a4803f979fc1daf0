import { expect, test } from 'vitest'
import { OwnStreams } from '../../src/runtime/evidence/own-streams.ts'

const told = (...types: readonly string[]) => {
  const streams = new OwnStreams()
  const [category] = types[0]!.split(/(?<=[a-z])(?=[A-Z])/u)
  const stream = `${category!.toLowerCase()}-a`
  types.forEach((type, revision) => {
    expect(streams.take({ type, stream, revision, data: {} })).toBeNull()
  })
  return streams.open
}

test.each(['HandoffCompleted', 'HandoffFailed', 'HandoffExpired', 'HandoffCancelled', 'HandoffDeadLettered'])(
  'a handoff is over with %s, and open again when it is redriven',
  (end) => {
    expect(told('HandoffRequested')).toEqual(['handoff-a'])
    expect(told('HandoffRequested', end)).toEqual([])
    expect(told('HandoffRequested', end, 'HandoffRedriven')).toEqual(['handoff-a'])
  },
)

test('a workflow is over with its end, and open again when it is taken up once more', () => {
  expect(told('WorkflowStarted', 'WorkflowCompleted')).toEqual([])
  expect(told('WorkflowStarted', 'WorkflowCompleted', 'WorkflowResumed')).toEqual(['workflow-a'])
  expect(told('WorkflowStarted', 'WorkflowPaused', 'WorkflowResumed', 'WorkflowFailed')).toEqual([])
})

test('what is missing in a stream is named', () => {
  const streams = new OwnStreams()
  expect(streams.take({ type: 'SessionCompleted', stream: 'session-a', revision: 3, data: {} })).toBe(
    'revision 0 of session-a is missing before it',
  )
})
