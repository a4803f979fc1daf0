import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resolveSettings, shippedAgents } from '../../src/runtime/settings.ts'
import { growLog } from './grow-log.ts'

/**
 * How long Claude Code waits for a hook, start-up included, with a log of 100,000 events: a conversation of
 * subagents that edit files and their sections, and end with needs; after each call `node -e 0`, which is as short as
 * any hook in JavaScript could be. The hook is the built one, started as `daybook init` has it started.
 *
 * `node bench/src/hooks.ts [--events 100000] [--calls 200]`; one JSON line a figure, in milliseconds.
 */
const flagged = (name: string, usual: number): number => {
  const index = process.argv.indexOf(`--${name}`)
  return index < 0 ? usual : Number(process.argv[index + 1])
}
const events = flagged('events', 100_000)
const calls = flagged('calls', 200)
const root = join(import.meta.dirname, '..', '..')
const main = join(root, 'dist', 'src', 'cli', 'main.js')

execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
const project = mkdtempSync(join(tmpdir(), 'daybook-hooks-'))
try {
  const dir = join(project, '.daybook')
  const agents = join(project, '.claude', 'agents')
  const memory = join(project, '.superagent', 'memory')
  mkdirSync(memory, { recursive: true })
  cpSync(shippedAgents(), agents, { recursive: true })
  const written = await growLog(resolveSettings({ dir, agents, memory }, {}, project), events)
  execFileSync(process.execPath, [main, 'init', '--yes'], { cwd: project, stdio: 'ignore' })
  measure(written)
} finally {
  rmSync(project, { recursive: true })
}

interface Timed {
  readonly kind: string
  readonly ms: number
}

function measure(written: number): void {
  const document = join(project, '.superagent', 'memory', 'insights.md')
  const hooks: Timed[] = []
  const bare: number[] = []
  const call = (kind: string, payload: object): void => {
    hooks.push({ kind, ms: timed('sh', [join(project, '.daybook', 'run'), 'hook'], payload) })
    bare.push(timed(process.execPath, ['-e', '0'], {}))
  }
  // What V8 makes of the code is kept from the first run on, and so it is in anybody's day.
  timed('sh', [join(project, '.daybook', 'run'), 'hook'], said('SessionStart', {}))
  for (let turn = 0; hooks.length < calls; turn += 1) {
    const who = {
      agent_id: `agent-${turn}`,
      agent_type: turn % 2 === 0 ? 'system-architect' : 'api-designer',
    }
    call('SessionStart', said('SessionStart', { source: 'resume' }))
    call('SubagentStart', said('SubagentStart', who))
    for (let use = 0; use < 4; use += 1) {
      const file = join(project, `file-${use}.txt`)
      writeFileSync(file, String(turn))
      call(
        'Write of a file',
        said('PostToolUse', { ...who, ...used('Write', { file_path: file, content: '' }, turn, use) }),
      )
    }
    call('Bash', said('PostToolUse', { ...who, ...used('Bash', { command: 'ls' }, turn, 5) }))
    const before = readFileSync(document, 'utf8')
    // Its own section for the one, somebody else's for the other, which is put back.
    writeFileSync(
      document,
      before.replace('## Architecture Decisions\n', (heading) => `${heading}- turn ${turn}\n`),
    )
    const edit = { file_path: document, content: readFileSync(document, 'utf8') }
    const response = { filePath: document, originalFile: before }
    call(
      turn % 2 === 0 ? 'Write of an own section' : 'Write of a foreign section',
      said('PostToolUse', { ...who, ...used('Write', edit, turn, 6), tool_response: response }),
    )
    const words = `**Collaboration Needs**: tester: try turn ${turn}`
    call(
      'SubagentStop',
      said('SubagentStop', { ...who, stop_hook_active: false, last_assistant_message: words }),
    )
  }
  const all = hooks.map(({ ms }) => ms)
  tell(`${all.length} hook calls with ${written} events in the log`, all, bare)
  for (const kind of new Set(hooks.map((one) => one.kind)))
    tell(
      `of these ${kind}`,
      hooks.flatMap((one) => (one.kind === kind ? [one.ms] : [])),
      bare,
    )
}

function said(event: string, fields: object): object {
  const transcript = join(project, 'transcript.jsonl')
  return { session_id: 'bench', transcript_path: transcript, cwd: project, hook_event_name: event, ...fields }
}

function used(tool: string, input: object, turn: number, use: number): object {
  return { tool_name: tool, tool_input: input, tool_use_id: `toolu_${turn}_${use}` }
}

function timed(command: string, args: readonly string[], payload: object): number {
  const began = performance.now()
  const { status } = spawnSync(command, args, { input: JSON.stringify(payload), cwd: project })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}`)
  return performance.now() - began
}

function tell(what: string, ms: readonly number[], bare: readonly number[]): void {
  const of = (times: readonly number[], share: number) =>
    Math.round(
      [...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0,
    )
  const figures = {
    'hook, median': of(ms, 0.5),
    'hook, p99': of(ms, 0.99),
    'node -e 0, median': of(bare, 0.5),
    'node -e 0, p99': of(bare, 0.99),
  }
  console.log(JSON.stringify({ what, ms: figures }))
}
