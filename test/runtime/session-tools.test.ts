import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { limits } from '../../src/kernel/limits.ts'
import { decideApproval } from '../../src/runtime/decide-approval.ts'
import { prove } from '../../src/runtime/proof/prove.ts'
import { listWaiting } from '../../src/runtime/waiting.ts'
import { person } from '../projections/events.ts'
import { type ToolStage, toolStage } from './tool-stage.ts'
import { done, inTurn, use } from './worker-stage.ts'

const bash = { config: { allowBash: true } }

function offered(given: ToolStage): string[] {
  return (given.requests[0]?.tools ?? []).map(({ name }) => name)
}

function toldFirst(given: ToolStage): string {
  return String(given.requests[0]?.messages[0]?.content)
}

describe('a session offers', () => {
  const everyone = ['memory', 'hand_off', 'Read', 'Write', 'Edit', 'MultiEdit', 'Glob', 'Grep', 'LS']

  test('every tool to an agent whose file names none, and Bash only where a person allowed it', async () => {
    const closed = await toolStage(() => done)
    await closed.drain()
    expect(offered(closed)).toEqual([...everyone, 'WebFetch'])
    expect(toldFirst(closed)).toContain('Commands (Bash) run only where a person allowed them')
    const open = await toolStage(() => done, bash)
    await open.drain()
    expect(offered(open)).toEqual([...everyone, 'Bash', 'WebFetch'])
    expect(toldFirst(open)).not.toContain('<tools>')
  })

  test('only what the file names, in whatever letters, and says what is left out', async () => {
    const tools = ['read', 'multi_edit', 'GREP', 'WebSearch', 'mcp__db__query', 'Read(src/**)', 'constructor']
    const given = await toolStage(() => done, { tools })
    await given.drain()
    expect(offered(given)).toEqual(['memory', 'hand_off', 'Read', 'MultiEdit', 'Grep'])
    expect(toldFirst(given)).toContain(
      'Your file names tools that are not offered here: WebSearch, mcp__db__query, constructor. Work without them.',
    )
  })

  test('nothing to an agent whose file allows nothing', async () => {
    const given = await toolStage(() => done, { tools: [] })
    await given.drain()
    expect(offered(given)).toEqual([])
  })

  test('only its own tools in a rehearsal', async () => {
    const script = inTurn(use('Write', { file_path: 'a.txt', content: 'x' }), done)
    const given = await toolStage(script, { ...bash, rehearsal: true })
    await given.drain()
    expect(offered(given)).toEqual(['memory', 'hand_off'])
    expect(await given.data('ToolReturned')).toMatchObject([{ isError: true }])
    await expect(readFile(join(given.root, 'a.txt'))).rejects.toThrow('ENOENT')
  })

  test('commands that the file allows, and no others', async () => {
    const script = inTurn(use('Bash', { command: 'echo yes' }, { command: 'id' }), done)
    const given = await toolStage(script, { ...bash, tools: ['Bash(echo:*)'] })
    await given.drain()
    expect(await given.data('ToolReturned')).toMatchObject([
      { output: 'yes\n' },
      { isError: true, output: expect.stringContaining('Only these commands') },
    ])
  })
})

describe('what a tool gives back', () => {
  test('is cut with its digest when it is large, and always fits the log', async () => {
    const script = inTurn(use('Read', { file_path: 'five' }, { file_path: 'wild' }), done)
    const given = await toolStage(script)
    await writeFile(join(given.root, 'five'), 'x'.repeat(5 * 1024 * 1024))
    await writeFile(join(given.root, 'wild'), '\u0001'.repeat(5 * 1024 * 1024))
    await given.drain()
    const [five, wild] = await given.data('ToolReturned')
    expect(five?.cutFrom).toMatchObject({
      chars: 5 * 1024 * 1024,
      digest: expect.stringMatching(/^sha256:/u),
    })
    expect(String(five?.output).length).toBe(limits.toolOutputCharsMax)
    expect(wild?.cutFrom).toMatchObject({ chars: 5 * 1024 * 1024 })
    expect(JSON.stringify(wild).length).toBeLessThan(limits.eventBytesMax)
    expect(await given.data('SessionCompleted')).toHaveLength(1)
  })

  test('of an unknown tool, one called constructor and a broken input is an error, and the session goes on', async () => {
    const answer = {
      content: [
        { type: 'tool_use', id: 'a', name: 'constructor', input: {} },
        { type: 'tool_use', id: 'b', name: '__proto__', input: {} },
        { type: 'tool_use', id: 'c', name: 'Writ', input: {} },
        { type: 'tool_use', id: 'd', name: 'Write', input: '{"file_path": "a' },
      ],
      stopReason: 'tool_use',
    } as const
    const given = await toolStage(inTurn({ ...answer, content: [...answer.content] }, done))
    await given.drain()
    const results = await given.data('ToolReturned')
    expect(results.map(({ isError }) => isError)).toEqual([true, true, true, true])
    expect(results[0]?.output).toContain('There is no tool "constructor" here')
    expect(await given.data('SessionCompleted')).toHaveLength(1)
  })

  test('goes on record with the files that a command changed', async () => {
    const command =
      'mkdir -p out && echo new > out/new.txt && echo more >> old.txt && rm gone.txt && mkdir -p node_modules && echo x > node_modules/x'
    const given = await toolStage(inTurn(use('Bash', { command }), done), bash)
    for (const name of ['old.txt', 'gone.txt', 'same.txt']) await writeFile(join(given.root, name), 'old\n')
    await given.drain()
    expect(await given.data('FileChanged')).toMatchObject([
      { path: 'gone.txt', digest: null, bytes: 0 },
      { path: 'old.txt', digest: expect.stringMatching(/^sha256:/u), bytes: 9 },
      { path: 'out/new.txt', bytes: 4 },
    ])
  })
})

