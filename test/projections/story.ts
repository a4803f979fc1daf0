import type { RecordedEvent } from '../../src/kernel/event.ts'
import {
  agent,
  answered,
  called,
  digest,
  edited,
  eventId,
  opened,
  person,
  Recorder,
  registered,
  started,
  summary,
  written,
} from './events.ts'

const limits = {
  depthMax: 4,
  handoffsMax: 20,
  turnsPerSessionMax: 30,
  tokensMax: 500_000,
  costUsdMax: 2,
  wallTimePerSessionMs: 600_000,
}

const section = `## Server Design

### Key Technical Decisions
- **Database Choice**: PostgreSQL - Rationale: the feed needs joins; Performance: 5 ms a page
- **Image Store**: S3 | one bucket
  - **Rationale**: it is there
- **API Pattern**: [REST/GraphQL/etc.] - Performance: [Metrics achieved]

### Integration Points
- Push gateway for new comments

### Collaboration Patterns
- **Works well with**: load-tester (load tests of the feed), all engineers
- **Handoff requirements**: expected traffic, API contract

Last updated: 2026-03-01
`

/** A goal that goes through two agents: everything a projection can show happens in it once. */
export function story(meta: { rehearsal?: true } = {}): RecordedEvent[] {
  const log = new Recorder({ correlation: 'w1', ...meta })
  log.add('agent-server-designer', 'AgentRegistered', {
    ...registered('server-designer', {
      tools: ['Read', 'Write'],
      model: 'opus',
      claims: [{ document: 'insights', heading: 'Server Design' }],
      worksWith: [{ raw: 'writer (release notes)', target: null, note: 'release notes' }],
      requirements: ['the goal'],
      recovered: true,
    }),
    diagnostics: [{ code: 'front_matter_recovered', message: 'The front matter is no valid YAML.' }],
  })
  log.add(
    'agent-load-tester',
    'AgentRegistered',
    registered('load-tester', { requirements: ['an endpoint'] }),
  )
  log.add('agent-writer', 'AgentRegistered', registered('writer'))
  log.add('agent-writer', 'AgentRetired', {
    name: 'writer',
    source: 'writer.md',
    reason: 'The file is gone.',
  })
  log.add('workflow-w1', 'WorkflowStarted', {
    goal: 'Let people share photos\n# and nothing else',
    roster: [{ agent: 'server-designer', event: eventId(1) }],
    limits,
    model: 'claude-sonnet-4-5',
    by: person,
  })
  addFirstSession(log)
  addSecondSession(log)
  addUnhappyHandoffs(log)
  log.add('workflow-w1', 'LimitReached', { limit: 'cost', max: 2, reached: 2.01 })
  log.add('workflow-w1', 'WorkflowPaused', {
    by: person,
    reason: 'The limit on cost was reached: 2.01 of 2.',
  })
  log.add('workflow-w1', 'LimitRaised', { limit: 'cost', max: 4, by: person })
  log.add('workflow-w1', 'WorkflowResumed', { by: person, reason: 'raised' })
  log.add('workflow-w1', 'WorkflowCompleted', { sessions: 2, handoffs: 4, unrouted: 1, failed: 1 })
  return log.events
}

const inputs = { asOf: eventId(5), roster: [eventId(1), eventId(2)] }
const routing = { excluded: [], policy: 'patterns-2', inputs, requirements: [] }

