import { expect, test } from 'vitest'
import type { HandoffEvent } from '../../src/handoffs/events.ts'
import { patternsPolicy } from '../../src/handoffs/routing/policy.ts'
import { claudeModel } from '../../src/models/claude.ts'
import { shippedPrices } from '../../src/models/prices.ts'
import { handOver } from '../../src/runtime/hand-over.ts'
import type { Project } from '../../src/runtime/project.ts'
import { replayRouting } from '../../src/runtime/replay-routing.ts'
import { opinionOfModel } from '../../src/runtime/second-opinion.ts'
import { apiKey, serverWith } from '../models/ask.ts'
import { person } from '../projections/events.ts'
import { inboxGiven } from './inbox-given.ts'

const twins = {
  'north-tester': { description: 'Writes load tests for bridges.' },
  'south-tester': { description: 'Writes load tests for bridges.' },
  weigher: { description: 'Weighs carts of hay.' },
}
const close = 'load tests for bridges'
const model = 'claude-sonnet-5-5'

/** A project whose close calls are put to a local server that plays these answers. */
async function given(...answers: string[]) {
  const server = await serverWith(answers.map((content) => ({ content })))
  const house = await inboxGiven(twins)
  const access = { baseUrl: server.url, apiKey }
  const claude = claudeModel({ access, prices: shippedPrices })
  const project: Project = {
    ...house.project,
    secondOpinion: opinionOfModel(() => ({ model: claude, name: model })),
  }
  const routed = async (need: string) => {
    const meta = { actor: person, correlation: house.workflow }
    const request = { from: person, need, to: null, context: '', provides: [], mode: 'delegate' as const }
    await handOver(project, { ...request, workflow: house.workflow, key: need, meta })
    const events = await house.events()
    const last = events.findLast(({ type }) => type === 'HandoffRouted')!
    return last.data as Extract<HandoffEvent, { type: 'HandoffRouted' }>['data']
  }
  return { server, project, routed }
}

test('a close call is put to the model with a schema of the candidates, and its choice stands on record', async () => {
  const { server, project, routed } = await given('{"agent":"south-tester","reason":"It is nearer."}')
  const decision = await routed(close)
  expect(decision.to).toBe('south-tester')
  expect(decision.opinion).toMatchObject({
    model,
    between: ['north-tester', 'south-tester', expect.anything()],
    chosen: 'south-tester',
    reason: 'It is nearer.',
  })
  expect(decision.candidates[0]!.agent).toBe('south-tester')
  expect(decision.candidates[0]!.because[0]).toMatchObject({
    rule: 'second_opinion',
    evidence: `${model} says: It is nearer.`,
  })
  const body = server.requests[0]!.body as unknown as {
    output_config: { format: { type: string; schema: { properties: { agent: unknown } } } }
  }
  expect(body.output_config.format.type).toBe('json_schema')
  expect(body.output_config.format.schema.properties.agent).toEqual({
    anyOf: [{ type: 'string', enum: decision.opinion!.between }, { type: 'null' }],
  })
  const replay = await replayRouting(project, { policy: patternsPolicy })
  expect(replay).toMatchObject({ decisions: 1, elsewhere: 0 })
  expect(server.requests).toHaveLength(1)
})

test('what is clear is not asked about', async () => {
  const { server, routed } = await given()
  const decision = await routed('weigh carts of hay')
  expect(decision).toMatchObject({ to: 'weigher' })
  expect(decision.opinion).toBe(undefined)
  expect(server.requests).toHaveLength(0)
})

test.each([
  ['an agent that was no candidate', '{"agent":"somebody","reason":"Why not."}'],
  ['no JSON', 'The southern one.'],
])('an answer of %s changes nothing, and says so', async (_what, answer) => {
  const { routed } = await given(answer)
  const decision = await routed(close)
  expect(decision.to).toBe('north-tester')
  expect(decision.opinion).toMatchObject({
    chosen: null,
    failed: 'The answer was not in the form that was asked for.',
  })
})

test('nobody, said by the model, leaves the choice to the router', async () => {
  const { routed } = await given('{"agent":null,"reason":"Neither fits."}')
  const decision = await routed(close)
  expect(decision).toMatchObject({ to: 'north-tester', opinion: { chosen: null, reason: 'Neither fits.' } })
})

test('a server that refuses does not hold the handoff up', async () => {
  const { routed } = await given()
  const decision = await routed(close)
  expect(decision).toMatchObject({ to: 'north-tester', opinion: { chosen: null } })
  expect(decision.opinion!.failed).toContain('invalid_request')
})
