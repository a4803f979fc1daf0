import { describe, expect, test } from 'vitest'
import { openValidations } from '../../projections/open-validations.ts'
import { limits } from '../../src/kernel/limits.ts'
import { project } from '../../src/kernel/projection.ts'
import { agent, edited, opened, Recorder, started, summary, written } from './events.ts'

class Log extends Recorder {
  end(session: string, fields: Record<string, string>, name = 'designer') {
    this.add(`session-${session}`, 'SessionStarted', started(name, 'Do it'))
    return this.add(`session-${session}`, 'SummaryRecorded', summary(fields))
  }

  write(text: string, name = 'tester') {
    const first = !this.events.some((event) => event.type === 'DocumentEdited')
    const body = `## Tests\n\n${text}\n`
    const change = first ? opened('t', name, body) : written('t', body)
    return this.add('memory-insights', 'DocumentEdited', edited('insights', [change]), { actor: agent(name) })
  }

  get state() {
    return project(openValidations, this.events).get('open-validations')!
  }

  get open() {
    return this.state.validations.filter((one) => one.checked === null).map((one) => one.text)
  }
}

const promise = { 'Monitoring/Validation': '- p95 latency of the feed under 200 ms\n- Error rate of uploads' }

test('what a summary promises to watch is open, one line each', () => {
  const log = new Log()
  log.end('s1', promise)
  expect(log.open).toEqual(['p95 latency of the feed under 200 ms', 'Error rate of uploads'])
})

test('how something is going to be measured is a promise, not a result', () => {
  const log = new Log()
  log.end('s1', { 'Monitoring Setup': 'Uploads are measured by a dashboard' })
  expect(log.open).toEqual(['Uploads are measured by a dashboard'])
})

test.each([
  ['nothing to watch', { 'Monitoring/Validation': 'none' }],
  ['a placeholder', { 'Monitoring/Validation': '[How success will be measured]' }],
  ['results', { 'Validation Results': 'Uploads checked' }],
])('%s opens nothing', (_, fields) => {
  const log = new Log()
  log.end('s1', fields)
  expect(log.open).toEqual([])
})

describe('it is closed by', () => {
  test.each([
    ["a later summary's results", { 'Validation Results': 'p95 latency of the feed is 150 ms' }],
    ['a later summary that says so', { Delivered: 'Checked the p95 latency of the feed.' }],
    ['a ticked box', { 'Monitoring/Validation': '- [x] p95 latency of the feed' }],
  ])('%s', (_, fields) => {
    const log = new Log()
    log.end('s1', promise)
    const later = log.end('s2', fields, 'tester')
    expect(log.open).toEqual(['Error rate of uploads'])
    expect(log.state.validations[0]?.checked).toMatchObject({ by: 'tester', event: later.id })
  })

  test('a section of any agent', () => {
    const log = new Log()
    log.end('s1', promise)
    const edit = log.write('- Verified: the error rate of uploads stays below 1%')
    expect(log.open).toEqual(['p95 latency of the feed under 200 ms'])
    expect(log.state.validations[1]?.checked).toMatchObject({ by: 'tester', event: edit.id })
  })
})

describe('it stays open when', () => {
  test.each([
    ['the report says not yet', 'The p95 latency of the feed is not yet checked'],
    ['the report says it will be', 'The p95 latency of the feed will be checked in May'],
    ['the report is about something else', 'Checked the colours of the feed'],
    ['nothing is reported', 'The p95 latency of the feed matters'],
  ])('%s', (_, text) => {
    const log = new Log()
    log.end('s1', promise)
    log.end('s2', { Delivered: text })
    expect(log.open).toHaveLength(2)
  })

  test('a section repeats what it reported before the promise', () => {
    const log = new Log()
    log.write('- Checked: p95 latency of the feed')
    log.end('s1', promise)
    log.write('- Checked: p95 latency of the feed\n- Another line')
    expect(log.open).toHaveLength(2)
  })

  test('it is promised again: once', () => {
    const log = new Log()
    log.end('s1', promise)
    log.end('s2', promise)
    expect(log.open).toHaveLength(2)
  })
})

test('of too many, those that are checked are let go first, and all are counted', () => {
  const log = new Log()
  log.end('s0', promise)
  log.end('s1', { 'Validation Results': 'p95 latency of the feed' })
  const list = (count: number, name: string) =>
    Array.from({ length: count }, (_, index) => `- ${name} number ${index}`).join('\n')
  const half = limits.validationsKeptMax / 2
  log.end('s2', { Monitoring: list(half, 'gauge') })
  log.end('s3', { Monitoring: list(half - 1, 'meter') })
  expect(log.state.validations).toHaveLength(limits.validationsKeptMax)
  expect(log.state.dropped).toBe(1)
  expect(log.open).toHaveLength(limits.validationsKeptMax)
})
