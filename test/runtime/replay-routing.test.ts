import { expect, test } from 'vitest'
import type { AgentDefinition } from '../../src/agents/events.ts'
import { patternsPolicy, textPolicy } from '../../src/handoffs/routing/policy.ts'
import { handoffGraph } from '../../src/runtime/handoff-graph.ts'
import { replayRouting } from '../../src/runtime/replay-routing.ts'
import { definition, edited, opened, person } from '../projections/events.ts'
import { type InboxGiven, inboxGiven } from './inbox-given.ts'

const cast = {
  lead: { description: 'Leads the work.', worksWith: [partner('tester', 'load tests')] },
  tester: { description: 'Writes unit tests and load tests.' },
  weigher: { description: 'Weighs carts of hay.' },
}

function partner(target: string, note: string) {
  return { raw: `${target} for ${note}`, target, note }
}

/** Two decisions before the lead wrote down that somebody else tests loads, one after, one for nobody. */
async function history() {
  const given = await inboxGiven(cast)
  const ids = [
    await given.hand({ from: 'lead', need: 'load tests for the bridge' }),
    await given.hand({ need: 'weigh a cart of hay' }),
  ]
  given.pass(60_000)
  await writeSection(given, '## Notes\n\n- **Works well with**: weigher for load tests\n')
  ids.push(await given.hand({ from: 'lead', need: 'load tests for the ferry' }))
  ids.push(await given.hand({ need: 'zzqx plugh' }))
  return { given, ids }
}

async function writeSection({ project }: InboxGiven, text: string): Promise<void> {
  const data = edited('insights', [opened('notes', 'lead', text)])
  const event = { id: project.ids.next(), type: 'DocumentEdited', version: 1, data, meta: { actor: person } }
  await project.store.append('memory-insights', [event], { expected: 'any' })
}

test('the same policy decides everything again as it was decided, each with what was known then', async () => {
  const { given } = await history()
  const seen: number[] = []
  const replay = await replayRouting(given.project, {
    policy: patternsPolicy,
    onProgress: (done) => seen.push(done),
  })
  expect(replay).toMatchObject({ policy: 'patterns-2', decisions: 4, elsewhere: 0, differences: [] })
  expect(seen).toEqual([1, 2, 3, 4])
})

test('another policy lists what would have gone elsewhere, and why', async () => {
  const { given, ids } = await history()
  const before = await given.events()
  const { differences, elsewhere } = await replayRouting(given.project, { policy: textPolicy })
  expect(elsewhere).toBe(1)
  expect(differences[0]).toMatchObject({ handoff: ids[2], was: 'weigher', now: 'tester', from: 'lead' })
  expect(differences[0]!.reasonWas).toContain('recorded in insights.md')
  expect(differences[0]!.reasonNow).toContain('its description says')
  expect(await given.events()).toEqual(before)
})

test('other agent files are tried over what was decided', async () => {
  const { given, ids } = await history()
  const definitions = ['lead', 'tester', 'weigher'].map(
    (name) =>
      definition(name, {
        ...cast[name as keyof typeof cast],
        ...(name === 'tester' ? { description: 'Weighs a cart of hay, or a cart of straw.' } : {}),
        ...(name === 'weigher' ? { description: 'Sleeps.' } : {}),
      }) as unknown as AgentDefinition,
  )
  const { differences } = await replayRouting(given.project, { policy: patternsPolicy, definitions })
  expect(differences.map(({ handoff, was, now }) => ({ handoff, was, now }))).toEqual([
    { handoff: ids[1], was: 'weigher', now: 'tester' },
  ])
})

test('only decisions after a moment are looked at', async () => {
  const { given } = await history()
  const edit = (await given.events()).find(({ type }) => type === 'DocumentEdited')!
  const replay = await replayRouting(given.project, { policy: patternsPolicy, after: edit.position })
  expect(replay.decisions).toBe(2)
})

test('the graph shows what is declared, what is recorded with its event, and what happened', async () => {
  const { given } = await history()
  await given.project.view.refresh()
  const { agents, edges } = await handoffGraph(given)
  const recorded = (await given.events()).find(({ type }) => type === 'DocumentEdited')!.id
  expect(agents).toEqual(['lead', 'tester', 'weigher'])
  expect(edges).toEqual([
    {
      from: 'lead',
      to: 'tester',
      declared: ['load tests'],
      recorded: [],
      happened: { handoffs: 1, completed: 0, declined: 0 },
    },
    {
      from: 'lead',
      to: 'weigher',
      declared: [],
      recorded: [{ note: 'load tests', event: recorded }],
      happened: { handoffs: 1, completed: 0, declined: 0 },
    },
  ])
})
