import { expect, test } from 'vitest'
import { playHistory } from './history.ts'
import { judge, type Tally } from './judge.ts'
import type { Plant } from './point.ts'

const patienceMs = 300_000

/** A fault, where a process with it dies, and what is counted then. */
const planted: readonly [Plant, string, keyof Tally][] = [
  ['acknowledges_early', 'append:ModelAnswered#1:before', 'acknowledgedLost'],
  ['new_key_each_time', 'effect:charge#1:after', 'effectsTwice'],
  ['never_looks', 'effect:deploy#1:after', 'effectsTwice'],
  ['asks_again', 'append:SessionCompleted#1:after', 'recordedCallsRepeated'],
]

test.each(planted)(
  'the campaign finds a planted fault: %s',
  async (plant, at, counted) => {
    const { tally, problems } = judge(
      await playHistory({
        model: 'rehearsal',
        concurrency: 1,
        plant,
        death: (step, kills) => (step === 'resume' && kills === 0 ? { at } : null),
      }),
    )
    expect(problems.length).toBeGreaterThan(0)
    expect(tally[counted]).toBeGreaterThan(0)
  },
  patienceMs,
)
