import fc from 'fast-check'
import { LimitName } from '../../src/kernel/limit-events.ts'
import { type WorkflowCommand, workflowDecider } from '../../src/workflows/decider.ts'
import { deciderLaws } from '../decider-laws.ts'
import {
  cancel,
  complete,
  fail,
  pause,
  raise,
  reach,
  resume,
  resumeRedriven,
  spec,
  start,
} from './workflow-spec.ts'

const limit = fc.constantFrom(...LimitName.options)
const amount = fc.integer({ min: 1, max: 200_000 })

const command: fc.Arbitrary<WorkflowCommand> = fc.oneof(
  fc.constantFrom(start(), start('Another goal.'), pause, resume, resumeRedriven, cancel, complete, fail),
  fc.tuple(limit, amount, amount).map(([name, max, reached]) => reach(name, max, reached)),
  fc.tuple(limit, amount).map(([name, max]) => raise(name, max)),
)

deciderLaws({ decider: workflowDecider, spec, command, openings: [[], [start()], [start(), reach()]] })
