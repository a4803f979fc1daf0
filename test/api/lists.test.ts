import { createPublicKey } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { InclusionProof, provesInclusion } from '../../src/runtime/seals/proof.ts'
import { isSignedBy, Seal } from '../../src/runtime/seals/seal.ts'
import { sealerOf } from '../../src/runtime/seals/sealer.ts'
import { ask, expectProblem, send, served } from './given.ts'

async function withHandoffs(count: number) {
  const server = await served()
  const handoffs = `${server.url}/v1/handoffs`
  for (let nth = 0; nth < count; nth += 1)
    await send(handoffs, { from: 'person', need: `Run load tests of service ${nth}`, to: 'load-runner' })
  return server
}

describe('lists by pages', () => {
  test('pages join to the whole list in its order, also when more comes meanwhile', async () => {
    const { url } = await withHandoffs(5)
    for (const list of ['handoffs', 'workflows'] as const) {
      const whole = (await ask(`${url}/v1/${list}`)).body[list].map(({ id }: { id: string }) => id)
      const ids: string[] = []
      let after = ''
      do {
        const { body } = await ask(`${url}/v1/${list}?limit=2${after === '' ? '' : `&after=${after}`}`)
        ids.push(...body[list].map(({ id }: { id: string }) => id))
        after = body.next ?? ''
        if (ids.length === 2)
          await send(`${url}/v1/handoffs`, { from: 'person', need: 'One more', to: 'load-runner' })
      } while (after !== '')
      expect(ids.slice(0, whole.length), list).toEqual(whole)
      expect(ids, list).toHaveLength(whole.length + 1)
    }
    expectProblem(await ask(`${url}/v1/handoffs?after=none-such`), { status: 400, code: 'bad_request' })
  })

  test('filters narrow a list to what they say', async () => {
    const { url } = await withHandoffs(3)
    const { handoffs } = (await ask(`${url}/v1/handoffs?text=SERVICE%201`)).body
    expect(handoffs.map(({ need }: { need: string }) => need)).toEqual(['Run load tests of service 1'])
    const { id, workflow } = handoffs[0]
    await send(`${url}/v1/handoffs/${id}/accept`, { agent: 'load-runner' })
    const counted = async (query: string, list = 'events') =>
      (await ask(`${url}/v1/${query}`)).body[list].length
    expect(await counted('handoffs?status=accepted', 'handoffs')).toBe(1)
    expect(await counted('handoffs?agent=bench-keeper', 'handoffs')).toBe(0)
    expect(await counted('workflows?text=service%202', 'workflows')).toBe(1)
    expect(await counted('sessions?agent=Load_Runner', 'sessions')).toBe(1)
    expect(await counted('sessions?agent=bench-keeper', 'sessions')).toBe(0)
    expect(await counted(`sessions?workflow=${workflow}`, 'sessions')).toBe(1)
    expect(await counted('agents?text=benchmark', 'agents')).toBe(1)
    expect(await counted('events?type=HandoffRequested')).toBe(3)
    expect(await counted('events?type=HandoffRequested&text=service%202')).toBe(1)
    expect(await counted(`events?workflow=${workflow}&stream=handoff-`)).toBeLessThan(await counted('events'))
    expect(await counted('events?agent=load-runner')).toBeGreaterThan(0)
    expect(await counted('events?agent=bench-keeper')).toBe(0)
    expect(await counted('events?until=2')).toBe(2)
    expect(await counted('events?until=2001-01-01')).toBe(0)
  })
})

test.each([
  ['handoffs', /routed.*dead_lettered/u],
  ['sessions', /running.*cancelled/u],
  ['workflows', /running.*cancelled/u],
])('a status of %s that there is not is refused with those that there are', async (list, known) => {
  const { url } = await withHandoffs(0)
  const answer = await ask(`${url}/v1/${list}?status=banana`)
  expectProblem(answer, { status: 400, code: 'bad_request' })
  expect(answer.body.detail).toMatch(known)
})

test.each(['handoffs', 'sessions', 'waiting', 'events', 'audit'])(
  '%s of a workflow that there is not are no empty list; the beginning of an id is enough where it is one',
  async (list) => {
    const { url } = await withHandoffs(1)
    const [{ id }] = (await ask(`${url}/v1/workflows`)).body.workflows
    const none = await ask(`${url}/v1/${list}?workflow=nothing-such`)
    expectProblem(none, { status: 404, code: 'not_found' })
    expect(none.body.detail).toBe((await ask(`${url}/v1/workflows/nothing-such`)).body.detail)
    const whole = await ask(`${url}/v1/${list}?workflow=${id}`)
    const begun = await ask(`${url}/v1/${list}?workflow=${id.slice(0, 12)}`)
    expect(begun).toMatchObject({ status: 200, body: whole.body })
  },
)

