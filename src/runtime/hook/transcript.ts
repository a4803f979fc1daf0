import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { limits } from '../../kernel/limits.ts'

/** A tool that the conversation asked for and that has not answered yet. */
export interface OpenTask {
  readonly toolUse: string
  readonly prompt: string
}

interface Block {
  readonly type?: string
  readonly id?: string
  readonly name?: string
  readonly text?: string
  readonly tool_use_id?: string
  readonly input?: { readonly subagent_type?: string; readonly prompt?: string }
}

interface Entry {
  readonly type?: string
  readonly message?: { readonly content?: string | readonly Block[] }
}

/** What was asked of agents of this type and not answered yet, the first first; as far as the transcript has been written. */
export function openTasks(transcript: string | null, agentType: string): OpenTask[] {
  const blocks = entriesIn(transcript).flatMap(blocksOf)
  const answered = new Set(blocks.flatMap((block) => block.tool_use_id ?? []))
  return blocks.flatMap(({ type, id, input }) => {
    if (type !== 'tool_use' || id === undefined || answered.has(id)) return []
    const { subagent_type: of, prompt } = input ?? {}
    return of === agentType && prompt !== undefined ? [{ toolUse: id, prompt }] : []
  })
}

/** What the assistant of a transcript said last; null when that cannot be read. */
export function lastWords(transcript: string | null): string | null {
  const spoken = entriesIn(transcript).findLast(
    (entry) => entry.type === 'assistant' && blocksOf(entry).some(({ type }) => type === 'text'),
  )
  if (spoken === undefined) return null
  return blocksOf(spoken)
    .flatMap(({ type, text }) => (type === 'text' && text !== undefined ? [text] : []))
    .join('\n')
    .toWellFormed()
}

function blocksOf({ message }: Entry): readonly Block[] {
  const content = message?.content
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  return Array.isArray(content) ? content : []
}

function entriesIn(transcript: string | null): Entry[] {
  if (transcript === null) return []
  return tailOf(transcript)
    .split('\n')
    .flatMap((line) => {
      try {
        const value = JSON.parse(line) as Entry | null
        return typeof value === 'object' && value !== null ? [value] : []
      } catch {
        return []
      }
    })
}

/** Empty for a file that cannot be read: what it would have told is then unknown. */
function tailOf(path: string): string {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    return ''
  }
  try {
    const { size } = fstatSync(file)
    const bytes = Buffer.alloc(Math.min(size, limits.transcriptTailBytes))
    const read = readSync(file, bytes, 0, bytes.length, size - bytes.length)
    return bytes.toString('utf8', 0, read)
  } catch {
    return ''
  } finally {
    closeSync(file)
  }
}
