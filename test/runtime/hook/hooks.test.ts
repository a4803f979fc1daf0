import { appendFileSync, existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { daybook } from '../../cli/given.ts'
import { insights, summary } from './claude-code.ts'
import { conversation, eventsOf, failuresOf, logOf, typesOf } from './given.ts'

const roots: string[] = []
const begun = async () => {
  const claude = await conversation(onTestFinished)
  roots.push(claude.root)
  return claude
}
afterEach(() => {
  for (const root of roots.splice(0)) expect(failuresOf(root)).toEqual([])
})

describe('a subagent', () => {
  test('has the same kinds of events as a session that Daybook ran, and no model call', async () => {
    const claude = await begun()
    claude.ask('sail-maker', 'Make a mainsail')
    const { agent } = await claude.start('sail-maker')
    await agent.edit('- canvas, two layers', '- canvas, two layers\n- brass rings')
    await agent.write(join(claude.root, 'sails.txt'), 'one')
    await agent.stop(summary('None'))
    const types = (await typesOf(claude.root)).filter((type) => !type.startsWith('Agent'))
    expect(types).toEqual([
      'DocumentImported',
      'HandoffRequested',
      'WorkflowStarted',
      'HandoffRouted',
      'HandoffAccepted',
      'SessionStarted',
      'ContextGiven',
      'DocumentEdited',
      'FileChanged',
      'HandoffCompleted',
      'SummaryRecorded',
      'SessionCompleted',
      'WorkflowCompleted',
    ])
    const [started] = await eventsOf(claude.root, 'SessionStarted')
    expect(started).toMatchObject({ agent: 'sail-maker', task: 'Make a mainsail', runner: 'external' })
  })

  test('is told its rules, the sections that matter, and what waits for it; all of that is on record', async () => {
    const claude = await begun()
    const { told } = await claude.start('sail-maker')
    expect(told).toContain('You keep "## Sails" in .superagent/memory/insights.md')
    expect(told).toContain('- canvas, two layers')
    expect(told.indexOf('## Sails')).toBeLessThan(told.indexOf('## People'))
    expect(told.length).toBeLessThan(10_000)
    const [context] = await eventsOf(claude.root, 'ContextGiven')
    expect(context).toMatchObject({ system: told, sections: [{ heading: 'Sails' }, {}, {}] })
  })

  test('that began without a word of it in the transcript has a task that says so', async () => {
    const claude = await begun()
    await claude.start('rope-winder')
    const [started] = await eventsOf(claude.root, 'SessionStarted')
    expect(started?.task).toContain('not in the transcript')
  })

  test('of a kind that has no file is none: no session, and what it changes is put back', async () => {
    const claude = await begun()
    const { agent, told } = await claude.start('general-purpose')
    expect(told).toBe('')
    expect(await agent.edit('- canvas', '- silk')).toContain('it belongs to sail-maker')
    expect(claude.text).toBe(insights)
    expect(await eventsOf(claude.root, 'SessionStarted', 'DocumentEdited')).toEqual([])
    expect(await eventsOf(claude.root, 'RequestRefused')).toMatchObject([
      { by: 'agent:general-purpose', what: 'edit insights', code: 'not_owner' },
    ])
  })

  test('that begins twice under one id has two sessions; told twice of one beginning it has one', async () => {
    const claude = await begun()
    const first = await claude.start('sail-maker', 'a1')
    await claude.start('sail-maker', 'a1')
    await first.agent.stop(summary('None'))
    await claude.start('sail-maker', 'a1')
    const started = await eventsOf(claude.root, 'SessionStarted')
    expect(started).toHaveLength(2)
  })

  test('that completed its handoff itself ends with other words all the same; what it said first counts', async () => {
    const claude = await begun()
    const { agent } = await claude.start('sail-maker')
    const [requested] = (await logOf(claude.root)).filter(({ type }) => type === 'HandoffRequested')
    const file = join(claude.root, 'summary.md')
    writeFileSync(file, summary('None'))
    const id = requested!.stream.slice('handoff-'.length)
    const complete = ['handoffs', 'complete', id, '--epoch', '1', '--summary', file]
    expect(await daybook(complete, { cwd: claude.root })).toMatchObject({ code: 0 })
    await agent.stop('I have told you all of it.')
    expect(
      await eventsOf(claude.root, 'HandoffCompleted', 'SessionCompleted', 'WorkflowCompleted'),
    ).toMatchObject([{ answer: summary('None') }, {}, {}])
  })

  test('that never ends is ended with the conversation', async () => {
    const claude = await begun()
    await claude.start('sail-maker')
    await claude.end()
    expect(await eventsOf(claude.root, 'SessionFailed', 'HandoffFailed', 'WorkflowFailed')).toMatchObject([
      { code: 'abandoned' },
      { code: 'abandoned' },
      {},
    ])
    expect(readdirSync(join(claude.root, '.daybook/hooks/at-work'))).toEqual([])
  })

  test('without last words in the payload has those of its transcript', async () => {
    const claude = await begun()
    const { agent } = await claude.start('sail-maker')
    const words = { type: 'text', text: summary('None') }
    const path = join(claude.root, 'own.jsonl')
    writeFileSync(path, `${JSON.stringify({ type: 'assistant', message: { content: [words] } })}\n`)
    await claude.say('SubagentStop', { ...agent.who, agent_transcript_path: path })
    const [recorded] = await eventsOf(claude.root, 'SummaryRecorded')
    expect(recorded?.fields).toContainEqual({ label: 'Work Done', text: 'a mainsail' })
  })
})

describe('an edit of a document', () => {
  test('is its agent, its session and its tool call; of its own section it stays as it was written', async () => {
    const claude = await begun()
    const { agent } = await claude.start('sail-maker')
    expect(await agent.edit('- canvas, two layers', '- canvas, three layers')).toBe('')
    expect(claude.text).toContain('- canvas, three layers')
    const [edited] = await eventsOf(claude.root, 'DocumentEdited')
    expect(edited).toMatchObject({
      by: 'agent:sail-maker',
      via: 'hook',
      call: expect.stringContaining('toolu_'),
    })
    expect(edited?.session).toBeTypeOf('string')
  })

  test('of a foreign section is put back, on record with the owner, and the agent is told why', async () => {
    const claude = await begun()
    const { agent } = await claude.start('sail-maker')
    const told = await agent.edit('- hemp, three strands', '- nylon')
    expect(told).toContain('"Ropes" of insights was changed, but it belongs to rope-winder')
    expect(claude.text).toBe(insights)
    expect(await eventsOf(claude.root, 'EditRefused')).toMatchObject([
      {
        document: 'insights',
        heading: 'Ropes',
        owner: 'rope-winder',
        code: 'not_owner',
        toolUse: expect.any(String),
      },
    ])
  })

  test('of the own and a foreign section at once keeps the own part', async () => {
    const claude = await begun()
    const { agent } = await claude.start('sail-maker')
    const both = '- canvas, two layers\n\n## Ropes\n- hemp, three strands'
    await agent.edit(both, '- silk\n\n## Ropes\n- nylon')
    expect(claude.text).toBe(insights.replace('- canvas, two layers', '- silk'))
    expect(await eventsOf(claude.root, 'DocumentEdited')).toHaveLength(1)
  })

  test('leaves what a person saved a moment before to nobody, and where it is', async () => {
    const claude = await begun()
    const { agent } = await claude.start('sail-maker')
    appendFileSync(claude.document, '- and blue\n')
    await agent.edit('- hemp, three strands', '- nylon')
    expect(claude.text).toBe(`${insights}- and blue\n`)
    const edits = await eventsOf(claude.root, 'DocumentEdited')
    expect(edits.map(({ by, via }) => `${by} ${via}`)).toEqual(['unknown:disk disk'])
  })

  test('by two agents at once is each its own, though the second was told first', async () => {
    const claude = await begun()
    const sails = (await claude.start('sail-maker')).agent
    const ropes = (await claude.start('rope-winder')).agent
    const first = sails.editUntold('- canvas, two layers', '- silk')
    const second = ropes.editUntold('- hemp, three strands', '- nylon')
    await Promise.all([sails.tell(first), ropes.tell(second)])
    expect(claude.text).toBe(
      insights.replace('- canvas, two layers', '- silk').replace('- hemp, three strands', '- nylon'),
    )
    const edits = await eventsOf(claude.root, 'DocumentEdited')
    expect(edits.map(({ by }) => by).sort()).toEqual(['agent:rope-winder', 'agent:sail-maker'])
  })

  test('by a command is its agent: its own section is taken, another is put back', async () => {
    const claude = await begun()
    const { agent } = await claude.start('rope-winder')
    const told = await agent.bash('sed -i "s/hemp/flax/; s/red/green/" .superagent/memory/insights.md')
    expect(told).toContain('belongs to people')
    expect(claude.text).toBe(insights.replace('hemp', 'flax'))
    expect(await eventsOf(claude.root, 'DocumentEdited')).toMatchObject([
      { by: 'agent:rope-winder', via: 'bash' },
    ])
  })

  test('that a command of another agent may have made waits until it is known whose it is', async () => {
    const claude = await begun()
    const sails = (await claude.start('sail-maker')).agent
    const ropes = (await claude.start('rope-winder')).agent
    const told = sails.editUntold('- canvas, two layers', '- silk')
    await ropes.bash('true')
    await sails.tell(told)
    expect(await eventsOf(claude.root, 'DocumentEdited')).toMatchObject([{ by: 'agent:sail-maker' }])
  })

  test('by the conversation itself is nobody in particular, and may be anywhere', async () => {
    const claude = await begun()
    expect(await claude.main.edit('- the captain likes red', '- the captain likes blue')).toBe('')
    expect(await eventsOf(claude.root, 'DocumentEdited')).toMatchObject([{ by: 'unknown:claude-code' }])
  })

  test('that a person changed before they let it happen is what stands on disk', async () => {
    const claude = await begun()
    const { agent } = await claude.start('sail-maker')
    const asked = agent.editUntold('- canvas, two layers', '- silk')
    writeFileSync(claude.document, claude.text.replace('- silk', '- silk, doubled'))
    const response = { ...(asked.tool_response as object), userModified: true }
    await agent.tell({ ...asked, tool_response: response })
    expect(claude.text).toContain('- silk, doubled')
    expect(await eventsOf(claude.root, 'DocumentEdited')).toMatchObject([{ by: 'agent:sail-maker' }])
  })

  test('that a person saved is taken in when Claude Code tells of it, and not while an agent is at work', async () => {
    const claude = await begun()
    const changed = { file_path: claude.document, event: 'change' }
    const { agent } = await claude.start('sail-maker')
    appendFileSync(claude.document, '- and blue\n')
    await claude.say('FileChanged', changed)
    expect(await eventsOf(claude.root, 'DocumentEdited')).toEqual([])
    await agent.stop(summary('None'))
    expect(await eventsOf(claude.root, 'DocumentEdited')).toMatchObject([{ by: 'unknown:disk' }])
    appendFileSync(claude.document, '- and green\n')
    await claude.say('FileChanged', changed)
    expect(await eventsOf(claude.root, 'DocumentEdited')).toHaveLength(2)
  })
})

describe('the needs of a summary', () => {
  const needs = '\n- rope-winder: splice the sheets\n- a keel of oak planks for the hull'

  test('become routed handoffs, which their agents find and the conversation is told of', async () => {
    const claude = await begun()
    const { agent } = await claude.start('sail-maker')
    const said = await agent.stop(summary(needs))
    expect(said).toMatch(/→ rope-winder .*\n→ hull-builder /)
    const returned = await claude.say('PostToolUse', { tool_name: 'Task', tool_input: {}, tool_response: {} })
    expect(returned?.hookSpecificOutput?.additionalContext).toContain('rope-winder: splice the sheets')
    const { told } = await claude.start('hull-builder')
    expect(told).toContain('from sail-maker: a keel of oak planks')
  })

  test('are taken up by a subagent whose task is about them, and answered by its last words', async () => {
    const claude = await begun()
    await (await claude.start('sail-maker')).agent.stop(summary(needs))
    claude.ask('rope-winder', 'Splice the sheets')
    const { agent, told } = await claude.start('rope-winder')
    expect(told).toContain('Your task is handoff')
    expect(told).toContain('The sender did not say: lengths and weights')
    await agent.stop(summary('None'))
    const handoffs = await eventsOf(claude.root, 'HandoffRequested', 'HandoffCompleted')
    expect(handoffs.map(({ type }) => type)).toEqual([
      'HandoffRequested',
      'HandoffCompleted',
      'HandoffRequested',
      'HandoffRequested',
      'HandoffCompleted',
    ])
  })

  test('are settled by last words that name them, whatever the task was', async () => {
    const claude = await begun()
    await (await claude.start('sail-maker')).agent.stop(summary(needs))
    const { agent, told } = await claude.start('rope-winder')
    const id = /- ([0-9a-f]{20}) from sail-maker: splice/.exec(told)?.[1]
    await agent.stop(`Settled ${id}.\n${summary('None')}`)
    expect(await eventsOf(claude.root, 'HandoffCompleted')).toHaveLength(3)
  })
})

describe('a call', () => {
  test('that was carried out before and comes again changes nothing', async () => {
    const claude = await begun()
    const { agent } = await claude.start('sail-maker')
    const refused = agent.editUntold('- hemp, three strands', '- nylon')
    await agent.tell(refused)
    const written = {
      tool_name: 'Write',
      tool_input: { file_path: join(claude.root, 'a.txt'), content: 'a' },
      tool_use_id: 'toolu_w',
    }
    writeFileSync(join(claude.root, 'a.txt'), 'a')
    await agent.tell(written)
    await agent.stop(summary('rope-winder: splice the sheets'))
    const before = await logOf(claude.root)
    // As a process that was cut off between the log and the disk would leave them.
    const { Spool } = await import('../../../src/runtime/hook/spool.ts')
    const { readPayload } = await import('../../../src/runtime/hook/payload.ts')
    const spool = new Spool(join(claude.root, '.daybook'))
    const common = { session_id: 'a0b1c2d3-0000-4000-8000-000000000001', cwd: claude.root, ...agent.who }
    for (const [index, fields] of [
      { hook_event_name: 'SubagentStop', last_assistant_message: summary('rope-winder: splice the sheets') },
    ].entries())
      spool.put(readPayload(JSON.stringify({ ...common, ...fields }))!, index)
    await claude.begin()
    expect(spool.count()).toBe(0)
    expect(await logOf(claude.root)).toEqual(before)
  })

  test('that two set-ups tell of happened once', async () => {
    const claude = await begun()
    const { agent } = await claude.start('sail-maker')
    await claude.start('sail-maker')
    writeFileSync(join(claude.root, 'a.txt'), 'a')
    const content = { file_path: join(claude.root, 'a.txt'), content: 'a' }
    const written = { tool_name: 'Write', tool_input: content, tool_use_id: 'toolu_w' }
    await Promise.all([agent.tell(written), agent.tell(written)])
    await Promise.all([agent.stop(summary('None')), agent.stop(summary('None'))])
    const types = ['HandoffRequested', 'SessionStarted', 'FileChanged', 'SessionCompleted']
    expect((await eventsOf(claude.root, ...types)).map(({ type }) => type)).toEqual(types)
  })

  test('is nothing where Daybook is not set up', async () => {
    const { repository, ClaudeCode, put } = await import('./claude-code.ts')
    const claude = new ClaudeCode(repository(onTestFinished))
    expect(await claude.begin()).toBeNull()
    expect(existsSync(join(claude.root, '.daybook'))).toBe(false)
    // A folder above the repository may be anybody's.
    const outer = new ClaudeCode(repository(onTestFinished))
    put(join(outer.root, 'daybook.config.json'), '{}')
    const inner = join(outer.root, 'inner')
    put(join(inner, '.git', 'HEAD'), '')
    expect(await new ClaudeCode(inner).begin()).toBeNull()
  })
})
