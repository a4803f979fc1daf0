import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { HookAnswer } from '../../../src/runtime/hook/answers.ts'
import { runHook } from '../../../src/runtime/hook/run-hook.ts'

/** Agents of our own, as people write them for Claude Code: each keeps one section and ends with a summary. */
const cast = {
  'sail-maker': { heading: 'Sails', works: 'rope-winder (ropes and knots), hull-builder (planks and keels)' },
  'rope-winder': { heading: 'Ropes', works: 'sail-maker (cloth and seams)' },
  'hull-builder': { heading: 'Hulls', works: 'rope-winder (rigging ropes)' },
}
export type Sailor = keyof typeof cast

function agentFile(name: Sailor): string {
  const { heading, works } = cast[name]
  return `---
name: ${name}
description: Knows all about ${heading.toLowerCase()} of ships
tools: Read, Edit, Write, Bash
---

You look after ${heading.toLowerCase()}.

## Your Section in Insights.md

Look for "## ${heading}" in insights.md and keep it up to date:

\`\`\`markdown
## ${heading}

### Collaboration Patterns
- **Works well with**: ${works}
- **Handoff requirements**: lengths and weights
\`\`\`

## Session Summary

**Work Done**: [What was made]
**Key Decision**: [What was chosen, and why]
**Collaboration Needs**: [What others have to do]
`
}

export const insights = `# Insights

## Sails
- canvas, two layers

## Ropes
- hemp, three strands

## People
- the captain likes red
`

/** What Claude Code says to a hook, on stdin. */
export type Payload = Readonly<Record<string, unknown>>

/** How a hook is called: in this process, or as Claude Code does it. */
export type Call = (payload: Payload) => Promise<HookAnswer | null>

/** A repository with agents and a memory. */
export function repository(onFinished: (clean: () => void) => void): string {
  const root = mkdtempSync(join(tmpdir(), 'daybook-claude-'))
  onFinished(() => rmSync(root, { recursive: true, force: true }))
  for (const name of Object.keys(cast) as Sailor[])
    put(join(root, '.claude', 'agents', `${name}.md`), agentFile(name))
  put(join(root, '.superagent', 'memory', 'insights.md'), insights)
  for (const args of [
    ['init', '--quiet', '--initial-branch', 'main'],
    ['config', 'user.name', 'Ada'],
    ['config', 'user.email', 'ada@example.org'],
    ['add', '--all'],
    ['commit', '--quiet', '--message', 'Begin'],
  ])
    git(root, ...args)
  return root
}

export function git(root: string, ...args: string[]): string {
  // Long ago: what was committed a second before a save could be what the save began from.
  const dates = { GIT_AUTHOR_DATE: '2026-01-02T03:04:05Z', GIT_COMMITTER_DATE: '2026-01-02T03:04:05Z' }
  return execFileSync('git', args, { cwd: root, encoding: 'utf8', env: { ...process.env, ...dates } })
}

export function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

/** Calls the hook in this process; every problem that it would keep to itself is thrown. */
export function inProcess(root: string): Call {
  return async (payload) => {
    const clock = { now: () => Date.now() }
    const run = {
      input: JSON.stringify(payload),
      env: { DAYBOOK_HOOK_MS: '60000' },
      cwd: root,
      clock,
      atEnd: 'close',
    } as const
    return (await runHook(run)).answer
  }
}

/** A conversation in Claude Code: what its tools do to files, and what it says to hooks, in the shapes of the real one. */
export class ClaudeCode {
  readonly root: string
  readonly #call: Call
  readonly #session: string
  #uses = 0

  constructor(root: string, call: Call = inProcess(root), session = 'a0b1c2d3-0000-4000-8000-000000000001') {
    this.root = root
    this.#call = call
    this.#session = session
  }

  get document(): string {
    return join(this.root, '.superagent', 'memory', 'insights.md')
  }

  get text(): string {
    return readFileSync(this.document, 'utf8')
  }

  get transcript(): string {
    return join(this.root, '.claude-transcript.jsonl')
  }

