import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, onTestFinished, test } from 'vitest'
import { contentId, digestText } from '../../src/runtime/digest.ts'
import { main } from '../cli/given.ts'
import { type Answer, ask, crew, expectProblem, newFolder, type Served, send, served } from './given.ts'

const key = (value: string) => ({ 'Idempotency-Key': value })
const need = { from: 'person', need: 'Run load tests of the upload service' }

const types = async (server: Served) => (await server.events()).map(({ type }) => type)
const times = (all: readonly string[], type: string) => all.filter((one) => one === type).length

describe('the same key and body, sent again', () => {
  test('get the first answer again after a restart, and do nothing', async () => {
    const folder = newFolder()
    const first = await served({ folder })
    const { id } = (await send(`${first.url}/v1/handoffs`, need, key('h'))).body
    const workflow = (await send(`${first.url}/v1/workflows`, { goal: 'Run load tests' }, key('w'))).body
    const paused = await send(`${first.url}/v1/workflows/${workflow.id}/pause`, {}, key('p'))
    const resumed = await send(`${first.url}/v1/workflows/${workflow.id}/resume`, {}, key('r'))
    const taken = await send(`${first.url}/v1/handoffs/${id}/accept`, { agent: 'load-runner' }, key('a'))
    const said = { epoch: taken.body.epoch, note: 'Half way.' }
    const progress = await send(`${first.url}/v1/handoffs/${id}/progress`, said, key('n'))
    expect([paused, resumed, taken, progress].map(({ status }) => status)).toEqual([200, 200, 200, 200])
    await first.close()

    const second = await served({ folder })
    const before = await types(second)
    const again = [
      await send(`${second.url}/v1/workflows/${workflow.id}/pause`, {}, key('p')),
      await send(`${second.url}/v1/workflows/${workflow.id}/resume`, {}, key('r')),
      await send(`${second.url}/v1/handoffs/${id}/accept`, { agent: 'load-runner' }, key('a')),
      await send(`${second.url}/v1/handoffs/${id}/progress`, said, key('n')),
      await send(`${second.url}/v1/handoffs`, need, key('h')),
    ]
    expect(again.slice(0, 4).map(({ body }) => body)).toEqual(
      [paused, resumed, taken, progress].map(({ body }) => body),
    )
    for (const answer of again) expect(answer.headers.get('Idempotency-Replayed')).toBe('true')
    expect(again.at(-1)?.body.id).toBe(id)
    expect(again.at(-1)?.headers.get('Location')).toBe(`/v1/handoffs/${id}`)
    expect(await types(second)).toEqual(before)
    const { body: now } = await ask(`${second.url}/v1/workflows/${workflow.id}`)
    expect(now.status).toBe('running')

    const other = await send(
      `${second.url}/v1/workflows/${workflow.id}/pause`,
      { reason: 'Another.' },
      key('p'),
    )
    expectProblem(other, { status: 422, code: 'key_reused' })
    const else1 = await send(`${second.url}/v1/handoffs/${id}/accept`, { agent: 'bench-keeper' }, key('a'))
    expectProblem(else1, { status: 422, code: 'key_reused' })
  })

  test('what failed may be tried again, with other content, too', async () => {
    const { url } = await served()
    const workflow = (await send(`${url}/v1/workflows`, { goal: 'Run load tests' })).body
    const raise = `${url}/v1/workflows/${workflow.id}/raise`
    const low = await send(raise, { limit: 'handoffs', max: 1 }, key('k'))
    expectProblem(low, { status: 409, code: 'not_higher' })
    const high = await send(raise, { limit: 'handoffs', max: 900 }, key('k'))
    expect(high.status).toBe(200)
    const replayed = await send(raise, { limit: 'handoffs', max: 900 }, key('k'))
    expect(replayed.body).toEqual(high.body)
    expect(replayed.headers.get('Idempotency-Replayed')).toBe('true')
  })

  test('a long answer is kept whole, whatever its characters', async () => {
    const folder = newFolder()
    const long = '🦉 müde — '.repeat(9_000)
    const server = await served({ folder })
    const handed = await send(`${server.url}/v1/handoffs`, { ...need, context: long.slice(0, 19_000) })
    const supplied = `${server.url}/v1/handoffs/${handed.body.id}/cancel`
    const done = await send(supplied, { reason: 'x' }, key('long'))
    expect(done.status).toBe(200)
    await server.close()
    const later = await served({ folder })
    const again = await send(
      `${later.url}/v1/handoffs/${handed.body.id}/cancel`,
      { reason: 'x' },
      key('long'),
    )
    expect(again.body).toEqual(done.body)
  })

  test('long work has the same place after a restart, and is begun again there', async () => {
    const folder = newFolder()
    const first = await served({ folder })
    const begun = await send(`${first.url}/v1/verify`, '', { ...key('v'), 'Content-Type': '' })
    expect(begun.status).toBe(202)
    await first.close()
    const second = await served({ folder })
    const again = await send(`${second.url}/v1/verify`, '', { ...key('v'), 'Content-Type': '' })
    expect(again).toMatchObject({ status: 202, body: { id: begun.body.id } })
    const place = `${second.url}${again.headers.get('Location')}`
    await expect.poll(async () => (await ask(place)).body.status, { timeout: 60_000 }).toBe('done')
  })
})

