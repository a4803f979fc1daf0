import { expect, test } from 'vitest'
import { commandWorkflow } from '../../src/runtime/command-workflow.ts'
import * as targets from '../../src/runtime/targets.ts'
import { stage } from './command-workflow-given.ts'

test('raising the turns of a session lets the sessions go on that had stopped at them', async () => {
  const { project, workflow, session, person } = await stage()
  const command = { type: 'RaiseLimit', limit: 'turns', max: 200, by: person } as const
  expect(await commandWorkflow(project, { workflow, command, by: person })).toBeNull()
  expect((await project.streams.load(targets.session(session))).status).toBe('running')
})

test('raising another limit leaves them paused', async () => {
  const { project, workflow, session, person } = await stage()
  const command = { type: 'RaiseLimit', limit: 'cost', max: 99, by: person } as const
  expect(await commandWorkflow(project, { workflow, command, by: person })).toBeNull()
  expect((await project.streams.load(targets.session(session))).status).toBe('paused')
})

test('a raise that raises nothing is refused, and nothing goes on', async () => {
  const { project, workflow, session, person } = await stage()
  const command = { type: 'RaiseLimit', limit: 'turns', max: 1, by: person } as const
  expect(await commandWorkflow(project, { workflow, command, by: person })).toMatchObject({
    code: 'not_higher',
  })
  expect((await project.streams.load(targets.session(session))).status).toBe('paused')
})
