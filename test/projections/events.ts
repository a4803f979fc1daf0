import type { Actor, EventMeta, RecordedEvent } from '../../src/kernel/event.ts'
import { position } from '../../src/kernel/event.ts'
import { events as catalogue } from '../../src/runtime/catalogue.ts'

export const agent = (id: string): Actor => ({ kind: 'agent', id })
export const person: Actor = { kind: 'person', id: 'the-owner' }
export const worker: Actor = { kind: 'worker', id: 'worker-1' }

type Meta = Partial<Omit<EventMeta, 'recordedAt'>>

const start = Date.UTC(2026, 2, 1, 9, 30)
const minuteMs = 60_000

/**
 * Writes a log by hand: ids, revisions, positions and times follow from the order, so the same calls give the
 * same events. Data is checked against the catalogue, so a test cannot tell a story that no log could hold.
 */
export class Recorder {
  readonly events: RecordedEvent[] = []
  readonly #revisions = new Map<string, number>()
  readonly #meta: Meta

  /** `meta` goes into every event: a correlation, say, or `rehearsal: true`. */
  constructor(meta: Meta = {}) {
    this.#meta = meta
  }

  /** Appends one event and gives it back. */
  add(stream: string, type: string, data: unknown, meta: Meta = {}): RecordedEvent {
    const definition = catalogue.get(type)
    const checked = definition === undefined ? data : definition.schema.parse(data)
    const place = this.events.length + 1
    const revision = (this.#revisions.get(stream) ?? -1) + 1
    this.#revisions.set(stream, revision)
    const event: RecordedEvent = {
      id: eventId(place),
      type,
      version: definition?.version ?? 1,
      stream,
      revision,
      position: position(place),
      data: checked,
      meta: {
        actor: worker,
        ...this.#meta,
        ...meta,
        recordedAt: new Date(start + place * minuteMs).toISOString(),
      },
    }
    this.events.push(event)
    return event
  }
}

/** The id of the `place`-th event, from 1. */
export function eventId(place: number): string {
  return `01950000-0000-7000-8000-${place.toString(16).padStart(12, '0')}`
}

export const digest = `sha256:${'0'.repeat(64)}`

/** An agent file's facts, with what a test does not care about filled in. */
export function definition(name: string, given: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name,
    description: `Use this agent for the work of a ${name}. It knows how.`,
    tools: null,
    model: null,
    color: null,
    examples: [],
    prompt: `You are the ${name}.`,
    claims: [],
    template: null,
    worksWith: [],
    requirements: [],
    summaryFields: [],
    recovered: false,
    extra: {},
    ...given,
  }
}

export function registered(name: string, given: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name,
    file: `---\nname: ${name}\n---\nYou are the ${name}.\n`,
    digest,
    source: `${name}.md`,
    definition: definition(name, given),
    diagnostics: [],
  }
}

/** A section as an edit opens it: heading line first, as exact text. */
export function opened(section: string, owner: string | null, text: string): Record<string, unknown> {
  const heading = /^## (.*)/u.exec(text)?.[1] ?? ''
  return { kind: 'opened', section, heading, owner, separator: '', text, after: null }
}

export function written(section: string, text: string): Record<string, unknown> {
  return { kind: 'written', section, text, separator: '' }
}

export function edited(document: string, changes: unknown[], session?: string): Record<string, unknown> {
  return { document, changes, via: session === undefined ? 'cli' : 'tool', ...(session && { session }) }
}

export function started(name: string, task: string, given: Record<string, unknown> = {}) {
  return {
    agent: name,
    agentEvent: eventId(1),
    task,
    memoryAsOf: null,
    model: 'claude-sonnet-4-5',
    parameters: {},
    runner: 'claude',
    limits: {},
    ...given,
  }
}

export function summary(fields: Record<string, string>, missing: string[] = []) {
  const list = Object.entries(fields).map(([label, text]) => ({ label, text }))
  return { fields: list, missing, raw: list.map(({ label, text }) => `**${label}**: ${text}`).join('\n') }
}

export function answered(call: string, text: string, given: Record<string, unknown> = {}) {
  return {
    call,
    content: [{ type: 'text', text }],
    stopReason: 'end_turn',
    usage: { inputTokens: 1200, outputTokens: 300, cacheWriteTokens: 0, cacheReadTokens: 800 },
    costUsd: 0.0123,
    ...given,
  }
}

export function called(call: string, turn: number, text?: string) {
  const appended = text === undefined ? [] : [{ role: 'user', text }]
  return { call, turn, attempt: 1, requestDigest: digest, appended }
}
