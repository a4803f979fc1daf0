import type { AgentDefinition } from '../../src/agents/events.ts'
import { kebab } from '../../src/kernel/words.ts'
import { memoryDecider } from '../../src/memory/decider.ts'
import { emptyDocument, renderDocument } from '../../src/memory/document.ts'
import type { Message } from '../../src/sessions/conversation.ts'
import { ContentBlock } from '../../src/sessions/events.ts'
import { assemblePrompt, type KnownSection, type PromptInput } from '../../src/sessions/prompt.ts'
import { rehearse } from '../../src/sessions/rehearsal.ts'
import { applied } from '../memory/spec.ts'
import { eventId } from '../projections/events.ts'

/** Plays an agent's rehearsal to its end, through the real prompt, with tools that only answer. */

export const turnsMax = 8

export interface Played {
  readonly turns: number
  /** The inputs of each tool call, in order. */
  readonly written: readonly Record<string, string>[]
  readonly handedOff: readonly Record<string, unknown>[]
  readonly text: string
  readonly stopReason: string
}

export interface Stage extends Partial<PromptInput> {
  readonly tools?: readonly string[]
  /** Requirements that every receiver sends back, so many times. */
  readonly returns?: { readonly missing: readonly string[]; readonly times: number }
}

export function playAgent(definition: AgentDefinition, stage: Stage = {}): Played {
  const { tools = ['memory', 'hand_off'], returns, ...given } = stage
  const { opening } = assemblePrompt({ ...plain, ...given, definition })
  const messages: Message[] = [{ role: 'user', content: opening }]
  const written: Record<string, string>[] = []
  const handedOff: Record<string, unknown>[] = []
  for (let turns = 1; turns <= turnsMax; turns += 1) {
    const answer = rehearse(definition, { messages, tools: tools.map((name) => ({ name })) })
    const content = answer.content.map((block) => ContentBlock.parse(block))
    messages.push({ role: 'assistant', content })
    if (answer.stopReason === 'end_turn') {
      const text = content.map((block) => ('text' in block ? String(block.text) : '')).join('')
      return { turns, written, handedOff, text, stopReason: answer.stopReason }
    }
    const results = content.map((block) => {
      const { name, input, id } = block as { name: string; input: Record<string, string>; id: string }
      if (!tools.includes(name)) throw new Error(`${definition.name} uses ${name}, which it does not have`)
      if (name === 'memory') written.push(input)
      else handedOff.push(input)
      const back = name === 'hand_off' && returns !== undefined && handedOff.length <= returns.times
      const output = back
        ? JSON.stringify({
            status: 'returned',
            need: input.need,
            to: input.to ?? 'tester',
            missing: returns.missing,
          })
        : 'Done.'
      return { type: 'tool_result' as const, tool_use_id: id, content: output }
    })
    messages.push({ role: 'user', content: results })
  }
  throw new Error(`${definition.name} has no end after ${turnsMax} turns`)
}

const plain: Omit<PromptInput, 'definition'> = {
  need: 'A habit tracker that people like.',
  context: '',
  from: 'a person',
  hop: 0,
  depthMax: 8,
  chain: [],
  provides: [],
  missing: [],
  sections: [],
  roster: [],
  date: '2026-03-01',
}

/** What an agent wrote, as the next session is given it. */
export function asSection(definition: AgentDefinition, text: string): KnownSection {
  const { document, heading } = definition.claims[0]!
  return {
    document,
    section: `s-${kebab(heading)}`.slice(0, 90),
    heading,
    owner: definition.name,
    text,
    event: eventId(3),
  }
}

/** The document after the memory's own rules took what an agent wrote; throws what they refuse. */
export function remembered(definition: AgentDefinition, text: string): string {
  const { document, heading } = definition.claims[0]!
  const command = {
    type: 'EditDocument',
    document,
    edit: { kind: 'section', section: heading, text },
    actor: { kind: 'agent', id: definition.name },
    claims: [{ agent: definition.name, heading }],
    template: definition.template,
    via: 'tool',
    at: '2026-03-01T10:00:00.000Z',
    idBase: 'new',
  } as const
  const decision = memoryDecider.decide(command, emptyDocument(document))
  if (decision.kind === 'rejected') throw new Error(decision.rejection.message)
  return renderDocument(applied(emptyDocument(document), decision.events, command.actor))
}
