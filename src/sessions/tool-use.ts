import { unreachable } from '../kernel/errors.ts'
import type { Json } from '../kernel/event.ts'
import { type Spoken, type ToolUse, toolCalls } from './conversation.ts'
import type { RecordedSessionEvent } from './events.ts'

type ToolEvent = Extract<
  RecordedSessionEvent,
  { type: 'ToolCalled' | 'ToolReturned' | 'OutcomeUnknown' | 'OutcomeDecided' }
>

/** Never validates: the past has happened. */
export function evolveToolUse(state: Spoken, event: ToolEvent): ToolUse {
  const known = state.toolUses[event.data.toolUse]
  const use: ToolUse = known ?? {
    toolUse: event.data.toolUse,
    blockId: '',
    tool: '',
    input: null,
    key: '',
    class: 'pure',
    status: 'called',
    output: '',
    isError: false,
    decision: null,
  }
  switch (event.type) {
    case 'ToolCalled': {
      const blocks = state.answer === null ? [] : toolCalls(state.answer.content)
      const blockId = blocks.find((block) => block.block === event.data.block)?.id ?? ''
      const { tool, key, class: declared } = event.data
      const input = event.data.input as Json
      return { ...use, blockId, tool, key, input, class: declared, status: 'called', decision: null }
    }
    case 'ToolReturned':
      return { ...use, status: 'returned', output: event.data.output, isError: event.data.isError }
    case 'OutcomeUnknown':
      return { ...use, status: 'unknown' }
    case 'OutcomeDecided':
      return decided(use, event.data.decision)
    default:
      return unreachable(event)
  }
}

function decided(use: ToolUse, decision: 'retry' | 'skip' | 'fail'): ToolUse {
  if (decision === 'retry') return { ...use, decision, status: 'retry' }
  const output =
    decision === 'skip'
      ? 'It is not known whether this call took effect. A person decided to go on without it.'
      : 'It is not known whether this call took effect. A person decided to treat it as failed.'
  return { ...use, decision, status: 'returned', output, isError: decision === 'fail' }
}
