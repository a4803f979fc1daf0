import fc from 'fast-check'
import { test } from 'vitest'
import type { HandoffCommand } from '../../src/handoffs/commands.ts'
import { handoffDecider } from '../../src/handoffs/decider.ts'
import { deciderLaws } from '../decider-laws.ts'
import { agent, person } from '../projections/events.ts'
import {
  ask,
  at,
  cancel,
  complete,
  deadLetter,
  decline,
  expire,
  fail,
  failUnheld,
  leave,
  needs,
  progress,
  redrive,
  route,
  spec,
  supply,
  take,
} from './handoff-spec.ts'

const epoch = fc.integer({ min: 1, max: 4 })
const second = fc.integer({ min: 0, max: 59 }).map(at)
const worker = fc.constantFrom('worker-1', 'worker-2', 'worker-3')
const takeover = fc.constantFrom(null, 'expired' as const, { dead: 'worker-1' }, { dead: 'worker-2' })
const some = <T>(value: fc.Arbitrary<T>, name: string) =>
  fc.option(value, { nil: undefined }).map((found) => (found === undefined ? {} : { [name]: found }))

const command: fc.Arbitrary<HandoffCommand> = fc.oneof(
  fc.constantFrom(leave, failUnheld, decline, expire, cancel, deadLetter, redrive),
  fc.constantFrom(ask(), ask({ need: 'Another.' }), ask({ from: agent('other') })),
  fc.constantFrom(route('blocks'), route('noted'), route('blocks', { requirements: needs, missing: needs })),
  fc.subarray(needs).map((given) => supply(given)),
  fc.record({ worker, now: second, leaseUntil: fc.constant(at(60)), takeover }).map((fields) => take(fields)),
  fc
    .tuple(
      epoch,
      worker,
      some(second, 'leaseUntil'),
      some(fc.nat({ max: 5 }), 'steps'),
      some(fc.constant(true), 'released'),
    )
    .map(([of, by, ...fields]) => progress({ epoch: of, worker: by, ...Object.assign({}, ...fields) })),
  fc.tuple(epoch, fc.constantFrom('Done.', 'Done otherwise.')).map((said) => complete(...said)),
  epoch.map(fail),
  epoch.map((of) => ({ ...decline, epoch: of }) as HandoffCommand),
  second.map((now) => ({ ...redrive, now }) as HandoffCommand),
  fc.constantFrom('frontend-developer', 'tester').map((to) => ({ ...redrive, to }) as HandoffCommand),
  fc.constant({ type: 'SupplyHandoff', by: person, provides: [], forced: true } as HandoffCommand),
  fc
    .record({
      worker,
      now: second,
      leaseUntil: second,
      takeover,
      external: fc.constant('frontend-developer'),
    })
    .map((fields) => take({ ...fields, session: `elsewhere-${fields.now.slice(17, 19)}` })),
  fc.constant({ ...ask(), tooDeep: 'Too deep.' } as HandoffCommand),
)

/** Most random commands are refused at once; these bring a handoff to where the interesting ones are. */
const openings: readonly (readonly HandoffCommand[])[] = [
  [],
  [ask()],
  [ask(), route('blocks', { requirements: needs, missing: needs })],
  [ask(), route(), take({ worker: 'worker-1' })],
]

deciderLaws({ decider: handoffDecider, spec, command, openings })

test('epochs only grow, and only the holder of the last one completes', () => {
  fc.assert(
    fc.property(fc.constantFrom(...openings), fc.array(command, { maxLength: 30 }), (opening, rest) => {
      const { events } = spec.play([...opening, ...rest])
      let last = 0
      for (const event of events) {
        const data = event.data as { epoch: number }
        if (event.type === 'HandoffAccepted') {
          if (data.epoch <= last) return false
          last = data.epoch
        }
        if (event.type === 'HandoffCompleted' && data.epoch !== last) return false
      }
      return true
    }),
  )
})
