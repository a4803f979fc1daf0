import type { Json } from '../../kernel/event.ts'
import { limits } from '../../kernel/limits.ts'
import type { Digest } from '../../kernel/words.ts'
import type { ToolFinding } from '../../sessions/commands.ts'
import type { ToolUse } from '../../sessions/conversation.ts'
import { type Step, toolUseId } from '../../sessions/next-step.ts'
import type { Session } from '../../sessions/session.ts'
import { failed, type Tool, type ToolResult } from '../../tools/port.ts'
import { contentId, digestText } from '../digest.ts'
import { record, type SessionRun } from './session-run.ts'

/** Puts the intent on record, then uses the tool. */
export async function beginTool(
  run: SessionRun,
  { step }: { session: Session; step: Extract<Step, { kind: 'call_tool' }> },
): Promise<Session> {
  const tool = toolNamed(run, step.tool)
  const toolUse = toolUseId(step.call, step.block)
  const key = contentId(run.id, toolUse, JSON.stringify(step.input))
  const session = await record(run, {
    type: 'CallTool',
    toolUse,
    call: step.call,
    block: step.block,
    tool: step.tool.slice(0, 200),
    input: step.input,
    class: tool?.class ?? 'pure',
    key,
    epoch: run.lease.epoch,
  })
  const use = session.toolUses[toolUse]
  return use === undefined || use.status !== 'called'
    ? session
    : useTool(run, { tool, use, input: step.input })
}

/**
 * A call with an intent and no result: the process died in between, or the tool waits. What may run twice
 * runs again with the same key; what may not is left for a person to decide.
 */
export async function finishTool(
  run: SessionRun,
  { use }: { session: Session; use: ToolUse },
): Promise<Session> {
  const tool = toolNamed(run, use.tool)
  if (tool?.class !== 'unsafe') return useTool(run, { tool, use, input: use.input })
  return record(run, { type: 'LeaveOutcomeUnknown', toolUse: use.toolUse, tool: use.tool })
}

async function useTool(
  run: SessionRun,
  { tool, use, input }: { tool: Tool | undefined; use: ToolUse; input: Json },
): Promise<Session> {
  const result =
    tool === undefined
      ? unknownTool(run, use.tool)
      : await tool.run(input, { key: use.key, signal: run.signal })
  if (result.kind === 'waiting') {
    return record(run, {
      type: 'PauseSession',
      reason: result.reason.slice(0, limits.reasonCharsMax),
      waitsFor: result.waitsFor,
    })
  }
  const { output, isError, findings } = result
  return record(run, {
    type: 'ReturnTool',
    toolUse: use.toolUse,
    isError,
    findings: findings.map(
      (finding) => ({ ...finding, data: { ...finding.data, toolUse: use.toolUse } }) as ToolFinding,
    ),
    ...fitting(output),
  })
}

/** Looked up by own name only: a tool called `constructor` is just an unknown one. */
function toolNamed(run: SessionRun, name: string): Tool | undefined {
  return run.tools.find((tool) => tool.name === name)
}

function unknownTool(run: SessionRun, name: string): ToolResult {
  const known = run.tools.map((tool) => tool.name).join(', ') || 'none'
  return failed(`There is no tool "${name.slice(0, 100)}" here. The tools of this session: ${known}.`)
}

/** Larger output is cut, with its whole length and digest on record. */
function fitting(output: string): {
  output: string
  digest: Digest
  cutFrom?: { chars: number; digest: Digest }
} {
  const whole = output.toWellFormed()
  if (whole.length <= limits.toolOutputCharsMax) return { output: whole, digest: digestText(whole) }
  const cut = whole.slice(0, limits.toolOutputCharsMax).toWellFormed()
  return { output: cut, digest: digestText(cut), cutFrom: { chars: whole.length, digest: digestText(whole) } }
}
