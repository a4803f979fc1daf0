import { cut } from '../kernel/cut.ts'
import { limits } from '../kernel/limits.ts'
import type { PatternItem } from '../kernel/pattern-items.ts'
import type { AgentDefinition, Diagnostic } from './events.ts'

/** One step that a VS Code agent file offers when it is done (https://code.visualstudio.com/docs, "Custom agents"). */
export interface DeclaredHandoff {
  /** Whom it goes to, as written. */
  readonly agent: string
  /** What its button says. */
  readonly label: string | null
  /** What the other agent is told. */
  readonly prompt: string | null
  /** Whether it is told at once, or a person looks at it first. Routing does not ask. */
  readonly send: boolean
}

export interface DeclaredHandoffs {
  readonly handoffs: readonly DeclaredHandoff[]
  readonly diagnostics: readonly Diagnostic[]
}

/** Reads `handoffs` of the front matter: a list of `{label, agent, prompt, send}`, or of agents' names. Never throws. */
export function declaredHandoffs({ extra }: Pick<AgentDefinition, 'extra'>): DeclaredHandoffs {
  if (extra.handoffs === undefined || extra.handoffs.trim() === '') return { handoffs: [], diagnostics: [] }
  const entries = parsed(extra.handoffs)
  if (!Array.isArray(entries)) return { handoffs: [], diagnostics: [unreadable('"handoffs" is no list')] }
  const read = entries.slice(0, limits.partnersMax).map(handoffIn)
  return {
    handoffs: read.filter((one) => one !== null),
    diagnostics: read.flatMap((one, index) =>
      one === null ? [unreadable(`entry ${index + 1} of "handoffs" names no agent`)] : [],
    ),
  }
}

/** As partners: the label and the prompt say what for. */
export function handoffItems(definition: Pick<AgentDefinition, 'extra'>): PatternItem[] {
  return declaredHandoffs(definition).handoffs.map(({ agent, label, prompt }) => {
    const said = [label, prompt].filter((text) => text !== null).join(': ')
    const note = said === '' ? null : cut(said, limits.noteCharsMax)
    return { raw: cut(agent, limits.noteCharsMax), name: agent, note, doubtful: false }
  })
}

function handoffIn(entry: unknown): DeclaredHandoff | null {
  const said = typeof entry === 'string' ? { agent: entry } : entry
  if (typeof said !== 'object' || said === null) return null
  const { agent, label, prompt, send } = said as Readonly<Record<string, unknown>>
  const name = words(agent)
  return name === null
    ? null
    : { agent: name, label: words(label), prompt: words(prompt), send: send === true }
}

function words(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}

function unreadable(what: string): Diagnostic {
  const message = `${what}; expected a list of "label", "agent" and "prompt". It is passed over.`
  return { code: 'handoffs_unreadable', message }
}