describe('what testifies', () => {
  test("an event's proof can be checked with what the answer holds, and fails for another event", async () => {
    const { url, daybook, events } = await withHandoffs(2)
    const [first, second] = await events()
    expectProblem(await ask(`${url}/v1/events/${first!.id}/proof`), { status: 409, code: 'not_sealed' })
    await sealerOf(daybook.project, daybook.settings)!.seal()
    await send(`${url}/v1/handoffs`, { from: 'person', need: 'Run load tests again', to: 'load-runner' })
    await sealerOf(daybook.project, daybook.settings)!.seal()
    for (const event of await events()) {
      const answer = await ask(`${url}/v1/events/${event.id}/proof`)
      if (event.type === 'LogSealed' && answer.status === 409) continue
      const { leaf, proof, seal, publicKey } = answer.body
      expect(JSON.parse(leaf)).toMatchObject({ id: event.id })
      expect(provesInclusion(leaf, InclusionProof.parse(proof), seal)).toBe(true)
      expect(isSignedBy(createPublicKey(publicKey), Seal.parse(seal))).toBe(true)
    }
    const one = (await ask(`${url}/v1/events/${first!.id}/proof`)).body
    const other = (await ask(`${url}/v1/events/${second!.id}/proof`)).body
    expect(provesInclusion(one.leaf, InclusionProof.parse(other.proof), one.seal)).toBe(false)
    const { seals } = (await ask(`${url}/v1/seals`)).body
    expect(seals).toHaveLength(2)
    expect(seals[1].size).toBe(one.seal.size)
    expect((await ask(`${url}/v1/seals?limit=1`)).body.next).toBe(seals[0].position)
  })

  test('a verification is begun once at a time, and says what it found', async () => {
    const { url, daybook } = await withHandoffs(2)
    await sealerOf(daybook.project, daybook.settings)!.seal()
    const begun = await send(`${url}/v1/verify`, {})
    expect(begun.status).toBe(202)
    const place = `${url}${begun.headers.get('Location')}`
    await expect.poll(async () => (await ask(place)).body.status, { timeout: 60_000 }).toBe('done')
    expect((await ask(place)).body.result).toMatchObject({ ok: true, seals: 1, firstBad: null })
    expectProblem(await ask(`${url}/v1/verify/none`), { status: 404, code: 'not_found' })
  })
})

test('a fork over HTTP begins a workflow and leaves its parent alone', async () => {
  const { url } = await withHandoffs(1)
  const [{ id }] = (await ask(`${url}/v1/workflows`)).body.workflows
  const before = (await ask(`${url}/v1/workflows/${id}`)).body
  const forked = await send(`${url}/v1/workflows/${id}/fork`, { at: 'now' })
  expect(forked.status).toBe(201)
  expect(forked.headers.get('Location')).toBe(`/v1/workflows/${forked.body.workflow}`)
  expect((await ask(`${url}/v1/workflows/${id}`)).body).toEqual(before)
  expect((await ask(`${url}/v1/workflows/${forked.body.workflow}/prove`)).body).toMatchObject({
    intact: true,
  })
})

test('a workflow is begun and forked with a model that there is, in a rehearsal, too', async () => {
  const { url, daybook } = await served()
  const begin = (model: string) => send(`${url}/v1/workflows`, { goal: 'Run load tests', model })
  expectProblem(await begin('constructor'), { status: 400, code: 'usage' })
  expect((await begin('constructor')).body.detail).toContain('There is no model "constructor". Expected opus')
  expect([...daybook.project.work.open()]).toEqual([])
  const { id } = (await begin('haiku')).body
  const fork = (model: string) => send(`${url}/v1/workflows/${id}/fork`, { at: 'now', model })
  expectProblem(await fork('toString'), { status: 400, code: 'usage' })
  expect((await fork('toString')).body.detail).toContain('There is no model "toString". Expected opus')
  expect((await ask(`${url}/v1/workflows`)).body.workflows).toHaveLength(1)
  expect((await fork('opus')).status).toBe(201)
})

test('an agent’s file is named by its path, as people write paths, and can be retired under it', async () => {
  const { url, daybook } = await served()
  const path = `${daybook.settings.agents.replaceAll('\\', '/')}/load-runner.md`
  const shown = async (at: string) => (await ask(`${url}${at}`)).body.source as string
  const named = await shown('/v1/agents/load-runner')
  expect(path.endsWith(named.replace(/^.*\/agents\//u, '/agents/'))).toBe(true)
  expect(named).not.toContain('//')
  expect(await shown('/v1/agent-files/load-runner')).toBe(named)
  const { body } = await ask(`${url}/v1/agents`)
  expect(JSON.stringify(body)).not.toContain('//')
  const retired = await send(`${url}/v1/agents/load-runner/retire`, { reason: 'gone' })
  expect(retired.body).toMatchObject({ retired: true, source: named, event: expect.any(String) })
})