function addFirstSession(log: Recorder): void {
  log.add('handoff-h1', 'HandoffRequested', {
    from: person,
    need: 'Design the sharing of photos',
    context: '',
    provides: [],
    mode: 'delegate',
    workflow: 'w1',
    hop: 0,
    chain: [],
  })
  log.add('handoff-h1', 'HandoffRouted', {
    to: 'server-designer',
    confidence: 0.8,
    reason: 'It designs servers.',
    candidates: [
      {
        agent: 'server-designer',
        score: 2,
        because: [{ rule: 'text', value: 1, weight: 1.9, evidence: 'design | photos' }],
      },
    ],
    ...routing,
    missing: ['the goal'],
  })
  const accepted = { worker: 'worker-1', epoch: 1, session: 's1', leaseUntil: '2026-03-01T10:30:00.000Z' }
  log.add('handoff-h1', 'HandoffAccepted', accepted)
  log.add('session-s1', 'SessionStarted', started('server-designer', 'Design it', { handoff: 'h1' }))
  log.add('session-s1', 'ContextGiven', {
    sections: [{ document: 'project', section: 'p1', heading: 'Goals', event: eventId(3) }],
    system: 'You are the server-designer.\n```\nwith a fence\n```',
    tools: [{ name: 'memory', description: 'the memory', inputSchema: {} }],
    promptVersion: '1',
  })
  log.add('session-s1', 'ModelCalled', called('c1', 1, 'Design it'))
  log.add('session-s1', 'ModelFailed', {
    call: 'c1',
    attempt: 1,
    kind: 'overloaded',
    message: 'The model is busy.',
    retryable: true,
  })
  log.add('session-s1', 'ModelCalled', { ...called('c2', 1), attempt: 2 })
  log.add('session-s1', 'ModelAnswered', answered('c2', 'I write my section.', { stopReason: 'tool_use' }))
  log.add('session-s1', 'ToolCalled', {
    toolUse: 't1',
    call: 'c2',
    block: 1,
    tool: 'memory',
    input: { command: 'create', path: 'insights.md' },
    class: 'keyed',
    key: 't1',
  })
  const by = { actor: agent('server-designer') }
  const edit = [opened('sd', 'server-designer', section)]
  log.add('memory-insights', 'DocumentEdited', edited('insights', edit, 's1'), by)
  log.add('session-s1', 'ToolReturned', { toolUse: 't1', output: 'Written: ```ok```', isError: false })
  log.add('session-s1', 'EditRefused', {
    document: 'project',
    heading: 'Goals',
    owner: null,
    code: 'not_owner',
    reason: 'The section belongs to people.',
    digest,
    length: 12,
  })
  log.add('session-s1', 'ModelCalled', called('c3', 2))
  log.add('session-s1', 'ModelAnswered', answered('c3', 'Done.\n\n## Session Summary\n<b>bold</b>'))
  const said = summary(
    {
      'Key Technical Decision': 'We chose PostgreSQL',
      'Performance Achieved': '5 ms a page',
      'Integration Points': '- Push gateway for new comments\n- Photo app through the REST API',
      'Monitoring/Validation': '- p95 latency of the feed under 200 ms\n- Error rate of uploads',
      'Collaboration Needs': 'load-tester: load test of the feed',
    },
    ['Knowledge Captured'],
  )
  log.add('session-s1', 'SummaryRecorded', said)
  log.add('session-s1', 'SessionCompleted', { notes: ['The summary lacks "Knowledge Captured".'] })
  log.add('handoff-h1', 'HandoffCompleted', { session: 's1', epoch: 1, answer: 'Designed.' })
}

function addSecondSession(log: Recorder): void {
  log.add('handoff-h2', 'HandoffRequested', {
    from: agent('server-designer'),
    need: 'Load test of the feed',
    context: 'The feed is designed.',
    provides: [],
    mode: 'delegate',
    workflow: 'w1',
    session: 's1',
    parent: 'h1',
    hop: 1,
    chain: ['server-designer'],
  })
  const because = [
    { rule: 'recorded_partner', value: 1, weight: 3, evidence: 'load tests of the feed', event: eventId(16) },
  ]
  log.add('handoff-h2', 'HandoffRouted', {
    to: 'load-tester',
    confidence: 0.9,
    reason: 'server-designer recorded it as a partner.',
    candidates: [{ agent: 'load-tester', score: 3, because }],
    ...routing,
    missing: [],
  })
  const lease = { worker: 'worker-1', epoch: 1, session: 's2', leaseUntil: '2026-03-01T11:30:00.000Z' }
  log.add('handoff-h2', 'HandoffAccepted', lease)
  log.add('session-s2', 'SessionStarted', started('load-tester', 'Load test of the feed', { handoff: 'h2' }))
  log.add('session-s2', 'ModelCalled', called('d1', 1, 'Load test of the feed'))
  log.add('session-s2', 'ModelAnswered', answered('d1', 'p95 is 150 ms.'))
  const said = summary({
    'Validation Results': 'p95 latency of the feed checked: 150 ms',
    'Key Testing Decision': 'Test with recorded traffic',
  })
  log.add('session-s2', 'SummaryRecorded', said)
  const repeated = section.replace(', all engineers', ', writer')
  const edit = edited('insights', [written('sd', repeated), opened('pn', null, '## Notes\n\nBy hand.\n')])
  log.add('memory-insights', 'DocumentEdited', edit, { actor: person })
  log.add('session-s2', 'SessionCompleted', { notes: [] })
  log.add('handoff-h2', 'HandoffCompleted', { session: 's2', epoch: 1, answer: 'Tested.' })
}

function addUnhappyHandoffs(log: Recorder): void {
  const request = (need: string) => ({
    from: agent('load-tester'),
    need,
    context: '',
    provides: [],
    mode: 'ask',
    workflow: 'w1',
    session: 's2',
    parent: 'h2',
    hop: 2,
    chain: ['server-designer', 'load-tester'],
  })
  log.add('handoff-h3', 'HandoffRequested', request('A song | for the launch'))
  log.add('handoff-h3', 'HandoffUnrouted', {
    code: 'nobody_fits',
    reason: 'Nobody sings.',
    candidates: [],
    ...routing,
    requirements: undefined,
  })
  log.add('handoff-h4', 'HandoffRequested', request('More machines'))
  log.add('handoff-h4', 'HandoffRouted', {
    to: 'server-designer',
    confidence: 1,
    reason: 'It was named.',
    candidates: [],
    ...routing,
    missing: ['expected traffic'],
  })
  log.add('handoff-h4', 'HandoffReturned', { to: 'server-designer', missing: ['expected traffic'] })
  log.add('handoff-h4', 'HandoffFailed', { code: 'no_answer', reason: 'Nobody supplied it.' })
}
