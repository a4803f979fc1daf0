import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RecordedEvent } from '../../src/kernel/event.ts'
import { cast, daybook, goal, put, type RunResult, result, snapshot, temporaryFolder } from '../cli/given.ts'
import { forkTestServer } from '../coordinators/processes.ts'
import { sectionHeadings } from './headings.ts'

const corpus = fileURLToPath(new URL('../../../shared/corpus/superagent-zero-2/agents', import.meta.url))
if (!existsSync(corpus)) console.warn(`SKIPPED: ${corpus} is not there, so no chain of its agents is run`)

const shipped = { agents: cast, goal, again: 'Build a REST API for invoices' }

/** The same on every store: only the URL is another one. */
const chains = [
  { name: 'the shipped cast', backend: 'SQLite', ...shipped },
  { name: 'the shipped cast', backend: 'the KurrentDB test server', ...shipped },
  {
    name: 'the corpus',
    backend: 'SQLite',
    agents: corpus,
    goal: 'Add photo sharing with friends to our mobile app',
    again: 'Add video sharing with friends to our mobile app',
  },
]

interface Handoff {
  readonly id: string
  readonly to: string | null
  readonly decisions: { reason: string; candidates: { agent: string; because: { evidence: string }[] }[] }[]
}

interface Listed {
  readonly document: string
  readonly sections: { section: string; heading: string; owner: string | null }[]
}

describe.each(chains.filter(({ agents }) => existsSync(agents)))('a chain of $name on $backend', (chain) => {
  let folder = ''
  let remove = () => {}
  let run = {} as RunResult
  let second = {} as RunResult
  let before: Record<string, string> = {}
  let events: RecordedEvent[] = []
  let store: string[] = []
  let stopServer = async () => {}
  const look = <Result>(...args: string[]) =>
    result<Result>(['--rehearsal', ...store, ...args], { cwd: folder })

  beforeAll(async () => {
    folder = temporaryFolder((end) => {
      remove = end
    })
    put(join(folder, 'src/app.ts'), 'export {}\n')
    put(join(folder, '.superagent/memory/insights.md'), '## Real\n\nNot for rehearsals.\n')
    before = snapshot(folder)
    if (chain.backend !== 'SQLite') {
      const server = await forkTestServer()
      store = ['--store', server.url]
      stopServer = server.stop
    }
    const flags = ['--rehearse', '--agents', chain.agents, ...store]
    run = await result<RunResult>(['run', chain.goal, ...flags], { cwd: folder })
    second = await result<RunResult>(['run', chain.again, ...flags], { cwd: folder })
    const log = await daybook(['--rehearsal', ...store, 'log', '--json'], { cwd: folder })
    events = log.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as RecordedEvent)
  })
  afterAll(async () => {
    remove()
    await stopServer()
  })

  test('completes with sessions of different agents and handoffs between them', () => {
    expect(run.status).toBe('completed')
    const started = events.filter(
      ({ type, meta }) => type === 'SessionStarted' && meta.correlation === run.workflow,
    )
    const agents = new Set(started.map(({ data }) => (data as { agent: string }).agent))
    expect(agents.size).toBeGreaterThanOrEqual(4)
    expect(run.handoffs).toBeGreaterThanOrEqual(3)
    expect(started).toHaveLength(run.sessions)
  })

  test('explains every handoff: who got it, by which rules, on which evidence', async () => {
    const handoffs = await look<{ id: string }[]>('handoffs', '--workflow', run.workflow)
    const shown = await Promise.all(
      handoffs.slice(0, 4).map(({ id }) => look<Handoff>('handoffs', 'show', id)),
    )
    expect(shown.length).toBeGreaterThanOrEqual(3)
    for (const { to, decisions } of shown) {
      const decision = decisions.at(-1)!
      expect(decision.reason).toContain(to)
      expect(decision.candidates[0]?.agent).toBe(to)
      expect(decision.candidates[0]?.because.every(({ evidence }) => evidence !== '')).toBe(true)
      expect(decision.candidates[0]?.because.length).toBeGreaterThan(0)
    }
  })

  test('leaves a memory of well-formed sections, each owned by the agent that claims it', async () => {
    const { agents } = await look<{
      agents: { name: string; sections: { document: string; heading: string }[] }[]
    }>('agents', 'doctor', chain.agents)
    const claims = (owner: string | null) => agents.find(({ name }) => name === owner)?.sections ?? []
    for (const { document, sections } of await look<Listed[]>('memory', 'list')) {
      expect(sections.length).toBeGreaterThan(0)
      for (const { heading, owner } of sections) {
        expect(claims(owner)).toContainEqual({ document, heading })
      }
      const text = readFileSync(join(folder, `.daybook/rehearsal/memory/${document}.md`), 'utf8')
      expect(sectionHeadings(text)).toEqual(sections.map(({ heading }) => heading))
    }
  })

  test('memory show gives the bytes on disk, and everything folds from the log again', async () => {
    const disk = readFileSync(join(folder, '.daybook/rehearsal/memory/insights.md'), 'utf8')
    const shown = await daybook(['--rehearsal', ...store, 'memory', 'show'], { cwd: folder })
    expect(shown.stdout).toBe(disk)
    expect(await look('rebuild', '--check')).toMatchObject({ equal: true, differences: [] })
  })

  test('proves intact from the log alone', async () => {
    for (const { workflow } of [run, second])
      expect(await look('prove', workflow)).toMatchObject({ intact: true, firstDifference: null })
  })

  test('a second run is given what the first one wrote', () => {
    expect(second.status).toBe('completed')
    const written = new Set(
      events
        .filter(({ type, meta }) => type === 'DocumentEdited' && meta.correlation === run.workflow)
        .map(({ id }) => id),
    )
    const given = events
      .filter(({ type, meta }) => type === 'ContextGiven' && meta.correlation === second.workflow)
      .flatMap(({ data }) => (data as { sections: { event: string }[] }).sections)
    expect(written.size).toBeGreaterThan(0)
    expect(given.some(({ event }) => written.has(event))).toBe(true)
  })

  test('marks every event of the work as rehearsed, and touches nothing outside its folder', () => {
    const worked = events.filter(({ meta }) => meta.correlation !== undefined)
    expect(worked.length).toBeGreaterThan(0)
    expect(worked.filter(({ meta }) => meta.rehearsal !== true)).toEqual([])
    expect(snapshot(folder, '.daybook/')).toEqual(before)
  })
})
