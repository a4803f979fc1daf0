import type { Json } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import { plainJson } from './plain-json.ts'
import type { ModelBlock } from './port.ts'

/** An event of a stream, trusted in nothing but having a type. */
export interface StreamEvent {
  readonly type: string
  readonly [field: string]: unknown
}

/** What a server sent is no message: an event that makes no sense where it stands. */
export class MalformedStream extends Error {}

/** The answer does not fit into an event of the log. */
export class AnswerTooLarge extends Error {}

interface BlockDraft {
  /** As it began, with the texts that came since. */
  readonly fields: Record<string, unknown>
  /** A tool's input as it arrived, character by character; null for other blocks. */
  json: string | null
}

/**
 * A message while it arrives. The SDK's own accumulator parses what there is of a tool's input and fails on a
 * server that sends no usage; a record needs the characters that came, and what came before a cut.
 */
export class MessageDraft {
  model: string | undefined
  stopReason: string | null = null
  /** Counters as the server gave them, the latest of each: they are totals, never added. */
  usage: Record<string, unknown> | null = null
  /** Whether `message_stop` came: without it the answer is not whole. */
  whole = false
  readonly #blocks: BlockDraft[] = []
  #stopDetails: unknown = null
  #began = false
  #bytes = 0

  /** Takes the next event in and gives the text it brought, if any. Events and deltas of unknown types are skipped. */
  take(event: StreamEvent): string {
    switch (event.type) {
      case 'message_start':
        this.#start(event)
        return ''
      case 'content_block_start':
        this.#startBlock(event)
        return ''
      case 'content_block_delta':
        return this.#grow(event)
      case 'message_delta':
        this.#end(event)
        return ''
      case 'message_stop':
        this.whole = true
        return ''
      default:
        return ''
    }
  }

  /** The blocks as they go on record. What JSON of a tool's input is broken or cut off stays a string. */
  content(): ModelBlock[] {
    const cutOff = this.stopReason === 'max_tokens' || this.stopReason === 'model_context_window_exceeded'
    const blocks = this.#blocks.map((draft, index) => {
      const mayBeCut = (cutOff || !this.whole) && index === this.#blocks.length - 1
      return finished(draft, mayBeCut)
    })
    const details = plainJson(this.#stopDetails, limits.nestingMax)
    if (typeof details !== 'object' || details === null || Array.isArray(details)) return blocks
    const { type: of = null, ...rest } = details
    return [...blocks, { ...rest, of, type: 'stop_details' }]
  }

  #start(event: StreamEvent): void {
    const message = fieldsOf(event.message)
    if (this.#began) throw new MalformedStream('a second message_start came before message_stop')
    this.#began = true
    if (typeof message.model === 'string') this.model = message.model.toWellFormed().slice(0, 200)
    this.#count(message.usage)
    for (const block of Array.isArray(message.content) ? message.content : []) this.#add(block)
  }

  #startBlock(event: StreamEvent): void {
    if (!this.#began) throw new MalformedStream('content came before message_start')
    if (event.index !== this.#blocks.length)
      throw new MalformedStream(`block ${String(event.index)} began where ${this.#blocks.length} was due`)
    this.#add(event.content_block)
  }

  #add(block: unknown): void {
    const fields = { ...fieldsOf(block) }
    if (typeof fields.type !== 'string') throw new MalformedStream('a block has no type')
    if (this.#blocks.length >= limits.answerBlocksMax)
      throw new AnswerTooLarge(`more than ${limits.answerBlocksMax} blocks`)
    this.#weigh(fields)
    const isCall = fields.type === 'tool_use' || fields.type === 'server_tool_use'
    this.#blocks.push({ fields, json: isCall ? '' : null })
  }

  #grow(event: StreamEvent): string {
    const draft = this.#blocks[Number(event.index)]
    if (draft === undefined) throw new MalformedStream(`block ${String(event.index)} grew before it began`)
    const delta = fieldsOf(event.delta)
    this.#weigh(delta.text ?? delta.partial_json ?? delta.thinking ?? delta.signature ?? delta.citation ?? '')
    switch (delta.type) {
      case 'text_delta':
        append(draft.fields, 'text', delta.text)
        return typeof delta.text === 'string' ? delta.text : ''
      case 'thinking_delta':
        append(draft.fields, 'thinking', delta.thinking)
        return ''
      case 'signature_delta':
        draft.fields.signature = delta.signature
        return ''
      case 'citations_delta':
        draft.fields.citations = [...listOf(draft.fields.citations), delta.citation]
        return ''
      case 'input_json_delta':
        draft.json = (draft.json ?? '') + (typeof delta.partial_json === 'string' ? delta.partial_json : '')
        return ''
      default:
        return ''
    }
  }

  #end(event: StreamEvent): void {
    const delta = fieldsOf(event.delta)
    if (typeof delta.stop_reason === 'string')
      this.stopReason = delta.stop_reason.toWellFormed().slice(0, 100)
    if (delta.stop_details != null) {
      this.#weigh(delta.stop_details)
      this.#stopDetails = delta.stop_details
    }
    this.#count(event.usage)
  }

  #count(usage: unknown): void {
    const said = Object.entries(fieldsOf(usage)).filter(([, value]) => value != null)
    if (said.length > 0) this.usage = { ...this.usage, ...Object.fromEntries(said) }
  }

  #weigh(part: unknown): void {
    this.#bytes += Buffer.byteLength(JSON.stringify(part))
    if (this.#bytes > limits.answerBytesMax)
      throw new AnswerTooLarge(`more than ${limits.answerBytesMax} bytes`)
  }
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function append(fields: Record<string, unknown>, name: string, more: unknown): void {
  const before = fields[name]
  fields[name] = (typeof before === 'string' ? before : '') + (typeof more === 'string' ? more : '')
}

function finished({ fields, json }: BlockDraft, mayBeCut: boolean): ModelBlock {
  const { citations, ...rest } = fields
  const kept = citations == null ? rest : { ...rest, citations }
  const block = json === null ? kept : { ...kept, input: inputOf(json, { given: kept.input, mayBeCut }) }
  const plain = plainJson(block, limits.nestingMax + 1)
  if (plain === undefined) throw new MalformedStream(`a ${String(fields.type)} block holds what is not JSON`)
  return plain as unknown as ModelBlock
}

/** No character of input means no parameters, unless the answer was cut off right there. */
function inputOf(json: string, { given, mayBeCut }: { given: unknown; mayBeCut: boolean }): Json {
  if (json === '') return mayBeCut ? '' : (plainJson(given ?? {}, limits.nestingMax) ?? {})
  try {
    return plainJson(JSON.parse(json), limits.nestingMax) ?? json.toWellFormed()
  } catch {
    return json.toWellFormed()
  }
}