describe('one key, at the same moment', () => {
  test('two requests to one process do the work once', async () => {
    const server = await served()
    const { id } = (await send(`${server.url}/v1/handoffs`, need)).body
    const path = `${server.url}/v1/handoffs/${id}/redrive`
    const asked = () => send(path, { reason: 'Again.', to: 'bench-keeper' }, key('same'))
    const both = await Promise.all([asked(), asked()])
    expect(onceOrWait(both)).toBe(true)
    expect(times(await types(server), 'HandoffRedriven')).toBe(1)
    expect((await asked()).body).toEqual(both.find(({ status }) => status === 200)?.body)
    expect(times(await types(server), 'HandoffRedriven')).toBe(1)
  })

  test('eight requests to two coordinators of one log do the work once', async () => {
    const folder = newFolder()
    const [one, two] = await Promise.all([coordinator(folder), coordinator(folder)])
    const { id } = (await send(`${one}/v1/handoffs`, need)).body
    const asked = (url: string) =>
      send(`${url}/v1/handoffs/${id}/redrive`, { reason: 'Again.', to: 'bench-keeper' }, key('same'))
    const all = await Promise.all(Array.from({ length: 8 }, (_, nth) => asked(nth % 2 === 0 ? one : two)))
    expect(onceOrWait(all)).toBe(true)
    const answers = await Promise.all([asked(one), asked(two)])
    expect(answers[0]?.body).toEqual(answers[1]?.body)
    const { body } = await ask(`${two}/v1/events?stream=handoff-${id}&type=HandoffRedriven`)
    expect(body.events).toHaveLength(1)
    expectProblem(await send(`${two}/v1/handoffs/${id}/redrive`, { reason: 'Other.' }, key('same')), {
      status: 422,
      code: 'key_reused',
    })
  })

  test('what a process began that is gone is carried out by the next; a process elsewhere is waited for', async () => {
    const server = await served()
    const { id } = (await send(`${server.url}/v1/handoffs`, need)).body
    const path = `/v1/handoffs/${id}/cancel`
    const body = { reason: 'Not needed.' }
    const { store, ids, worker } = server.daybook.project
    const beganBy = async (who: string, named: string) => {
      const about = { request: digestText(JSON.stringify(body)), route: 'POST /v1/handoffs/{id}/cancel' }
      const data = { ...about, worker: who, until: '2199-01-01T00:00:00.000Z' }
      const meta = { actor: { kind: 'person', id: 'somebody' } } as const
      const event = { id: ids.next(), type: 'RequestBegun', version: 1, data, meta }
      await store.append(`request-${contentId('request', path, named)}`, [event], { expected: 'no_stream' })
    }
    await beganBy('elsewhere:1:1:1', 'alive')
    const waits = await send(`${server.url}${path}`, body, key('alive'))
    expectProblem(waits, { status: 409, code: 'in_flight' })
    const [host, , , space] = worker.split(':')
    await beganBy(`${host}:4194303:1:${space}`, 'gone')
    const done = await send(`${server.url}${path}`, body, key('gone'))
    expect(done).toMatchObject({ status: 200, body: { status: 'cancelled' } })
    expect(times(await types(server), 'HandoffCancelled')).toBe(1)
  })
})

/** One did it; whoever else came meanwhile was told to wait, or got the same answer. */
function onceOrWait(answers: readonly Answer[]): boolean {
  const done = answers.filter(({ status }) => status === 200)
  const waits = answers.filter(({ status, body }) => status === 409 && body.code === 'in_flight')
  const same = done.every(({ body }) => JSON.stringify(body) === JSON.stringify(done[0]?.body))
  return done.length > 0 && done.length + waits.length === answers.length && same
}

/** A server in a process of its own, on a log that others may have open, too. */
async function coordinator(folder: string): Promise<string> {
  mkdirSync(join(folder, 'agents'), { recursive: true })
  for (const [name, file] of Object.entries(crew)) writeFileSync(join(folder, 'agents', `${name}.md`), file)
  const args = ['serve', '--port', '0', '--dir', folder, '--agents', join(folder, 'agents'), '--json']
  const child: ChildProcess = spawn(process.execPath, [main, ...args, '--memory', join(folder, 'memory')], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, ANTHROPIC_API_KEY: '' },
  })
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await new Promise((resolve) =>
      child.exitCode === null && child.signalCode === null ? child.once('exit', resolve) : resolve(0),
    )
  })
  for await (const line of createInterface(child.stdout!)) return (JSON.parse(line) as { url: string }).url
  throw new Error('the server ended before it said where it is')
}
