import { describe, expect, test } from 'vitest'
import { decisionLog } from '../../projections/decision-log.ts'
import { decisionsInSection, decisionsInSummary } from '../../projections/shared/decision-text.ts'
import { limits } from '../../src/kernel/limits.ts'
import { project } from '../../src/kernel/projection.ts'
import { agent, edited, opened, person, Recorder, started, summary, written } from './events.ts'

const none = { topic: null, rationale: null, performance: null, details: null }

describe('a section states as decisions', () => {
  test.each([
    [
      '- **Database Choice**: PostgreSQL - Rationale: joins; Performance: 5 ms',
      { topic: 'Database Choice', choice: 'PostgreSQL', rationale: 'joins', performance: '5 ms' },
    ],
    [
      '- **Cache Choice**: Redis - Hit rate: 92% - Performance gain: 3x - Why: reads repeat',
      {
        topic: 'Cache Choice',
        choice: 'Redis',
        rationale: 'reads repeat',
        performance: 'Hit rate: 92%; Performance gain: 3x',
      },
    ],
    [
      '- **Queue Decision**: SQLite because it is there.',
      { topic: 'Queue Decision', choice: 'SQLite', rationale: 'it is there' },
    ],
    [
      '- **Ids**: UUIDv7 - Reason: sorted by time',
      { topic: 'Ids', choice: 'UUIDv7', rationale: 'sorted by time' },
    ],
    [
      '### Key Decisions\n- We keep one process, so that nobody has to operate two',
      { choice: 'We keep one process', rationale: 'so that nobody has to operate two' },
    ],
    [
      '### Key Decisions\n- **Login**: OAuth\n  - **Rationale**: no passwords\n  - **Security level**: high',
      { topic: 'Login', choice: 'OAuth', rationale: 'no passwords', details: 'Security level: high' },
    ],
    ['- **Strategy chosen**: Ship weekly', { topic: 'Strategy chosen', choice: 'Ship weekly' }],
  ])('%s', (text, expected) => {
    expect(decisionsInSection(`## Design\n\n${text}\n`)).toEqual([{ ...none, ...expected }])
  })

  test.each([
    ['a placeholder', '- **Database Choice**: [Choice made] - Rationale: [Why]'],
    ['nothing', '- **Database Choice**: none'],
    ['an example in a fence', '```\n- **Database Choice**: PostgreSQL\n```'],
    ['a partner', '### Collaboration Patterns\n- **Works well with**: writer - Reason: words'],
    ['another line', '### Lessons Learned\n- **What to avoid**: threads because they hang'],
    ['the date', '### Key Decisions\n\nLast updated: 2026-03-01'],
  ])('but not %s', (_, text) => {
    expect(decisionsInSection(`## Design\n\n${text}\n`)).toEqual([])
  })
})

test('a summary with one decision gives it the rationale and the performance of its own fields', () => {
  const fields = [
    { label: 'Key Contract Decision', text: 'Cursor paging' },
    { label: 'Rationale', text: 'Pages stay stable' },
    { label: 'Performance Considerations', text: 'One query a page' },
  ]
  expect(decisionsInSummary(fields)).toEqual([
    {
      topic: 'Key Contract Decision',
      choice: 'Cursor paging',
      rationale: 'Pages stay stable',
      performance: 'One query a page',
      details: null,
    },
  ])
})

class Log extends Recorder {
  session(id: string, name = 'designer') {
    this.add(`session-${id}`, 'SessionStarted', started(name, 'Do it'))
  }

  write(id: string, lines: string, name = 'designer') {
    const first = !this.events.some((event) => event.type === 'DocumentEdited')
    const text = `## Design\n\n### Key Decisions\n${lines}\n`
    const change = first ? opened('d', name, text) : written('d', text)
    return this.add('memory-insights', 'DocumentEdited', edited('insights', [change], id), {
      actor: agent(name),
    })
  }

  sum(id: string, fields: Record<string, string>) {
    return this.add(`session-${id}`, 'SummaryRecorded', summary(fields))
  }

  get decisions() {
    return project(decisionLog, this.events).get('decisions')?.decisions ?? []
  }

  get choices() {
    return this.decisions.map((one) => one.choice)
  }
}

