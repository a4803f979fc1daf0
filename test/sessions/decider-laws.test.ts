import fc from 'fast-check'
import type { SessionCommand } from '../../src/sessions/commands.ts'
import { sessionDecider } from '../../src/sessions/decider.ts'
import { deciderLaws } from '../decider-laws.ts'
import {
  callModel,
  callTool,
  cancel,
  complete,
  decideOutcome,
  fail,
  leaveUnknown,
  open,
  pause,
  raise,
  reach,
  recordAnswer,
  recordFailure,
  recordSummary,
  resume,
  returnTool,
  spec,
  start,
} from './session-spec.ts'

const small = fc.integer({ min: 1, max: 3 })
const call = fc.constantFrom('c1', 'c2', 'c3')

const command: fc.Arbitrary<SessionCommand> = fc.oneof(
  fc.constantFrom(start, open, leaveUnknown, reach, recordSummary, pause, resume, complete, fail, cancel),
  fc.record({ call, turn: small, attempt: small, epoch: small }).map((fields) => callModel(fields)),
  call.map((of) => recordAnswer({ call: of })),
  fc.record({ call, attempt: small }).map((fields) => recordFailure(fields)),
  fc
    .record({ call, epoch: small })
    .map(({ call: of, epoch }) => callTool({ call: of, toolUse: `${of}/1`, epoch })),
  call.map((of) => returnTool({ toolUse: `${of}/1` })),
  fc.constantFrom('retry' as const, 'skip' as const, 'fail' as const).map((how) => decideOutcome(how)),
  small.map((max) => raise(max)),
)

deciderLaws({
  decider: sessionDecider,
  spec,
  command,
  openings: [[], [start, open], [start, open, recordAnswer(), callTool()]],
})