test('the same call twice in one answer is done twice, each under its own key', async () => {
  const input = { file_path: 'a.txt', old_string: 'a', new_string: 'ab' }
  const given = await toolStage(inTurn(use('Edit', input, input), done))
  await writeFile(join(given.root, 'a.txt'), 'a')
  await given.drain()
  expect(await readFile(join(given.root, 'a.txt'), 'utf8')).toBe('abb')
  expect(new Set((await given.data('ToolCalled')).map(({ key }) => key)).size).toBe(2)
})

describe('a process that is killed', () => {
  const edit = use('Edit', { file_path: 'a.txt', old_string: 'a', new_string: 'aa' })
  const moments = [
    ['before the effect', 'ToolCalled', 'after'],
    ['between effect and result', 'ToolReturned', 'before'],
  ] as const

  test.each(moments)('%s has a file edited once', async (_when, type, moment) => {
    const given = await toolStage(inTurn(edit, done))
    await writeFile(join(given.root, 'a.txt'), 'a')
    await given.dieAt(type, moment)
    const next = given.reborn()
    await next.drain()
    expect(await readFile(join(given.root, 'a.txt'), 'utf8')).toBe('aa')
    expect(await next.data('FileChanged')).toMatchObject([{ path: 'a.txt', bytes: 2 }])
    expect(await next.data('ToolCalled')).toHaveLength(1)
    expect(await next.data('ToolReturned')).toMatchObject([{ isError: false }])
    expect(await next.data('SessionCompleted')).toHaveLength(1)
  })

  test.each(moments)('%s has a file written once', async (_when, type, moment) => {
    const given = await toolStage(inTurn(use('Write', { file_path: 'b.txt', content: 'b' }), done))
    await given.dieAt(type, moment)
    const next = given.reborn()
    await next.drain()
    expect(await readFile(join(given.root, 'b.txt'), 'utf8')).toBe('b')
    expect(await next.data('FileChanged')).toHaveLength(1)
  })

  test.each(moments)('%s has a document edited once', async (_when, type, moment) => {
    const input = { file_path: 'insights.md', old_string: 'the backend', new_string: 'the whole backend' }
    const given = await toolStage(inTurn(use('Edit', input), done))
    await given.dieAt(type, moment)
    const next = given.reborn()
    await next.drain()
    expect(await next.document()).toContain('Last words of the whole backend.')
    expect(await next.data('DocumentEdited')).toHaveLength(1)
    expect(await next.data('ToolReturned')).toMatchObject([{ isError: false }])
  })

  test.each(moments)('%s has a file read again', async (_when, type, moment) => {
    const given = await toolStage(inTurn(use('Read', { file_path: 'a.txt' }), done))
    await writeFile(join(given.root, 'a.txt'), 'a')
    await given.dieAt(type, moment)
    const next = given.reborn()
    await next.drain()
    expect(await next.data('ToolReturned')).toMatchObject([{ output: 'a' }])
  })

  test.each(moments)('%s leaves a command to a person', async (_when, type, moment) => {
    const given = await toolStage(inTurn(use('Bash', { command: 'echo once >> log.txt' }), done), bash)
    await given.dieAt(type, moment)
    const next = given.reborn()
    await next.drain()
    expect(await next.data('SessionPaused')).toMatchObject([{ waitsFor: 'outcome' }])
    const lines = await readFile(join(given.root, 'log.txt'), 'utf8').catch(() => '')
    expect(lines).toBe(type === 'ToolReturned' ? 'once\n' : '')
  })

  test('leaves a command to a person also where commands are not allowed any more', async () => {
    const options = { config: { allowBash: true } }
    const given = await toolStage(inTurn(use('Bash', { command: 'echo once' }), done), options)
    await given.dieAt('ToolReturned', 'before')
    options.config.allowBash = false
    const next = given.reborn()
    await next.drain()
    expect(await next.data('SessionPaused')).toMatchObject([{ waitsFor: 'outcome' }])
  })
})

