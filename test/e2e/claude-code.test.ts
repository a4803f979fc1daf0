import { spawn } from 'node:child_process'
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import type { HookAnswer } from '../../src/runtime/hook/answers.ts'
import { daybook, result } from '../cli/given.ts'
import { type Call, ClaudeCode, git, put, repository, summary } from '../runtime/hook/claude-code.ts'

/**
 * In somebody's repository: `daybook init --yes`, then what Claude Code does there, with the commands that init wrote
 * into its settings, run as Claude Code runs them; and then everything taken back.
 */

/** The command in `.claude/settings.json` for an event, run with a payload on stdin. */
function asClaudeCodeDoes(root: string): Call {
  return async (payload) => {
    const { hooks } = JSON.parse(readFileSync(join(root, '.claude/settings.json'), 'utf8')) as {
      hooks: Record<string, { hooks: { command: string }[] }[]>
    }
    const command = hooks[String(payload.hook_event_name)]?.[0]?.hooks[0]?.command ?? 'false'
    const env = { ...process.env, CLAUDE_PROJECT_DIR: root, DAYBOOK_HOOK_MS: '60000' }
    const child = spawn('sh', ['-c', command], { cwd: root, env, stdio: ['pipe', 'pipe', 'pipe'] })
    child.stdin.end(JSON.stringify(payload))
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    return stdout === '' ? null : (JSON.parse(stdout) as HookAnswer)
  }
}

/** Waits until nothing waits on disk any more: on a loaded machine a call may go on beside Claude Code. */
async function settled(root: string): Promise<void> {
  const waiting = async () => {
    const { checks } = await result<{ checks: { check: string; found: string }[] }>(['doctor'], { cwd: root })
    return checks.some(({ check, found }) => check === 'hook calls' && found.includes('wait on disk'))
  }
  while (await waiting()) await daybook(['hook', '--catch-up'], { cwd: root })
}

test('init, two subagents, an own and a foreign edit, a summary with two needs: all of it can be asked for, and taken back', async () => {
  const root = repository(onTestFinished)
  await result(['init', '--yes', '--history'], { cwd: root })
  const claude = new ClaudeCode(root, asClaudeCodeDoes(root))
  await claude.begin()
  claude.ask('sail-maker', 'Make a mainsail for the yawl')
  const sails = (await claude.start('sail-maker', 'agent-1')).agent
  await sails.edit('- canvas, two layers', '- canvas, three layers')
  const told = await sails.edit('- hemp, three strands', '- nylon')
  expect(told).toContain('"Ropes" of insights was changed, but it belongs to rope-winder')
  expect(claude.text).toContain('- hemp, three strands')
  const needs = '\n- rope-winder: splice the sheets\n- hull-builder: a step for the mast'
  expect(await sails.stop(summary(needs))).toContain('→ rope-winder')
  claude.ask('rope-winder', 'Splice the sheets')
  const ropes = await claude.start('rope-winder', 'agent-2')
  expect(ropes.told).toContain('Your task is handoff')
  await ropes.agent.edit('- hemp, three strands', '- hemp, four strands')
  await ropes.agent.stop(summary('None'))
  await claude.end()
  await settled(root)

  const log = (await daybook(['log'], { cwd: root })).stdout
  for (const type of ['SessionStarted', 'DocumentEdited', 'EditRefused', 'SummaryRecorded', 'HandoffRouted'])
    expect(log).toContain(type)
  const blame = await result<{ text: string; by: string }[]>(['memory', 'blame'], { cwd: root })
  const by = (words: string) => JSON.stringify(blame.find((line) => line.text.includes(words)))
  expect(by('three layers')).toContain('sail-maker')
  expect(by('four strands')).toContain('rope-winder')
  expect(by('captain')).toContain('Ada')
  const why = await result<{ session: object; handoff: object }>(['why', 'three layers'], { cwd: root })
  expect(why).toMatchObject({
    session: { agent: 'sail-maker', task: 'Make a mainsail for the yawl', runner: 'external' },
    handoff: { need: 'Make a mainsail for the yawl' },
  })
  const handoffs = await result<{ to: string; status: string; need: string }[]>(['handoffs'], { cwd: root })
  expect(handoffs).toMatchObject([
    { to: 'sail-maker', status: 'completed' },
    { to: 'rope-winder', status: 'completed', need: 'splice the sheets' },
    { to: 'hull-builder', status: 'routed', need: 'a step for the mast' },
  ])
  const inbox = await daybook(['inbox', 'hull-builder'], { cwd: root })
  expect(inbox.stdout).toContain('a step for the mast')
  const [workflow] = await result<{ id: string }[]>(['workflows'], { cwd: root })
  expect(await result(['prove', workflow!.id], { cwd: root })).toMatchObject({
    intact: true,
    sessions: 2,
    calls: 0,
  })
  expect(await result(['rebuild', '--check'], { cwd: root })).toMatchObject({ equal: true })

  git(root, 'add', '.superagent', '.claude-transcript.jsonl')
  git(root, 'commit', '--quiet', '--message', 'What the agents wrote')
  await result(['init', '--undo'], { cwd: root })
  expect(git(root, 'status', '--porcelain')).toBe('')
}, 300_000)

