import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { agentFile } from '../api/given.ts'
import { startMessagesServer } from '../models/server/messages-server.ts'
import { daybook, ended, put, type RunResult, result, start, temporaryFolder } from './given.ts'

interface Handoff {
  readonly id: string
  readonly status: string
  readonly to: string | null
  readonly reason: string
  readonly deadLetter: { code: string; attempts: number; circle: { agent: string }[] } | null
}

const crew = {
  'system-planner': agentFile('system-planner', {
    description: 'Plans systems and services',
    heading: 'System Plans',
  }),
  'load-runner': agentFile('load-runner', { description: 'Runs load tests', heading: 'Load Results' }),
  'bench-keeper': agentFile('bench-keeper', { description: 'Keeps benchmark machines', heading: 'Benches' }),
}
const goal = 'Run load tests against the upload service'

/** A project whose agents all live elsewhere, or with `external` only some. */
function project(external: 'all' | string[] = 'all') {
  const cwd = temporaryFolder(onTestFinished)
  for (const [name, file] of Object.entries(crew)) put(join(cwd, 'agents', `${name}.md`), file)
  put(join(cwd, 'daybook.config.json'), JSON.stringify({ agents: 'agents', memory: 'memory', external }))
  const look = <Result>(...args: string[]) => result<Result>(args, { cwd })
  const summary = (text: string) => {
    put(join(cwd, 'summary.md'), text)
    return join(cwd, 'summary.md')
  }
  return { cwd, look, say: (...args: string[]) => daybook(args, { cwd }), summary }
}

async function begun({ look }: ReturnType<typeof project>): Promise<string> {
  const run = await look<RunResult>('run', goal, '--entry', 'system-planner')
  expect(run.status).toBe('waiting')
  const { items } = await look<{ items: { id: string }[] }>('inbox', 'system-planner')
  return items[0]!.id
}

test('a person takes a handoff in an agent’s place and ends it; what it asks of others waits for them', async () => {
  const given = project()
  const { look, say, summary } = given
  const id = await begun(given)
  expect(await look<object[]>('waiting')).toMatchObject([
    { id, reason: 'It waits in the inbox of system-planner.' },
  ])
  const text = await say('inbox', 'system-planner')
  expect(text.stdout).toMatch(/open +from .*Run load tests[\s\S]*Take one with: daybook handoffs accept ID/u)
  const accepted = await say('handoffs', 'accept', id.slice(0, 8))
  expect(accepted.stdout).toContain(`<need>\n${goal}\n</need>`)
  expect((await say('handoffs', 'progress', id, '--note', 'Half done.')).code).toBe(0)
  const file = summary('**Work Done**: planned.\n**Collaboration Needs**: load-runner: measure the uploads\n')
  const done = await look<{ handedOn: Handoff[] }>('handoffs', 'complete', id, '--summary', file)
  expect(done.handedOn).toMatchObject([{ status: 'handed_off', to: 'load-runner' }])
  expect((await say('inbox', 'load-runner')).stdout).toContain('measure the uploads')
  const mistyped = await say('inbox', 'load-runer')
  expect(mistyped).toMatchObject({ code: 1, stderr: expect.stringContaining('Did you mean "load-runner"?') })
  const [session] = await look<{ id: string }[]>('sessions')
  const { events } = await look<{ events: { type: string; data: { runner?: string } }[] }>(
    'sessions',
    'show',
    session!.id,
  )
  expect(events[0]).toMatchObject({ type: 'SessionStarted', data: { runner: 'external' } })
  expect(events.map(({ type }) => type)).not.toContain('ModelCalled')
})

test('what another holds is not ended without its epoch, and what is declined goes to somebody else', async () => {
  const given = project()
  const { look, say, summary } = given
  const id = await begun(given)
  await look('handoffs', 'accept', id, '--worker', 'somebody')
  const file = summary('Done.')
  const refused = await say('handoffs', 'complete', id, '--summary', file)
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('held by somebody: say --epoch 1'),
  })
  const declined = await look<Handoff>('handoffs', 'decline', id, '--reason', 'Too much.', '--epoch', '1')
  expect(declined).toMatchObject({ status: 'routed', to: 'load-runner' })
  expect((await say('handoffs', 'show', id)).stdout).toContain('declined by system-planner')
})

