import { expect, test } from 'vitest'
import { manualClock } from '../../src/kernel/clock.ts'
import { limits } from '../../src/kernel/limits.ts'
import { breaking } from '../../src/models/breaker.ts'
import { claudeModel } from '../../src/models/claude.ts'
import type { Model, ModelResult } from '../../src/models/port.ts'
import { shippedPrices } from '../../src/models/prices.ts'
import { apiKey, failureOf, request, serverWith } from './ask.ts'
import type { Play } from './server/play.ts'

const overloaded: Play = { status: 529, error: { type: 'overloaded_error', message: 'Overloaded' } }
const fine: Play = { content: 'Fine.' }
const { breakerFailures, breakerOpenMs } = limits

/** The real adapter behind a breaker, whose time moves only when told. */
async function given(script: (index: number) => Play | Promise<Play>) {
  const server = await serverWith((_, index) => script(index))
  const clock = manualClock(1_000_000)
  const claude = claudeModel({ access: { apiKey, baseUrl: server.url }, prices: shippedPrices })
  const model: Model = breaking(claude, { clock, name: 'local' })
  const call = (signal = new AbortController().signal) => model.answer(request, { signal })
  const open = async () => {
    for (let count = 0; count < breakerFailures; count += 1) await call()
  }
  return { server, clock, call, open }
}

function kindOf(result: ModelResult): string {
  return 'answer' in result ? 'answer' : result.failure.kind
}

test('failures in a row open it: the last one asks to wait, further calls do not reach the server', async () => {
  const { server, clock, call } = await given(() => overloaded)
  const results = []
  for (let count = 0; count < breakerFailures; count += 1) results.push(failureOf(await call()))
  expect(results.map(({ retryAfterMs }) => retryAfterMs)).toEqual([
    undefined,
    undefined,
    undefined,
    breakerOpenMs,
  ])
  clock.advance(5_000)
  expect(failureOf(await call())).toEqual({
    kind: 'breaker_open',
    message: expect.stringMatching(/^local failed 4 times in a row/u),
    retryable: true,
    retryAfterMs: breakerOpenMs - 5_000,
  })
  expect(server.requests).toHaveLength(breakerFailures)
})

test('when the time is over one call is let through, and its answer closes it', async () => {
  const { server, clock, call, open } = await given((index) => (index < breakerFailures ? overloaded : fine))
  await open()
  clock.advance(breakerOpenMs)
  const kinds = (await Promise.all([call(), call(), call()])).map(kindOf)
  expect(kinds).toEqual(['answer', 'answer', 'answer'])
  expect(server.requests).toHaveLength(breakerFailures + 3)
})

test('when the trial fails, those who waited for it are told, and the next wait is twice as long', async () => {
  const { server, clock, call, open } = await given(() => overloaded)
  await open()
  clock.advance(breakerOpenMs)
  const [trial, ...others] = (await Promise.all([call(), call(), call()])).map(failureOf)
  expect(trial).toMatchObject({ kind: 'overloaded', retryAfterMs: 2 * breakerOpenMs })
  expect(others.map(({ kind }) => kind)).toEqual(['breaker_open', 'breaker_open'])
  expect(server.requests).toHaveLength(breakerFailures + 1)
})

test('an answer between failures begins the count anew, and so does a fault of one request', async () => {
  const bad: Play = { status: 400, error: { type: 'invalid_request_error', message: 'no' } }
  const plays = [
    overloaded,
    overloaded,
    overloaded,
    fine,
    overloaded,
    overloaded,
    overloaded,
    bad,
    overloaded,
  ]
  const { server, call } = await given((index) => plays[index] ?? overloaded)
  const kinds = []
  for (let count = 0; count < plays.length + 2; count += 1) kinds.push(kindOf(await call()))
  expect(kinds).not.toContain('breaker_open')
  expect(server.requests).toHaveLength(plays.length + 2)
})

test('calls under way when it opens do not prolong the wait', async () => {
  const { call, clock } = await given(() => overloaded)
  const results = await Promise.all(Array.from({ length: 3 * breakerFailures }, () => call()))
  expect(results.map(failureOf).map(({ retryAfterMs }) => retryAfterMs ?? 0)).not.toContainEqual(
    expect.toSatisfy((wait: number) => wait > breakerOpenMs),
  )
  clock.advance(breakerOpenMs)
  expect(kindOf(await call())).toBe('overloaded')
})

test('a server that asks for a longer wait gets it', async () => {
  const { call, open } = await given(() => ({ ...overloaded, headers: { 'retry-after': '90' } }))
  await open()
  expect(failureOf(await call()).retryAfterMs).toBe(90_000)
})

test('an aborted trial leaves the next one to somebody else', async () => {
  const hung: Play = { content: 'x', mischief: { kind: 'silence', afterFrames: 1 } }
  const { server, clock, call, open } = await given((index) =>
    index < breakerFailures ? overloaded : index === breakerFailures ? hung : fine,
  )
  await open()
  clock.advance(breakerOpenMs)
  const abort = new AbortController()
  const trial = call(abort.signal)
  const next = call()
  const waiting = new AbortController()
  const impatient = call(waiting.signal)
  waiting.abort(new Error('no time'))
  await expect(impatient).rejects.toThrow('no time')
  while (server.requests.length <= breakerFailures) await new Promise((resolve) => setImmediate(resolve))
  abort.abort(new Error('stopped'))
  await expect(trial).rejects.toThrow('stopped')
  expect(kindOf(await next)).toBe('answer')
})
