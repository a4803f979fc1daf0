import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Decider, fold } from '../src/kernel/decider.ts'
import type { EventOf, EventSchemas } from '../src/kernel/event-schema.ts'
import type { Specification } from './specification.ts'

interface Subject<State, Command, Schemas extends EventSchemas> {
  readonly decider: Decider<State, Command, Schemas>
  readonly spec: Specification<State, Command, EventOf<Schemas>>
  readonly command: fc.Arbitrary<Command>
  /** Commands that bring a stream to where random ones have something to decide. */
  readonly openings: readonly (readonly Command[])[]
}

/** What holds for every decider, whatever it is told in whatever order. */
export function deciderLaws<State, Command, Schemas extends EventSchemas>(
  subject: Subject<State, Command, Schemas>,
): void {
  const { decider, spec, command } = subject
  const story = fc
    .tuple(fc.constantFrom(...subject.openings), fc.array(command, { maxLength: 30 }))
    .map(([opening, rest]) => [...opening, ...rest])

  test('no sequence of commands throws, or decides what the schemas refuse', () => {
    fc.assert(fc.property(story, (commands) => void spec.play(commands)))
  })

  test('the state folded from the log is the state that was carried along', () => {
    fc.assert(
      fc.property(story, (commands) => {
        const { events, state } = spec.play(commands)
        expect(fold(decider, events)).toEqual(state)
      }),
    )
  })

  test('what was said once decides nothing when it is said again', () => {
    fc.assert(
      fc.property(story, command, (commands, last) => {
        const said = spec.play([...commands, last])
        const again = decider.decide(last, said.state)
        expect(again.kind === 'accepted' ? again.events : []).toEqual([])
      }),
    )
  })

  test('a refusal says what to do in words, by a code', () => {
    fc.assert(
      fc.property(story, command, (commands, last) => {
        const decision = decider.decide(last, spec.play(commands).state)
        if (decision.kind === 'accepted') return
        expect(decision.rejection.code).toMatch(/^[a-z]+(?:_[a-z]+)*$/u)
        expect(decision.rejection.message).toMatch(/^\S.* .*[.?]$/su)
      }),
    )
  })
}
