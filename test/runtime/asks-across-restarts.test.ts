import { expect, test } from 'vitest'
import { toolStage } from './tool-stage.ts'
import { done, inTurn, type Script, use } from './worker-stage.ts'

const asks = inTurn(
  use(
    'hand_off',
    { need: 'Which green is the door?', to: 'ui-designer', mode: 'ask' },
    { need: 'Paint the door later.', to: 'ui-designer', mode: 'delegate' },
  ),
  done,
)
/** The first agent asks and delegates; the other one answers. */
const script: Script = (request) =>
  String(request.messages[0]?.content).includes('from="backend-architect"') ? done : asks(request)

const places = ['HandoffRequested', 'SessionPaused', 'HandoffCompleted', 'SessionResumed', 'ToolReturned']
const moments = places.flatMap((type) => [[type, 'before'] as const, [type, 'after'] as const])

test.each(moments)(
  'a process that dies at %s (%s) loses no answer: what was asked comes back, what was delegated is done, once',
  async (type, moment) => {
    const given = await toolStage(script)
    await given.dieAt(type, moment)
    const next = given.reborn()
    await next.drain()
    const returned = (await next.data('ToolReturned')).map(({ output }) => JSON.parse(String(output)))
    expect(returned.map(({ status }) => status)).toEqual(['answered', 'handed_off'])
    expect(returned[0].answer).toContain('Work Done')
    expect(await next.data('HandoffRequested')).toHaveLength(3)
    expect(await next.data('SessionCompleted')).toHaveLength(3)
    // Two of the first agent, one of each other session, and each is reminded of its section once.
    expect(await next.data('ModelAnswered')).toHaveLength(7)
    expect(await next.data('WorkflowCompleted')).toHaveLength(1)
  },
)
