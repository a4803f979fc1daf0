import type { Message } from './conversation.ts'
import type { SessionEvent } from './events.ts'
import type { Session } from './session.ts'

type Trim = Extract<SessionEvent, { type: 'ContextTrimmed' }>['data']
type Conversation = Pick<Session, 'messages' | 'messageTurns'>

/** Where a conversation that outgrew the window is cut. */
export interface Cut {
  readonly keptFrom: number
  readonly left: readonly Message[]
  readonly turns: { readonly from: number; readonly to: number }
}

/**
 * Leaves out the oldest exchanges after the task, so that at most half of the characters stay. What is kept begins
 * with an answer of the model: calls and their results stay together. null: there is nothing to leave out.
 */
export function planCut({ messages, messageTurns }: Conversation): Cut | null {
  const sizes = messages.map(({ content }) => JSON.stringify(content).length)
  const half = sizes.slice(1).reduce((sum, size) => sum + size, 0) / 2
  let keptFrom: number | null = null
  let left = 0
  for (let at = 2; at < messages.length; at += 1) {
    left += sizes[at - 1] ?? 0
    if (messages[at]?.role !== 'assistant') continue
    keptFrom = at
    if (left >= half) break
  }
  if (keptFrom === null) return null
  const turns = messageTurns.slice(1, keptFrom)
  return {
    keptFrom,
    left: messages.slice(1, keptFrom),
    turns: { from: turns[0] ?? 1, to: turns.at(-1) ?? 1 },
  }
}

/** What the model is told in place of what is left out. */
export function noteOf({ turns }: Cut, { turns: all }: Pick<Session, 'turns'>): string {
  return `<left_out>\nThis conversation outgrew the context window. What was said until turn ${turns.to} of ${all} is left out here. What you recorded in the memory is still there: read it again where you need it.\n</left_out>`
}

/** The conversation that later requests begin with. Trims without a note only let the oldest messages go. */
export function afterTrim(
  { messages, messageTurns, opening }: Conversation & Pick<Session, 'opening'>,
  { keptFrom, note }: Pick<Trim, 'keptFrom' | 'note'>,
): Conversation {
  const kept = { messages: messages.slice(keptFrom), messageTurns: messageTurns.slice(keptFrom) }
  if (note === undefined || opening === null) return kept
  const told: Message = { ...opening, content: `${String(opening.content)}\n\n${note}` }
  return {
    messages: [told, ...kept.messages],
    messageTurns: [messageTurns[0] ?? 1, ...kept.messageTurns],
  }
}

/** A call that did not fit is given up: what it added is said again by the next one. */
export function withoutPending(session: Session): Session {
  const { pending } = session
  if (pending === null) return session
  const { messages, reminders } = pending.added
  const before = <T>(all: readonly T[], count: number): readonly T[] => all.slice(0, all.length - count)
  return {
    ...session,
    messages: before(session.messages, messages),
    messageTurns: before(session.messageTurns, messages),
    reminders: before(session.reminders, reminders),
    pending: null,
  }
}
