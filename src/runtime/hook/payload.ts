import { DaybookError } from '../../kernel/errors.ts'
import type { Replacement } from '../../tools/replace-text.ts'

/** The agent of a Claude Code session that a hook speaks of: a subagent, or the session itself when it runs as one. */
export interface HookAgent {
  /** Unique in its Claude Code session. */
  readonly id: string
  /** As its file names it; `general-purpose` and the like are Claude Code's own. */
  readonly type: string
}

interface Common {
  /** Claude Code's session. */
  readonly session: string
  /** Its conversation, as JSON lines; null when it was not said. */
  readonly transcript: string | null
  /** Null for the main conversation. */
  readonly agent: HookAgent | null
}

/** What a tool did to a file, as far as the payload tells. */
export type FileUse =
  | { readonly kind: 'write'; readonly content: string }
  | { readonly kind: 'edit'; readonly edits: readonly Replacement[] }

/** One hook call, reduced to what Daybook needs of it: what waits on disk when it cannot be recorded now. */
export type HookCall = Common &
  (
    | { readonly event: 'SessionStart' }
    | { readonly event: 'SessionEnd'; readonly reason: string }
    | { readonly event: 'SubagentStart' }
    | { readonly event: 'SubagentStop'; readonly words: string | null; readonly ownTranscript: string | null }
    | {
        readonly event: 'FileUsed'
        readonly toolUse: string
        readonly path: string
        readonly use: FileUse | null
        /** The file before the tool, for documents only; null when it was not said. */
        readonly before: string | null
      }
    | { readonly event: 'CommandRun'; readonly toolUse: string; readonly command: string }
    | { readonly event: 'AgentReturned' }
    | { readonly event: 'FileChanged'; readonly path: string }
  )

export type HookCallOf<Event extends HookCall['event']> = Extract<HookCall, { event: Event }>

type Fields = Readonly<Record<string, unknown>>

/**
 * Reads what Claude Code gives a hook (https://code.claude.com/docs/en/hooks, "Hook input"). Null for what is no
 * concern of Daybook's: other events, other tools. Throws a `DaybookError` (`invalid`) for what is no payload.
 */
export function readPayload(text: string): HookCall | null {
  const payload = objectIn(text)
  const event = textOf(payload.hook_event_name)
  const session = textOf(payload.session_id)
  if (event === null || session === null)
    throw invalid('expected hook_event_name and session_id, as Claude Code gives them')
  const common = { session, transcript: textOf(payload.transcript_path), agent: agentOf(payload, session) }
  switch (event) {
    case 'SessionStart':
    case 'SubagentStart':
      return { ...common, event }
    case 'SessionEnd':
      return { ...common, event, reason: textOf(payload.reason) ?? 'other' }
    case 'SubagentStop': {
      const words = textOf(payload.last_assistant_message)
      return { ...common, event, words, ownTranscript: textOf(payload.agent_transcript_path) }
    }
    case 'FileChanged': {
      const path = textOf(payload.file_path)
      return path === null ? null : { ...common, event, path }
    }
    case 'PostToolUse':
      return toolUsed(common, payload)
    default:
      return null
  }
}

function toolUsed(common: Common, payload: Fields): HookCall | null {
  const input = fieldsOf(payload.tool_input)
  const toolUse = textOf(payload.tool_use_id) ?? ''
  switch (payload.tool_name) {
    case 'Edit':
    case 'Write':
    case 'MultiEdit':
      return fileUsed({ ...common, toolUse }, input, fieldsOf(payload.tool_response))
    case 'Bash':
      return { ...common, event: 'CommandRun', toolUse, command: textOf(input.command) ?? '' }
    case 'Task':
    case 'Agent':
      return { ...common, event: 'AgentReturned' }
    default:
      return null
  }
}

function fileUsed(common: Common & { toolUse: string }, input: Fields, response: Fields): HookCall | null {
  const path = textOf(input.file_path) ?? textOf(response.filePath)
  if (path === null) return null
  // Of a file that can be no document the text would only take room.
  if (!path.endsWith('.md')) return { ...common, event: 'FileUsed', path, use: null, before: null }
  // What a person changed before they let it happen stands on disk only.
  const use = response.userModified === true ? null : useOf(input)
  return { ...common, event: 'FileUsed', path, use, before: textOf(response.originalFile) }
}

function useOf(input: Fields): FileUse | null {
  const content = textOf(input.content)
  if (content !== null) return { kind: 'write', content }
  const edits = Array.isArray(input.edits) ? input.edits.map(replacementOf) : [replacementOf(input)]
  return edits.some((edit) => edit === null)
    ? null
    : { kind: 'edit', edits: edits.filter((edit) => edit !== null) }
}

function replacementOf(value: unknown): Replacement | null {
  const { old_string: from, new_string: to, replace_all: all } = fieldsOf(value)
  if (typeof from !== 'string' || typeof to !== 'string') return null
  return { old_string: from, new_string: to, ...(all === true ? { replace_all: true } : {}) }
}

/** `claude --agent NAME` names an agent and no subagent: the session itself runs as it. */
function agentOf(payload: Fields, session: string): HookAgent | null {
  const type = textOf(payload.agent_type)
  if (type === null) return null
  return { id: textOf(payload.agent_id) ?? session, type }
}

function objectIn(text: string): Fields {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  } catch {
    throw invalid(text.trim() === '' ? 'nothing came on stdin' : 'what came on stdin is not JSON')
  }
  throw invalid('what came on stdin is no JSON object')
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

/** Lone surrogates have no UTF-8 and would be refused by the log. */
function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.toWellFormed() : null
}

function invalid(why: string): DaybookError {
  return new DaybookError('invalid', `This is no hook payload: ${why}.`)
}