  say(event: string, fields: Payload = {}): Promise<HookAnswer | null> {
    return this.#call({
      session_id: this.#session,
      transcript_path: this.transcript,
      cwd: this.root,
      permission_mode: 'acceptEdits',
      hook_event_name: event,
      ...fields,
    })
  }

  begin(): Promise<HookAnswer | null> {
    return this.say('SessionStart', { source: 'startup', model: 'claude-sonnet-5-5' })
  }

  end(): Promise<HookAnswer | null> {
    return this.say('SessionEnd', { reason: 'prompt_input_exit' })
  }

  /** The main conversation asks for a subagent: it stands in the transcript before the subagent begins. */
  ask(type: string, prompt: string): void {
    const input = { subagent_type: type, description: prompt.slice(0, 20), prompt }
    const block = { type: 'tool_use', id: `toolu_task_${++this.#uses}`, name: 'Task', input }
    const line = { type: 'assistant', message: { role: 'assistant', content: [block] } }
    writeFileSync(this.transcript, `${JSON.stringify(line)}\n`, { flag: 'a' })
  }

  async start(type: string, id: string = type): Promise<{ agent: Subagent; told: string }> {
    const agent = new Subagent(this, { agent_id: id, agent_type: type })
    const answer = await this.say('SubagentStart', agent.who)
    return { agent, told: answer?.hookSpecificOutput?.additionalContext ?? '' }
  }

  /** What the main conversation itself does with tools. */
  get main(): Subagent {
    return new Subagent(this, {})
  }

  nextUse(): string {
    this.#uses += 1
    return `toolu_01${String(this.#uses).padStart(20, '0')}`
  }
}

/** One subagent, or the main conversation, using its tools. */
export class Subagent {
  readonly who: Payload
  readonly #claude: ClaudeCode

  constructor(claude: ClaudeCode, who: Payload) {
    this.#claude = claude
    this.who = who
  }

  /** Edits the document and tells the hook at once. */
  async edit(from: string, to: string): Promise<string> {
    return this.tell(this.editUntold(from, to))
  }

  /** Edits the document; the payload that the hook is yet to be given. */
  editUntold(from: string, to: string): Payload {
    const { document } = this.#claude
    const before = readFileSync(document, 'utf8')
    if (!before.includes(from)) throw new Error(`${JSON.stringify(from)} is not in the document:\n${before}`)
    writeFileSync(
      document,
      before.replace(from, () => to),
    )
    return {
      tool_name: 'Edit',
      tool_input: { file_path: document, old_string: from, new_string: to, replace_all: false },
      tool_response: {
        filePath: document,
        oldString: from,
        newString: to,
        originalFile: before,
        structuredPatch: [],
        userModified: false,
        replaceAll: false,
      },
      tool_use_id: this.#claude.nextUse(),
    }
  }

  async write(path: string, content: string): Promise<string> {
    put(path, content)
    return this.tell({
      tool_name: 'Write',
      tool_input: { file_path: path, content },
      tool_response: { type: 'create', filePath: path, content, structuredPatch: [] },
      tool_use_id: this.#claude.nextUse(),
    })
  }

  async bash(command: string): Promise<string> {
    execFileSync('sh', ['-c', command], { cwd: this.#claude.root })
    return this.tell({
      tool_name: 'Bash',
      tool_input: { command, description: 'A command' },
      tool_response: { stdout: '', stderr: '', interrupted: false, isImage: false },
      tool_use_id: this.#claude.nextUse(),
    })
  }

  /** What the agent is told after a tool; empty for nothing. */
  async tell(payload: Payload): Promise<string> {
    const answer = await this.#claude.say('PostToolUse', { ...this.who, ...payload })
    return answer?.hookSpecificOutput?.additionalContext ?? ''
  }

  async stop(words: string | null): Promise<string> {
    const said = words === null ? {} : { last_assistant_message: words }
    const answer = await this.#claude.say('SubagentStop', {
      ...this.who,
      stop_hook_active: false,
      agent_transcript_path: join(this.#claude.root, 'no-such-transcript.jsonl'),
      ...said,
    })
    return answer?.systemMessage ?? ''
  }
}

/** Last words of an agent, with the labels of its file. */
export function summary(needs: string): string {
  return `All done.

## Session Summary

**Work Done**: a mainsail
**Key Decision**: two layers, for one tears
**Collaboration Needs**: ${needs}
`
}
