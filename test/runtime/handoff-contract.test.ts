import { expect, test } from 'vitest'
import type { RecordedEvent } from '../../src/kernel/event.ts'
import { handOver } from '../../src/runtime/hand-over.ts'
import * as targets from '../../src/runtime/targets.ts'
import { listWaiting } from '../../src/runtime/waiting.ts'
import { person } from '../projections/events.ts'
import { done, inTurn, type Script, type Stage, say, stage, use } from './worker-stage.ts'

/** What models are told about the work that they hand on. */

const need = 'Test the upload under load'
const results = (events: readonly RecordedEvent[]) =>
  events
    .filter(({ type }) => type === 'ToolReturned')
    .map(({ data }) => JSON.parse((data as { output: string }).output) as Record<string, unknown>)

async function played(given: Stage): Promise<RecordedEvent[]> {
  await given.drain()
  expect(given.problems).toEqual([])
  return given.events()
}

test('a requirement that is lacking comes back as the result of the call; given, it stands in the receiver’s brief', async () => {
  let brief = ''
  const listening: Script = ({ messages }) => {
    brief = JSON.stringify(messages[0]?.content)
    return done
  }
  const provides = [{ requirement: 'throughput targets', value: '200 a second' }]
  const given = await stage(
    {
      lead: inTurn(
        use('hand_off', {
          need,
          to: 'tester',
          context: 'The test environment is staging. All else is open.',
        }),
        use('hand_off', { need, to: 'tester', provides }),
        done,
      ),
      tester: listening,
    },
    { definitions: { tester: { requirements: ['throughput targets', 'test environment'] } } },
  )
  const [first, second] = results(await played(given))
  expect(first).toMatchObject({ status: 'returned', to: 'tester', missing: ['throughput targets'] })
  expect(second).toMatchObject({ status: 'handed_off', to: 'tester', handoff: first?.handoff })
  expect(brief).toContain('- throughput targets: 200 a second')
  expect(brief).toContain('- test environment (said in the context): The test environment is staging')
  expect(brief).not.toContain('not_provided')
})

test('a need that comes round is set aside with its circle, and both models are told', async () => {
  const given = await stage({
    lead: inTurn(use('hand_off', { need, to: 'tester' }), done),
    tester: inTurn(use('hand_off', { need: 'under load, test uploads', to: 'lead' }), done),
  })
  const events = await played(given)
  expect(results(events).at(-1)).toMatchObject({
    status: 'unanswered',
    outcome: 'dead_lettered',
    reason: 'The need came round: lead → tester → lead.',
  })
  const [dead] = events.filter(({ type }) => type === 'HandoffDeadLettered')
  expect(dead?.data).toMatchObject({
    code: 'circle',
    circle: [{ agent: 'lead' }, { agent: 'tester' }, { agent: 'lead' }],
  })
  expect(await listWaiting(given.project)).toMatchObject([
    { what: 'handoff', reason: expect.stringContaining('lead → tester → lead') },
  ])
})

test('another need for an agent that worked before is no circle', async () => {
  const given = await stage({
    lead: inTurn(use('hand_off', { need, to: 'tester' }), done),
    tester: inTurn(use('hand_off', { need: 'Which file formats are allowed?', to: 'lead' }), done),
  })
  const events = await played(given)
  expect(events.map(({ type }) => type)).not.toContain('HandoffDeadLettered')
})

test('a need that two pass on in their summaries ends in the dead letters, too, and the session notes it', async () => {
  const needs = (to: string) => say(`**Work Done**: nothing.\n**Collaboration Needs**: ${to}: ${need}`)
  const labels = { summaryFields: ['Work Done', 'Collaboration Needs'] }
  const given = await stage(
    { lead: inTurn(needs('tester')), tester: inTurn(needs('lead')) },
    { definitions: { lead: labels, tester: labels } },
  )
  const events = await played(given)
  expect(events.filter(({ type }) => type === 'HandoffRequested')).toHaveLength(3)
  const notes = events
    .filter(({ type }) => type === 'SessionCompleted')
    .flatMap(({ data }) => (data as { notes: string[] }).notes)
  expect(notes).toContain('Set aside: The need came round: lead → tester → lead.')
})

test('a chain that grows too long is set aside with the way it went, and its sender is told to end it', async () => {
  const on = (to: string) => inTurn(use('hand_off', { need: `Look at ${to}’s part`, to }), done)
  const given = await stage(
    { one: on('two'), two: on('three'), three: on('four'), four: inTurn(done) },
    { limits: { depthMax: 2 } },
  )
  const events = await played(given)
  expect(results(events).at(-1)).toMatchObject({ status: 'refused', code: 'too_deep' })
  const [dead] = events.filter(({ type }) => type === 'HandoffDeadLettered')
  expect(dead?.data).toMatchObject({
    code: 'depth',
    reason: 'It went 2 handoffs deep, which is the limit: one → two → three.',
  })
})

test('a need is the same for its sender after a person sent it to somebody else', async () => {
  const given = await stage({ lead: inTurn(done), tester: inTurn(done), writer: inTurn(done) })
  const { project, workflow } = given
  const handing = {
    from: { kind: 'agent', id: 'lead' },
    workflow,
    session: 's1',
    need,
    to: 'tester',
    context: '',
    provides: [],
    mode: 'delegate',
    meta: { actor: { kind: 'agent', id: 'lead' }, correlation: workflow },
  } as const
  // Known by another id than the need would give, as the copy in a fork is.
  const first = await handOver(project, { ...handing, provides: [], key: 'copied' })
  const target = targets.handoff('handoff' in first ? first.handoff : '')
  for (const to of ['writer', 'lead']) {
    const cancel = { type: 'CancelHandoff', by: person, reason: 'Somebody else should.' } as const
    const redrive = { type: 'RedriveHandoff', by: person, reason: 'Again.', to } as const
    await project.streams.execute(target, cancel, { actor: person, correlation: workflow })
    await project.streams.execute(target, redrive, { actor: person, correlation: workflow })
  }
  expect(await handOver(project, { ...handing, provides: [] })).toMatchObject({
    handoff: target.stream.slice(8),
  })
  const requested = (await given.events()).filter(({ type }) => type === 'HandoffRequested')
  expect(requested.filter(({ data }) => (data as { need: string }).need === need)).toHaveLength(1)
})
