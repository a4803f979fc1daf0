import { expect } from 'vitest'
import type { SectionTemplate } from '../../src/agents/events.ts'
import { type Actor, position } from '../../src/kernel/event.ts'
import { type MemoryCommand, type MemoryDecision, memoryDecider } from '../../src/memory/decider.ts'
import { type Document, emptyDocument, renderDocument } from '../../src/memory/document.ts'
import type { MemoryEvent, RecordedMemoryEvent } from '../../src/memory/events.ts'
import { memoryEvents } from '../../src/memory/events.ts'
import type { Claim } from '../../src/memory/ownership.ts'

/** Given, when and then for documents: commands run against folded events, events are schema-checked. */

export const claims: Claim[] = [
  { agent: 'backend-architect', heading: 'System Architecture' },
  { agent: 'frontend-developer', heading: 'Frontend Architecture' },
]
export const at = '2025-11-22T10:00:00.000Z'
export const agent = (id: string): Actor => ({ kind: 'agent', id })
export const person: Actor = { kind: 'person', id: 'reader' }

export const datedTemplate: SectionTemplate = {
  subheadings: ['Current Implementations', 'Lessons Learned'],
  lastUpdated: true,
  text: null,
}

export function recorded(event: MemoryEvent, revision: number, actor: Actor = person): RecordedMemoryEvent {
  const schema = memoryEvents[event.type]
  schema.parse(event.data)
  const id = `00000000-0000-7000-8000-${String(revision).padStart(12, '0')}`
  const meta = { actor, recordedAt: at }
  return {
    id,
    version: 1,
    stream: 'memory-insights',
    revision,
    position: position(revision),
    meta,
    ...event,
  } as RecordedMemoryEvent
}

/** Folds new events into a document, as they would come back from the log. */
export function applied(state: Document, events: readonly MemoryEvent[], actor: Actor = person): Document {
  return events.reduce(
    (doc, event) => memoryDecider.evolve(doc, recorded(event, doc.revision + 1, actor)),
    state,
  )
}

/** The document that a file gives. */
export function imported(text: string, claimed: readonly Claim[] = claims): Document {
  const command = {
    type: 'ImportDocument',
    document: 'insights',
    text,
    claims: claimed,
    idBase: 'old',
  } as const
  const decision = memoryDecider.decide(command, emptyDocument('insights'))
  if (decision.kind === 'rejected') throw new Error(decision.rejection.message)
  return applied(emptyDocument('insights'), decision.events)
}

export type EditFields = Partial<Extract<MemoryCommand, { type: 'EditDocument' }>>

export function editOf(actor: Actor, fields: EditFields): MemoryCommand {
  const edit = { kind: 'document', text: '' } as const
  return {
    type: 'EditDocument',
    document: 'insights',
    edit,
    actor,
    claims,
    via: 'file',
    at,
    idBase: 'new',
    ...fields,
  }
}

export const writes = (by: string, section: string, text: string, fields: EditFields = {}): MemoryCommand =>
  editOf(agent(by), { edit: { kind: 'section', section, text }, via: 'tool', ...fields })

export const saves = (by: Actor, text: string, fields: EditFields = {}): MemoryCommand =>
  editOf(by, { edit: { kind: 'document', text }, ...fields })

export function given(state: Document) {
  return {
    when(command: MemoryCommand) {
      const decision = memoryDecider.decide(command, state)
      return { decision, ...claimsOf(state, command, decision) }
    },
  }
}

function claimsOf(state: Document, command: MemoryCommand, decision: MemoryDecision) {
  const actor = 'actor' in command ? command.actor : person
  const after = () => {
    if (decision.kind === 'rejected') throw new Error(`rejected: ${decision.rejection.message}`)
    return applied(state, decision.events, actor)
  }
  return {
    after,
    thenDocument(text: string) {
      expect(renderDocument(after())).toBe(text)
      return this
    },
    thenNothing() {
      expect(decision).toMatchObject({ kind: 'accepted', events: [] })
    },
    thenRefuses(...refusals: object[]) {
      expect(decision.kind === 'accepted' ? decision.refusals : []).toMatchObject(refusals)
      return this
    },
    thenRejects(rejection: object) {
      expect(decision).toMatchObject({ kind: 'rejected', rejection })
      return this
    },
  }
}
