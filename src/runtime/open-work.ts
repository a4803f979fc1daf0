import { handoffDecider } from '../handoffs/decider.ts'
import { type HandoffEvent, handoffEvents } from '../handoffs/events.ts'
import { fold } from '../kernel/decider.ts'
import { type Position, type RecordedEvent, streamCategory, streamId } from '../kernel/event.ts'
import { isEventOf } from '../kernel/event-schema.ts'
import { limits } from '../kernel/limits.ts'
import { workflowDecider } from '../workflows/decider.ts'
import { Changes } from './changes.ts'
import { IdList } from './id-list.ts'
import type { Folding } from './log-reading.ts'
import { evolveBrief, newBrief } from './session-brief.ts'
import type { Keepable, Recall } from './snapshots.ts'
import { isFolded, mayMove, newWork, read, type WorkflowWork, written } from './workflow-work.ts'

/** Keys of what is kept: the open workflows' ids, all ids, each workflow, and whose a handoff or session is. */
const openKey = 'work/open'
const workflowKey = (id: string) => `work/workflow/${id}`
const handoffKey = (id: string) => `work/handoff/${id}`
const sessionKey = (id: string) => `work/session/${id}`

/**
 * Everything about workflows that is needed to move them on, folded from the log: the same in every process
 * that has read as far. What is open is at hand; what is over may be recalled from a snapshot.
 */
export class OpenWork implements Folding, Keepable {
  readonly #refresh: () => Promise<void>
  readonly #workflows = new Map<string, WorkflowWork>()
  readonly #open = new Set<string>()
  readonly #ids = new IdList('work/ids')
  readonly #workflowOfHandoff = new Map<string, string>()
  readonly #workflowOfSession = new Map<string, string>()
  readonly #changes = new Changes()
  #recall: Recall = () => undefined

  /** @param refresh folds what was appended since, into this and all that is as of the same position. */
  constructor(refresh: () => Promise<void>) {
    this.#refresh = refresh
  }

  refresh(): Promise<void> {
    return this.#refresh()
  }

  /** Every workflow that ever was, the first first. */
  *workflows(): IterableIterator<WorkflowWork> {
    for (const id of this.#ids.all()) {
      const work = this.workflow(id)
      if (work !== null) yield work
    }
  }

  /** Those that may have to be moved on: they run, are paused, or have handoffs to clear away. */
  *open(): IterableIterator<WorkflowWork> {
    for (const id of this.#open) {
      const work = this.workflow(id)
      if (work !== null) yield work
    }
  }

