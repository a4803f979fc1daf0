import { patternsPolicy } from '../../src/handoffs/routing/policy.ts'
import { manualClock } from '../../src/kernel/clock.ts'
import { events } from '../../src/runtime/catalogue.ts'
import { projectOn } from '../../src/runtime/project.ts'
import * as targets from '../../src/runtime/targets.ts'
import { defaultLimits } from '../../src/runtime/workflow-defaults.ts'
import { Codec } from '../../src/store/codec.ts'
import { MemoryStore } from '../../src/store/memory.ts'

/** A workflow whose one session stopped at its limit on turns. */
export async function stage() {
  const clock = manualClock(1_700_000_000_000)
  const project = projectOn({
    store: new MemoryStore({ codec: new Codec(events), clock }),
    clock,
    policy: patternsPolicy,
  })
  const person = { kind: 'person', id: 'somebody' } as const
  const [workflow, session] = ['w-1', 's-1']
  const meta = { actor: person, correlation: workflow }
  const agentEvent = project.ids.next()
  const roster = [{ agent: 'writer', event: agentEvent }]
  await project.streams.execute(
    targets.workflow(workflow),
    { type: 'StartWorkflow', goal: 'Write', roster, limits: defaultLimits, model: 'sonnet', by: person },
    meta,
  )
  const started = {
    agent: 'writer',
    agentEvent,
    task: 'Write',
    memoryAsOf: null,
    model: 'm',
    parameters: {},
    runner: 'claude',
    limits: {},
  } as const
  await project.streams.execute(targets.session(session), { type: 'StartSession', ...started }, meta)
  await project.streams.execute(
    targets.session(session),
    { type: 'PauseSession', reason: 'The limit on turns was reached.', waitsFor: 'limit' },
    meta,
  )
  return { project, workflow, session, person }
}
