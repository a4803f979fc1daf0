import { cut } from '../kernel/cut.ts'
import { limits } from '../kernel/limits.ts'
import { MalformedStream, type MessageDraft } from './claude-message.ts'
import type { ModelBlock } from './port.ts'

/** What had arrived of an answer, for the record: the first blocks, the last of them shortened to the limit. */
export function partialAnswer(draft: MessageDraft): ModelBlock[] {
  let left: number = limits.partialAnswerCharsMax
  const kept: ModelBlock[] = []
  for (const block of contentOf(draft).slice(0, limits.partialBlocksMax)) {
    if (left <= 0) break
    const fitting = shortened(block, left)
    left -= JSON.stringify(fitting).length
    kept.push(fitting)
  }
  return kept
}

function contentOf(draft: MessageDraft): ModelBlock[] {
  try {
    return draft.content()
  } catch (error) {
    if (error instanceof MalformedStream) return []
    throw error
  }
}

/** The block, or its first characters where it is a text; nothing but the names of other blocks that do not fit. */
function shortened(block: ModelBlock, charsMax: number): ModelBlock {
  if (JSON.stringify(block).length <= charsMax) return block
  const { type, id, name, text, thinking, input } = block
  if (typeof text === 'string') return { type, text: cut(text, charsMax) }
  if (typeof thinking === 'string') return { type, thinking: cut(thinking, charsMax) }
  if (input === undefined) return { type }
  return { type, id, name, input: cut(typeof input === 'string' ? input : JSON.stringify(input), charsMax) }
}