  workflow(id: string): WorkflowWork | null {
    const known = this.#workflows.get(id) ?? this.#recalled(id)
    if (known !== null && this.#workflows.size < limits.workflowsCachedMax) this.#hold(known)
    return known
  }

  workflowOfHandoff(handoff: string): WorkflowWork | null {
    const id = this.#workflowOfHandoff.get(handoff) ?? this.#recalledId(handoffKey(handoff))
    return id === undefined ? null : this.workflow(id)
  }

  workflowOfSession(session: string): WorkflowWork | null {
    const id = this.#workflowOfSession.get(session) ?? this.#recalledId(sessionKey(session))
    return id === undefined ? null : this.workflow(id)
  }

  evolve(event: RecordedEvent): void {
    const id = streamId(event.stream)
    switch (streamCategory(event.stream)) {
      case 'workflow':
        this.#evolveWorkflow(id, event)
        break
      case 'handoff':
        this.#evolveHandoff(id, event)
        break
      case 'session':
        this.#evolveSession(id, event)
        break
    }
  }

  restore(recall: Recall): void {
    this.forget()
    this.#recall = recall
    this.#ids.restore(recall)
    for (const id of JSON.parse(recall(openKey) ?? '[]') as string[]) {
      this.#open.add(id)
      const work = this.#recalled(id)
      if (work !== null) this.#hold(work)
    }
  }

  changed(after: Position | null): ReadonlyMap<string, string> {
    const json = (key: string): string => {
      if (key === openKey) return JSON.stringify([...this.#open])
      if (this.#ids.holds(key)) return this.#ids.json(key)
      const [, kind, id] = /^work\/(\w+)\/(.*)$/su.exec(key) ?? []
      if (kind === 'handoff') return JSON.stringify(this.#workflowOfHandoff.get(id!))
      if (kind === 'session') return JSON.stringify(this.#workflowOfSession.get(id!))
      return written(this.#workflows.get(id!)!)
    }
    return new Map(this.#changes.after(after).map((key) => [key, json(key)]))
  }

  kept(upTo: Position, recall: Recall): void {
    this.#recall = recall
    this.#changes.settle(upTo)
    for (const [id, work] of this.#workflows) {
      if (this.#workflows.size <= limits.workflowsCachedMax) break
      if (this.#open.has(id) || (work.touched ?? '') > upTo) continue
      this.#workflows.delete(id)
      for (const handoff of work.handoffs.keys()) this.#workflowOfHandoff.delete(handoff)
      for (const session of work.sessions.keys()) this.#workflowOfSession.delete(session)
    }
  }

  forget(): void {
    for (const map of [this.#workflows, this.#open, this.#workflowOfHandoff, this.#workflowOfSession])
      map.clear()
    this.#changes.clear()
    this.#ids.forget()
    this.#recall = () => undefined
  }

  #evolveWorkflow(id: string, event: RecordedEvent): void {
    const work = this.#work(id, event)
    if (isFolded(work, event)) return
    work.workflow = fold(workflowDecider, [event], work.workflow)
    if (event.meta.rehearsal === true) work.rehearsal = true
    this.#count(work, event)
  }

  #evolveHandoff(id: string, event: RecordedEvent): void {
    if (!isEventOf(handoffEvents, event)) return
    const known = event as unknown as HandoffEvent
    if (known.type === 'HandoffRequested') {
      this.#workflowOfHandoff.set(id, known.data.workflow)
      this.#changes.note(handoffKey(id), event.position)
    }
    const workflow = this.#workflowOfHandoff.get(id) ?? this.#recalledId(handoffKey(id))
    if (workflow === undefined) return
    const work = this.#work(workflow, event)
    if (isFolded(work, event)) return
    work.handoffs.set(id, fold(handoffDecider, [event], work.handoffs.get(id)))
    this.#count(work, event)
  }

  #evolveSession(id: string, event: RecordedEvent): void {
    const known = this.#workflowOfSession.get(id) ?? this.#recalledId(sessionKey(id))
    const workflow = known ?? event.meta.correlation
    if (workflow === undefined) return
    if (known === undefined) {
      this.#workflowOfSession.set(id, workflow)
      this.#changes.note(sessionKey(id), event.position)
    }
    const work = this.#work(workflow, event)
    if (isFolded(work, event)) return
    work.sessions.set(id, evolveBrief(work.sessions.get(id) ?? newBrief(id), event))
    this.#count(work, event)
  }

  #count(work: WorkflowWork, event: RecordedEvent): void {
    work.events += 1
    work.touched = event.position
    this.#changes.note(workflowKey(work.id), event.position)
    const isOpen = mayMove(work)
    if (isOpen === this.#open.has(work.id)) return
    if (isOpen) this.#open.add(work.id)
    else this.#open.delete(work.id)
    this.#changes.note(openKey, event.position)
  }

  /** The workflow of an event: at hand, recalled, or new. */
  #work(id: string, event: RecordedEvent): WorkflowWork {
    const known = this.#workflows.get(id) ?? this.#recalled(id)
    const work = known ?? newWork(id)
    this.#hold(work)
    // A workflow that another process kept may be new to the list here all the same.
    if (known === null || isFolded(work, event))
      for (const key of this.#ids.add(id)) this.#changes.note(key, event.position)
    return work
  }

  #hold(work: WorkflowWork): void {
    if (this.#workflows.get(work.id) === work) return
    this.#workflows.set(work.id, work)
    for (const handoff of work.handoffs.keys()) this.#workflowOfHandoff.set(handoff, work.id)
    for (const session of work.sessions.keys()) this.#workflowOfSession.set(session, work.id)
  }

  #recalledId(key: string): string | undefined {
    const json = this.#recall(key)
    return json === undefined ? undefined : (JSON.parse(json) as string)
  }

  #recalled(id: string): WorkflowWork | null {
    const json = this.#recall(workflowKey(id))
    return json === undefined ? null : read(json)
  }
}