const corpus = fileURLToPath(new URL('../../../shared/corpus/superagent-zero-2', import.meta.url))
const present = existsSync(corpus)
if (!present) console.warn(`SKIPPED: ${corpus} is not there, so no other project's agents are hooked`)

test.skipIf(!present)(
  'the same with 54 agents of another project and its memory',
  async () => {
    const root = repository(onTestFinished)
    cpSync(join(corpus, 'agents'), join(root, '.claude', 'agents'), { recursive: true })
    const document = join(root, '.superagent/memory/insights.md')
    cpSync(join(corpus, 'memory-templates/insights.md'), document)
    const filled = '\n\n## Backend Architecture\n- REST over HTTP\n\n## Frontend Development\n- plain HTML\n'
    writeFileSync(document, readFileSync(document, 'utf8') + filled)
    git(root, 'add', '--all')
    git(root, 'commit', '--quiet', '--message', 'Their agents')
    await result(['init', '--yes'], { cwd: root })
    const claude = new ClaudeCode(root, asClaudeCodeDoes(root))
    await claude.begin()
    const { agent } = await claude.start('backend-architect', 'agent-1')
    await agent.edit('- REST over HTTP', '- GraphQL over HTTP')
    expect(await agent.edit('- plain HTML', '- web components')).toContain('belongs to frontend-developer')
    expect(claude.text).toContain('- plain HTML')
    await agent.stop(
      '**Key Technical Decision**: GraphQL\n**Collaboration Needs**:\n- frontend-developer: queries for the list\n- api-tester: contract tests for the schema',
    )
    await claude.end()
    await settled(root)
    for (const name of ['frontend-developer', 'api-tester'])
      expect((await daybook(['inbox', name], { cwd: root })).stdout).toContain('from backend-architect')
    git(root, 'add', '.superagent')
    git(root, 'commit', '--quiet', '--message', 'What the agents wrote')
    await result(['init', '--undo'], { cwd: root })
    expect(git(root, 'status', '--porcelain')).toBe('')
  },
  300_000,
)

test('what somebody changed after init stays when it is taken back, and the rest is as it was', async () => {
  const root = repository(onTestFinished)
  const settings = join(root, '.claude/settings.json')
  const mine = {
    permissions: { allow: ['Bash(ls)'] },
    hooks: { Stop: [{ hooks: [{ type: 'command', command: 'true' }] }] },
  }
  put(settings, `${JSON.stringify(mine, null, 4)}\n`)
  put(join(root, '.gitignore'), 'dist/\n')
  git(root, 'add', '--all')
  git(root, 'commit', '--quiet', '--message', 'Mine')
  await result(['init', '--yes'], { cwd: root })
  await result(['init', '--yes'], { cwd: root })
  const changed = JSON.parse(readFileSync(settings, 'utf8')) as Record<string, unknown>
  writeFileSync(settings, `${JSON.stringify({ ...changed, model: 'opus' }, null, 4)}\n`)
  const undone = await result<{ files: { action: string }[]; log: string }>(['init', '--undo'], { cwd: root })
  expect(undone.log).toBe('deleted')
  expect(JSON.parse(readFileSync(settings, 'utf8'))).toEqual({ ...mine, model: 'opus' })
  expect(git(root, 'status', '--porcelain')).toBe(' M .claude/settings.json\n')
  expect(existsSync(join(root, '.daybook'))).toBe(false)
})
