import { expect, test } from 'vitest'
import { toolStage } from './tool-stage.ts'
import { done, inTurn, use } from './worker-stage.ts'

const script = inTurn(use('LS', {}), done)

test('a session that three workers die on is set aside, and what was done before the first death does not count', async () => {
  const first = await toolStage(script)
  await first.dieAt('ToolReturned', 'after')
  const second = first.reborn()
  await second.dieAt('ModelAnswered', 'before')
  const third = second.reborn()
  await third.dieAt('ModelAnswered', 'before')
  const last = third.reborn()
  await last.drain()
  expect(await last.data('HandoffDeadLettered')).toMatchObject([
    { attempts: 3, reason: expect.stringContaining('died on it without getting a step further') },
  ])
})

test('a session that gets further between two deaths is not', async () => {
  const first = await toolStage(script)
  await first.dieAt('ModelAnswered', 'before')
  const second = first.reborn()
  await second.dieAt('ModelAnswered', 'after')
  const third = second.reborn()
  await third.dieAt('ToolReturned', 'after')
  const last = third.reborn()
  await last.drain()
  expect(await last.data('HandoffDeadLettered')).toEqual([])
  expect(await last.data('SessionCompleted')).toHaveLength(1)
})
