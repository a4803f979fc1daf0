import type { Json } from '../../kernel/event.ts'
import { limits } from '../../kernel/limits.ts'
import type { Digest } from '../../kernel/words.ts'
import { approvalOf } from '../../sessions/approval.ts'
import type { ToolFinding } from '../../sessions/commands.ts'
import type { ToolUse } from '../../sessions/conversation.ts'
import { type Step, toolUseId } from '../../sessions/next-step.ts'
import type { Session } from '../../sessions/session.ts'
import { failed, type Returned, type Tool } from '../../tools/port.ts'
import { contentId, digestText } from '../digest.ts'
import { denial, type Gate, passGate } from './approvals.ts'
import { loadSession, record, type SessionRun } from './session-run.ts'

/** Puts the intent on record, then uses the tool. */
export async function beginTool(
  run: SessionRun,
  { session: before, step }: { session: Session; step: Extract<Step, { kind: 'call_tool' }> },
): Promise<Session> {
  const tool = toolNamed(run, step.tool)
  const toolUse = toolUseId(step.call, step.block)
  const key = contentId(run.id, toolUse, JSON.stringify(step.input))
  const gate =
    tool === undefined ? open : await passGate(run, { session: before, tool, toolUse, input: step.input })
  if (gate.kind === 'waits') return gate.session
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
  if (use === undefined || use.status !== 'called') return session
  return gate.kind === 'denied'
    ? giveBack(run, { use, result: failed(denial(gate.note)) })
    : useTool(run, { tool, use, input: step.input })
}

const open: Gate = { kind: 'open' }

/**
 * A call with an intent and no result: the process died in between, or the tool waits. What may run twice
 * runs again with the same key; what may not is left for a person to decide.
 */
export async function finishTool(
  run: SessionRun,
  { session, use }: { session: Session; use: ToolUse },
): Promise<Session> {
  const tool = toolNamed(run, use.tool)
  const approval = approvalOf(session, use.toolUse)
  if (approval?.status === 'denied') return giveBack(run, { use, result: failed(denial(approval.note)) })
  if (tool?.class === 'probeable') {
    const result = await tool.probe?.(use.input, { key: use.key, signal: run.signal })
    if (result?.kind === 'returned') return giveBack(run, { use, result, tool })
    // Looking took its time: who stood still meanwhile may have lost the session, and must not act on what it saw.
    const now = await loadSession(run)
    if (now.toolUses[use.toolUse]?.status !== 'called') return now
  }
  if (use.class !== 'unsafe') return useTool(run, { tool, use, input: use.input })
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
  return giveBack(run, { use, result, tool })
}

interface Returning {
  readonly use: ToolUse
  readonly result: Returned
  readonly tool?: Tool | undefined
}

/** The result and what was found out go on record together. */
async function giveBack(run: SessionRun, { use, result, tool }: Returning): Promise<Session> {
  const { output, isError, findings } = result
  const session = await record(run, {
    type: 'ReturnTool',
    toolUse: use.toolUse,
    isError,
    epoch: run.lease.epoch,
    findings: findings
      .slice(0, limits.findingsPerCallMax)
      .map((finding) => ({ ...finding, data: { ...finding.data, toolUse: use.toolUse } }) as ToolFinding),
    ...fitting(output),
  })
  await tool?.settled?.(use.key)
  return session
}

/** Looked up by own name only: a tool called `constructor` is just an unknown one. */
function toolNamed(run: SessionRun, name: string): Tool | undefined {
  return run.tools.find((tool) => tool.name === name)
}

function unknownTool(run: SessionRun, name: string) {
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
  let cut = whole.slice(0, limits.toolOutputCharsMax).toWellFormed()
  while (Buffer.byteLength(JSON.stringify(cut)) > limits.toolOutputBytesMax)
    cut = cut.slice(0, cut.length / 2).toWellFormed()
  if (cut === whole) return { output: whole, digest: digestText(whole) }
  return { output: cut, digest: digestText(cut), cutFrom: { chars: whole.length, digest: digestText(whole) } }
}