describe('a call that a rule is about', () => {
  const command = 'echo done >> log.txt'
  const options = { config: { allowBash: true, approvals: [{ tool: 'bash' }] } }
  const ask = async () => {
    const given = await toolStage(inTurn(use('Bash', { command }), done), options)
    await given.drain()
    const [waiting] = await listWaiting(given.project)
    return { given, waiting: waiting! }
  }
  const log = (given: ToolStage) => readFile(join(given.root, 'log.txt'), 'utf8').catch(() => '')

  test('waits for a person, with the command that moves it', async () => {
    const { given, waiting } = await ask()
    expect(await log(given)).toBe('')
    expect(waiting.reason).toContain('backend-architect asks to use Bash')
    expect(waiting.reason).toContain(command)
    const [asked] = await given.data('ApprovalRequested')
    const digits = String(asked?.digest).slice('sha256:'.length, 'sha256:'.length + 12)
    expect(waiting.remedy).toBe(`daybook sessions approve|deny ${waiting.id} --digest ${digits}`)
    expect(await given.data('ToolCalled')).toEqual([])
  })

  test('is made once when it is approved, also by another process', async () => {
    const { given, waiting } = await ask()
    const next = given.reborn()
    await decideApproval(next.project, {
      session: waiting.id,
      decision: 'approve',
      digest: waiting.remedy.split(' ').at(-1)!,
      note: null,
      by: person,
    })
    await next.drain()
    expect(await log(given)).toBe('done\n')
    expect(await next.data('ApprovalGranted')).toMatchObject([{ by: person }])
    expect(await next.data('SessionCompleted')).toHaveLength(1)
    expect(await listWaiting(next.project)).toEqual([])
  })

  test('is not made when it is denied, and the agent is told why', async () => {
    const { given, waiting } = await ask()
    const by = { session: waiting.id, decision: 'deny', digest: null, note: 'Use git.', by: person } as const
    await decideApproval(given.project, by)
    const next = given.reborn()
    await next.drain()
    expect(await log(given)).toBe('')
    expect(await next.data('ToolReturned')).toMatchObject([
      { isError: true, output: 'A person denied this call; it was not made. They said: Use git.' },
    ])
    expect(await next.data('SessionCompleted')).toHaveLength(1)
  })

  test('is decided about only as it was shown', async () => {
    const { given, waiting } = await ask()
    const decide = (digest: string) =>
      decideApproval(given.project, {
        session: waiting.id,
        decision: 'approve',
        digest,
        note: null,
        by: person,
      })
    await expect(decide('0'.repeat(12))).rejects.toThrow('is not what session')
    await expect(decide('')).rejects.toThrow('is not what session')
    expect(await given.data('ApprovalGranted')).toEqual([])
  })

  test('of an agent is every call with an effect', async () => {
    const approvals = [{ agent: 'Backend Architect' }]
    const script = inTurn(use('LS', {}), use('Write', { file_path: 'a.txt', content: 'x' }), done)
    const given = await toolStage(script, { config: { approvals } })
    await given.drain()
    expect(await given.data('ToolReturned')).toHaveLength(1)
    expect(await given.data('ApprovalRequested')).toMatchObject([{ what: expect.stringContaining('Write') }])
  })

  const hers = { agent: 'backend-architect' }
  const view = use('memory', { command: 'view', path: 'insights.md' })
  const write = use('memory', { command: 'create', path: 'insights.md', file_text: 'x' })
  const handOver = use('hand_off', { need: 'Test the habit tracker' })

  test.each([
    ['a look into the memory', view, [hers], 0],
    ['a change of the memory', write, [hers], 1],
    ['a handoff', handOver, [hers], 1],
    ['a look into the memory, when the rule names that tool', view, [{ ...hers, tool: 'memory' }], 1],
    ['a change of the memory by somebody else', write, [{ agent: 'frontend-developer' }], 0],
  ])('is %s or not: as the rule says', async (_, answer, approvals, asked) => {
    const given = await toolStage(inTurn(answer, done), { config: { approvals } })
    await given.drain()
    expect(await given.data('ApprovalRequested')).toHaveLength(asked)
    expect(await given.data('ToolCalled')).toHaveLength(1 - asked)
  })

  test('is asked about in a rehearsal only when the rule says so', async () => {
    for (const [rule, asked] of [
      [hers, 0],
      [{ ...hers, rehearsals: true as const }, 1],
    ] as const) {
      const given = await toolStage(inTurn(write, done), { config: { approvals: [rule] }, rehearsal: true })
      await given.drain()
      expect(await given.data('ApprovalRequested')).toHaveLength(asked)
    }
  })
})

test('a workflow with files, commands and an approval proves intact, without drift', async () => {
  const script = inTurn(
    use('Write', { file_path: 'a.txt', content: 'x' }, { file_path: 'insights.md', content: 'no' }),
    use('Bash', { command: 'echo y >> a.txt' }),
    done,
  )
  const given = await toolStage(script, { ...bash, tools: ['Write', 'Bash', 'WebSearch'] })
  await given.drain()
  const [started] = (await given.events()).filter((event) => event.type === 'SessionStarted')
  const proof = await prove(given.project, started!.meta.correlation!)
  expect(proof).toMatchObject({ intact: true, drift: null })
})