describe('it is one decision when', () => {
  test('the section and the summary of a session say it, and what one leaves out the other adds', () => {
    const log = new Log()
    log.session('s1')
    const edit = log.write('s1', '- **Database Choice**: PostgreSQL')
    log.sum('s1', {
      'Key Decision': 'We chose PostgreSQL because of the joins',
      'Performance Achieved': '5 ms',
    })
    expect(log.decisions).toMatchObject([
      {
        choice: 'PostgreSQL',
        rationale: 'the joins',
        performance: '5 ms',
        rationaleMissing: false,
        event: edit.id,
      },
    ])
  })

  test('the summary comes first', () => {
    const log = new Log()
    log.session('s1')
    log.sum('s1', { 'Key Decision': 'Database Choice: PostgreSQL' })
    log.write('s1', '- **Database Choice**: PostgreSQL - Rationale: joins')
    log.write('s1', '- **Database Choice**: PostgreSQL - Rationale: joins\n- more')
    expect(log.decisions).toMatchObject([
      { choice: 'PostgreSQL', rationale: 'joins', session: 's1' },
      { choice: 'more' },
    ])
  })

  test('a later edit, of whoever it is, repeats it unchanged', () => {
    const log = new Log()
    log.session('s1')
    log.write('s1', '- **Database Choice**: PostgreSQL - Rationale: joins')
    log.session('s2')
    log.write(
      's2',
      '- **Database Choice**: PostgreSQL - Rationale: joins\n- **Cache**: Redis - Reason: small',
    )
    log.sum('s2', { 'Key Decision': 'PostgreSQL' })
    expect(log.decisions).toMatchObject([
      { choice: 'PostgreSQL', session: 's1' },
      { choice: 'Redis', session: 's2' },
    ])
  })
})

describe('it is another decision when', () => {
  test('the same choice comes back after it was dropped', () => {
    const log = new Log()
    for (const [index, choice] of ['PostgreSQL', 'SQLite', 'PostgreSQL'].entries()) {
      log.session(`s${index}`)
      log.write(`s${index}`, `- **Database Choice**: ${choice}`)
    }
    expect(log.decisions.map((one) => [one.choice, one.standing])).toEqual([
      ['PostgreSQL', false],
      ['SQLite', false],
      ['PostgreSQL', true],
    ])
  })

  test('it is made for another reason', () => {
    const log = new Log()
    log.session('s1')
    log.write('s1', '- **Database Choice**: PostgreSQL - Rationale: joins')
    log.write('s1', '- **Database Choice**: PostgreSQL - Rationale: the team knows it')
    expect(log.decisions.map((one) => one.rationale)).toEqual(['joins', 'the team knows it'])
  })

  test('it only shares a word', () => {
    const log = new Log()
    log.session('s1')
    log.write('s1', '- **Cache Choice**: Redis')
    log.sum('s1', { 'Key Decision': 'Redis Streams carry jobs between the workers' })
    expect(log.choices).toEqual(['Redis', 'Redis Streams carry jobs between the workers'])
  })

  test('another agent makes it', () => {
    const log = new Log()
    log.session('s1', 'designer')
    log.sum('s1', { 'Key Decision': 'PostgreSQL' })
    log.session('s2', 'tester')
    log.sum('s2', { 'Key Decision': 'PostgreSQL' })
    expect(log.decisions.map((one) => one.agent)).toEqual(['designer', 'tester'])
  })
})

test('a decision without a rationale is flagged, in the state and to the reader', () => {
  const log = new Log()
  log.session('s1')
  log.write('s1', '- **Database Choice**: PostgreSQL')
  expect(log.decisions).toMatchObject([{ rationale: null, rationaleMissing: true }])
  const state = project(decisionLog, log.events).get('decisions')!
  expect(decisionLog.render(state, 'decisions')).toContain('| **missing** |')
})

test("a person's decision names the person and no agent", () => {
  const log = new Recorder()
  const text = '## Notes\n\n- **Decision**: Launch in May - Reason: the fair\n'
  log.add('memory-insights', 'DocumentEdited', edited('insights', [opened('n', null, text)]), {
    actor: person,
  })
  const state = project(decisionLog, log.events).get('decisions')!
  expect(state.decisions).toMatchObject([
    { agent: null, by: 'the-owner', session: null, choice: 'Launch in May' },
  ])
})

test('it keeps the newest decisions and counts the others', () => {
  const log = new Log()
  const perEdit = limits.statementsPerTextMax
  const edits = limits.decisionsKeptMax / perEdit + 1
  for (let edit = 0; edit < edits; edit += 1) {
    const lines = Array.from({ length: perEdit }, (_, line) => `- **Choice ${line}**: number ${edit}`)
    log.write('s1', lines.join('\n'))
  }
  const state = project(decisionLog, log.events).get('decisions')!
  expect(state.decisions).toHaveLength(limits.decisionsKeptMax)
  expect(state.dropped).toBe(perEdit)
  expect(state.decisions.at(-1)?.choice).toBe(`number ${edits - 1}`)
})
