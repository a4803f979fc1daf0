import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { patternsPolicy } from '../../src/handoffs/routing/policy.ts'
import { type Daybook, openDaybook } from '../../src/runtime/daybook.ts'
import { handOver } from '../../src/runtime/hand-over.ts'
import { replayRouting } from '../../src/runtime/replay-routing.ts'
import { resolveSettings, shippedAgents } from '../../src/runtime/settings.ts'
import { startWorkflow } from '../../src/runtime/start-workflow.ts'
import { defaultLimits } from '../../src/runtime/workflow-defaults.ts'

/**
 * How long `daybook route replay` takes for each decision on record, the reading of the log included: decisions of
 * many workflows over the shipped agents, with an agent's section written again in between. It must list nothing.
 *
 * `node bench/src/routing.ts [--decisions 10000]`; one JSON line, in milliseconds.
 */
const flag = process.argv.indexOf('--decisions')
const decisions = flag < 0 ? 10_000 : Number(process.argv[flag + 1])
const perWorkflow = 50

const needs = [
  'load tests for the endpoint that lists invoices',
  'a table and an index for the orders of a customer',
  'review the sign-in for holes before we open it',
  'a page that explains the import to new users',
  'the form keeps its state when the page is reloaded',
  'cut the time of the report that joins five tables',
  'plan the steps of the next release',
  'zzqx plugh',
]

const place = mkdtempSync(join(tmpdir(), 'daybook-routing-'))
try {
  const settings = resolveSettings(
    { dir: join(place, 'log'), agents: shippedAgents(), memory: join(place, 'memory') },
    {},
    place,
  )
  const daybook = await openDaybook(settings, { agents: 'sync', documents: 'sync' })
  try {
    for (let done = 0; done < decisions; done += perWorkflow) await decide(daybook, done)
    const replay = await replayRouting(daybook.project, { policy: patternsPolicy })
    if (replay.decisions < decisions || replay.elsewhere > 0)
      throw new Error(`Replayed ${replay.decisions} decisions, ${replay.elsewhere} of them otherwise.`)
    console.log(
      JSON.stringify({
        what: `${replay.decisions} routing decisions on record, decided again`,
        ms: { 'each decision': replay.msPerDecision },
        figures: { 'would have gone elsewhere': replay.elsewhere },
      }),
    )
  } finally {
    await daybook.close()
  }
} finally {
  rmSync(place, { recursive: true })
}

async function decide({ project, roster, person }: Daybook, before: number): Promise<void> {
  await note(project, before)
  const workflow = await startWorkflow(project, {
    goal: 'A shop for invoices',
    roster,
    entry: null,
    by: person,
    limits: defaultLimits,
    model: 'claude-bench',
    rehearsal: false,
  })
  for (let at = 0; at < perWorkflow; at++) {
    const from = { kind: 'agent' as const, id: roster[(before + at) % roster.length]!.agent }
    await handOver(project, {
      from,
      workflow,
      need: `${needs[at % needs.length]} (${at})`,
      to: null,
      context: '',
      provides: [],
      mode: 'delegate',
      key: `${before} ${at}`,
      meta: { actor: from, correlation: workflow },
    })
  }
}

/** What an agent knows about its partners changes with time. */
async function note(project: Daybook['project'], before: number): Promise<void> {
  const text = `## API Design\n\n- **Works well with**: tester for load tests of part ${before}\n`
  const change =
    before === 0
      ? { kind: 'opened', section: 'api', heading: 'API Design', owner: 'api-designer', after: null }
      : { kind: 'written', section: 'api' }
  const data = { document: 'notes', changes: [{ ...change, text, separator: '' }], via: 'cli' }
  const meta = { actor: { kind: 'person' as const, id: 'bench' } }
  const event = { id: project.ids.next(), type: 'DocumentEdited', version: 1, data, meta }
  await project.store.append('memory-notes', [event], { expected: 'any' })
}
