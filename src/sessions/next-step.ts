import type { Json } from '../kernel/event.ts'
import type { CallId } from '../kernel/words.ts'
import { type ToolUse, toolCalls } from './conversation.ts'
import type { AppendedMessage } from './events.ts'
import { isEnded, type PendingCall, type Session } from './session.ts'

/** What a session does next, from its stream alone: the same after a crash as before it. */
export type Step =
  /** The context and the first request, in one append. */
  | { readonly kind: 'open_conversation' }
  /** A call whose answer is not on record: made again, as its next attempt. */
  | { readonly kind: 'repeat_call'; readonly pending: PendingCall }
  | { readonly kind: 'call_model'; readonly appended: readonly AppendedMessage[] }
  | {
      readonly kind: 'call_tool'
      readonly call: CallId
      readonly block: number
      readonly tool: string
      readonly input: Json
    }
  /** Its intent is on record and its result is not. */
  | { readonly kind: 'finish_tool'; readonly use: ToolUse }
  | { readonly kind: 'wait' }
  /** The model has ended its turn: summary, needs, end. */
  | { readonly kind: 'finish'; readonly stopReason: string }
  | { readonly kind: 'ended' }

/** Tool calls of an answer are known by the call and the index of their block. */
export function toolUseId(call: CallId, block: number): CallId {
  return `${call}/${block}`
}

export function nextStep(state: Session): Step {
  if (isEnded(state)) return { kind: 'ended' }
  if (state.status === 'paused') return { kind: 'wait' }
  if (state.pending !== null) return { kind: 'repeat_call', pending: state.pending }
  if (state.context === null || state.answer === null) return { kind: 'open_conversation' }
  const { call, content, stopReason } = state.answer
  // A refusal cuts the answer off: what stands in it by then is not meant to be carried out.
  const calls = stopReason === 'refusal' ? [] : toolCalls(content)
  if (calls.length === 0) return afterText(call, stopReason)
  for (const { block, name, input } of calls) {
    const use = state.toolUses[toolUseId(call, block)]
    if (use === undefined || use.status === 'retry')
      return { kind: 'call_tool', call, block, tool: name, input }
    if (use.status === 'called') return { kind: 'finish_tool', use }
    if (use.status === 'unknown') return { kind: 'wait' }
  }
  const results = calls.map(({ block }) => toolUseId(call, block))
  return {
    kind: 'call_model',
    appended: [
      { role: 'assistant', answer: call },
      { role: 'tools', results },
    ],
  }
}

function afterText(call: CallId, stopReason: string): Step {
  if (stopReason === 'pause_turn')
    return { kind: 'call_model', appended: [{ role: 'assistant', answer: call }] }
  return { kind: 'finish', stopReason }
}

/** What a request appends when Daybook itself has something to say after an answer without tool calls. */
export function reply(call: CallId, text: string): AppendedMessage[] {
  return [
    { role: 'assistant', answer: call },
    { role: 'user', text },
  ]
}