test('two agents that hand one need to each other end in the dead letters with the circle, and redrive works', async () => {
  const given = project()
  const { look, summary } = given
  await begun(given)
  const agents = ['system-planner', 'load-runner'] as const
  for (let turn = 0; turn < 8; turn += 1) {
    const agent = agents[turn % 2]!
    const other = agents[(turn + 1) % 2]!
    const { items } = await look<{ items: Handoff[] }>('inbox', agent)
    if (items[0] === undefined) break
    await look('handoffs', 'accept', items[0].id)
    const need = `${other}: ${turn % 2 === 0 ? goal : 'load tests of the upload service'}`
    const file = summary(`**Work Done**: nothing.\n**Collaboration Needs**: ${need}\n`)
    await look('handoffs', 'complete', items[0].id, '--summary', file)
  }
  const dead = await look<Handoff[]>('handoffs', 'dead-letters')
  expect(dead).toHaveLength(1)
  expect(dead[0]?.deadLetter).toMatchObject({ code: 'circle' })
  expect(dead[0]?.deadLetter?.circle.map(({ agent }) => agent)).toEqual([
    'system-planner',
    'load-runner',
    'system-planner',
  ])
  const text = await given.say('handoffs', 'dead-letters')
  expect(text.stdout).toContain('circle: system-planner → load-runner → system-planner')
  expect(text.stdout).toContain(`daybook handoffs redrive ${dead[0]!.id} --to AGENT`)
  expect((await look<Handoff[]>('handoffs')).length).toBeLessThanOrEqual(4)
  const redriven = await look<Handoff>('handoffs', 'redrive', dead[0]!.id, '--to', 'Bench-Keeper')
  expect(redriven).toMatchObject({ status: 'routed', to: 'bench-keeper', deadLetter: null })
  expect(await look<Handoff[]>('handoffs', 'dead-letters')).toEqual([])
  await look('handoffs', 'accept', dead[0]!.id)
  await look('handoffs', 'complete', dead[0]!.id, '--summary', summary('Done.'))
  expect(await look('run', '--resume')).toMatchObject({ status: 'completed' })
})

test('a handoff on which three workers died is set aside; redriven, it is done', async () => {
  const { cwd, look } = project([])
  let answers = false
  const never = new Promise<never>(() => undefined)
  const server = await startMessagesServer({
    script: () => (answers ? { content: [{ type: 'text', text: 'Measured.' }] } : never),
  })
  onTestFinished(() => server.close())
  const env = { ANTHROPIC_API_KEY: 'test', ANTHROPIC_BASE_URL: server.url }
  const run = (...args: string[]) => start(['run', ...args, '--json'], { cwd, env })
  for (let death = 1; death <= 3; death += 1) {
    const child = death === 1 ? run(goal, '--entry', 'load-runner') : run('--resume')
    const end = ended(child)
    await expect.poll(() => server.requests.length, { timeout: 60_000 }).toBe(death)
    child.kill('SIGKILL')
    await end
  }
  await ended(run('--resume'))
  const [dead, ...others] = await look<Handoff[]>('handoffs', 'dead-letters')
  expect(others).toEqual([])
  expect(dead).toMatchObject({ deadLetter: { code: 'attempts', attempts: 3 } })
  expect(server.requests).toHaveLength(3)
  const redriven = await look<Handoff>('handoffs', 'redrive', dead!.id, '--reason', 'The machine is mended.')
  expect(redriven.status).toBe('routed')
  answers = true
  const resumed = await ended(run('--resume'))
  expect(JSON.parse(resumed.stdout.trimEnd().split('\n').at(-1)!)).toMatchObject({ status: 'completed' })
  expect(await look('handoffs', 'show', dead!.id)).toMatchObject({ status: 'completed', redrives: 1 })
  const sessions = await look<{ status: string }[]>('sessions')
  expect(sessions.map(({ status }) => status)).toEqual(['cancelled', 'completed'])
})
