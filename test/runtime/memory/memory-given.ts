import { patternsPolicy } from '../../../src/handoffs/routing/policy.ts'
import { manualClock } from '../../../src/kernel/clock.ts'
import type { Actor, EventMeta } from '../../../src/kernel/event.ts'
import type { MemoryCommand } from '../../../src/memory/decider.ts'
import { renderDocument } from '../../../src/memory/document.ts'
import type { EditIntent } from '../../../src/memory/edit.ts'
import { events as catalogue } from '../../../src/runtime/catalogue.ts'
import { claimsOn } from '../../../src/runtime/claims.ts'
import { contentId } from '../../../src/runtime/digest.ts'
import { type Project, projectOn } from '../../../src/runtime/project.ts'
import type { ProjectionStore } from '../../../src/runtime/projection-store.ts'
import * as targets from '../../../src/runtime/targets.ts'
import { Codec } from '../../../src/store/codec.ts'
import { MemoryStore } from '../../../src/store/memory.ts'
import { type definition, person, registered } from '../../projections/events.ts'

export const startMs = Date.UTC(2026, 2, 1, 9, 0, 0)

/** A project on a log in memory whose clock moves a minute with every edit. */
export class MemoryGiven {
  readonly clock = manualClock(startMs)
  readonly store = new MemoryStore({ codec: new Codec(catalogue), clock: this.clock })
  readonly project: Project
  #commands = 0

  constructor(views?: ProjectionStore) {
    this.project = this.another(views)
  }

  /** As another process would open it. */
  another(views?: ProjectionStore): Project {
    const { store, clock } = this
    return projectOn({ store, clock, policy: patternsPolicy, ...(views === undefined ? {} : { views }) })
  }

  async agent(name: string, about: Parameters<typeof definition>[1] & object): Promise<void> {
    const known = await this.store.head(`agent-${name}`)
    const type = known.state === 'none' ? 'AgentRegistered' : 'AgentRevised'
    const event = { id: this.project.ids.next(), type, version: 1, data: registered(name, about) }
    await this.store.append(`agent-${name}`, [{ ...event, meta: { actor: person } }], { expected: 'any' })
  }

  async import(text: string, document = 'insights'): Promise<void> {
    await this.project.view.refresh()
    const claims = claimsOn(this.project.view, document)
    await this.execute({ type: 'ImportDocument', document, text, claims, idBase: 'old' }, document)
  }

  /** Gives the position after it. */
  async edit(
    edit: EditIntent,
    { by = person, document = 'insights' }: { by?: Actor; document?: string } = {},
  ): Promise<string> {
    this.clock.advance(60_000)
    await this.project.view.refresh()
    const at = new Date(this.clock.now()).toISOString()
    const idBase = contentId('test', String(this.#commands))
    const claims = claimsOn(this.project.view, document)
    const about = { document, edit, actor: by, claims, via: 'cli' as const, at, idBase }
    await this.execute({ type: 'EditDocument', ...about }, document, { actor: by })
    return String(Number(await this.store.lastPosition()))
  }

  write(section: string, text: string): Promise<string> {
    return this.edit({ kind: 'section', section, text })
  }

  save(text: string): Promise<string> {
    return this.edit({ kind: 'document', text })
  }

  async text(document = 'insights'): Promise<string> {
    return renderDocument(await this.project.streams.load(targets.document(document)))
  }

  async execute(
    command: MemoryCommand,
    document: string,
    meta: EventMeta = { actor: person },
  ): Promise<void> {
    this.#commands += 1
    const outcome = await this.project.streams.execute(targets.document(document), command, meta)
    if (outcome.kind === 'rejected') throw new Error(outcome.rejection.message)
  }
}
