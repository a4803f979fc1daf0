import { expect, test } from 'vitest'
import { agentSections, owners, sectionsOf } from '../../projections/agent-sections.ts'
import { collaborationPatterns, patternsOf } from '../../projections/collaboration-patterns.ts'
import { integrationPoints } from '../../projections/integration-points.ts'
import { project } from '../../src/kernel/projection.ts'
import { agent, edited, opened, person, Recorder, registered, written } from './events.ts'

const line = (partners: string) => `## Design\n\n- **Works well with**: ${partners}\n`
const by = (id: string) => ({ actor: agent(id) })

function designed(): Recorder {
  const log = new Recorder()
  log.add('agent-tester', 'AgentRegistered', registered('tester'))
  const first = edited('insights', [opened('d', 'designer', line('Tester (load tests), everybody'))], 's1')
  log.add('memory-insights', 'DocumentEdited', first, by('designer'))
  return log
}

const sections = (log: Recorder) => project(agentSections, log.events).get('agents')!
const patterns = (log: Recorder) =>
  patternsOf(project(collaborationPatterns, log.events).get('agents')!, 'Designer')
const partners = (log: Recorder) =>
  patterns(log).recorded.flatMap((one) =>
    one.partners.map(({ target, note, event }) => ({ target, note, event })),
  )

test("a partner line keeps the event that wrote it, also when a person edits another line of the agent's section", () => {
  const log = designed()
  const event = log.events[1]!.id
  const later = log.add(
    'memory-insights',
    'DocumentEdited',
    edited('insights', [written('d', line('Tester (load tests), everybody, tester'))]),
    { actor: person },
  )
  expect(partners(log)).toEqual([
    { target: 'tester', note: 'load tests', event },
    { target: null, note: null, event },
    { target: 'tester', note: null, event: later.id },
  ])
  expect(sectionsOf(sections(log), 'designer')).toMatchObject([{ by: 'the-owner', session: null }])
})

test('a line that is gone is gone, and an agent that is retired is no target any more', () => {
  const log = designed()
  log.add('agent-tester', 'AgentRetired', { name: 'tester', source: 'tester.md', reason: 'gone' })
  expect(partners(log).map((one) => one.target)).toEqual([null, null])
  const edit = edited('insights', [written('d', line('everybody'))])
  log.add('memory-insights', 'DocumentEdited', edit, { actor: person })
  expect(partners(log)).toHaveLength(1)
})

test('a section goes with its owner, and away when it is removed', () => {
  const log = designed()
  const assign = edited('insights', [{ kind: 'assigned', section: 'd', owner: 'tester' }])
  log.add('memory-insights', 'DocumentEdited', assign, { actor: person })
  expect(owners(sections(log))).toEqual(['tester'])
  expect(patterns(log).recorded).toEqual([])
  const remove = edited('insights', [{ kind: 'removed', section: 'd' }])
  log.add('memory-insights', 'DocumentEdited', remove, { actor: person })
  expect(owners(sections(log))).toEqual([])
})

test('an imported document is known by its sections', () => {
  const log = new Recorder()
  const { kind: _, after: __, ...section } = opened('d', 'designer', line('tester'))
  const imported = { document: 'insights', preamble: '', sections: [section], eol: '\n' }
  log.add('memory-insights', 'DocumentImported', imported, { actor: person })
  expect(sectionsOf(sections(log), 'designer')).toMatchObject([{ heading: 'Design', document: 'insights' }])
  expect(partners(log)).toMatchObject([{ target: null }])
})

test('an integration point stays as long as its section says it, under the event that said it first', () => {
  const log = new Recorder()
  const body = (points: string) => `## Design\n\n### Integrations\n${points}\n`
  const points = () => project(integrationPoints, log.events).get('integration-points')!.points
  const open = edited(
    'insights',
    [opened('d', 'designer', body('- the mail gateway\n- the billing job'))],
    's1',
  )
  const first = log.add('memory-insights', 'DocumentEdited', open, by('designer'))
  const edit = edited('insights', [written('d', body('- The mail gateway'))], 's2')
  log.add('memory-insights', 'DocumentEdited', edit, by('designer'))
  expect(points()).toMatchObject([
    { text: 'the mail gateway', agent: 'designer', session: 's1', event: first.id },
  ])
})
