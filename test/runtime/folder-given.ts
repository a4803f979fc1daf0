import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { patternsPolicy } from '../../src/handoffs/routing/policy.ts'
import type { Actor, RecordedEvent } from '../../src/kernel/event.ts'
import type { EditDocument } from '../../src/memory/decider.ts'
import { renderDocument } from '../../src/memory/document.ts'
import { events as catalogue } from '../../src/runtime/catalogue.ts'
import { claimsOn } from '../../src/runtime/claims.ts'
import { DocumentFolder } from '../../src/runtime/document-folder.ts'
import { type Project, projectOn } from '../../src/runtime/project.ts'
import * as targets from '../../src/runtime/targets.ts'
import { Codec } from '../../src/store/codec.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import type { EventStore } from '../../src/store/port.ts'
import { agent, eventId, person, registered } from '../projections/events.ts'

export const insights = `# Insights

## Backend
- one
- two
- three

## Design
- blue
- green

## People
- a note
`

const owners = { 'backend-architect': 'Backend', 'ui-designer': 'Design' } as const
type Owner = keyof typeof owners

/** One process with documents as files. Several of them may share a log and a folder. */
export class FolderGiven {
  readonly project: Project
  readonly notices: string[] = []
  readonly root: string
  constructor(root: string, store: EventStore) {
    this.root = root
    this.project = projectOn({
      store,
      clock: { now: () => Date.now() },
      policy: patternsPolicy,
      rendering: (parts) =>
        new DocumentFolder({
          ...parts,
          folder: join(root, 'memory'),
          bases: join(root, 'rendered'),
          onNotice: (notice) => void this.notices.push(notice),
        }),
    })
  }

  get path(): string {
    return join(this.root, 'memory', 'insights.md')
  }

  disk(): Promise<string> {
    return readFile(this.path, 'utf8')
  }

  /** As an editor does that overwrites the file. */
  async save(text: string | ((before: string) => string)): Promise<void> {
    await writeFile(this.path, typeof text === 'string' ? text : text(await this.disk()))
  }

  async log(): Promise<string> {
    return renderDocument(await this.project.streams.load(targets.document('insights')))
  }

  render(): Promise<void> {
    return this.project.rendering.render('insights')
  }

  sync(): Promise<void> {
    return this.project.rendering.sync(['insights'])
  }

  /** Writes a section in the log; with `render` it also comes to the disk. */
  async writes(by: Owner, text: string, fields: Partial<EditDocument> = {}): Promise<void> {
    const actor: Actor = agent(by)
    await this.project.view.refresh()
    const command: EditDocument = {
      type: 'EditDocument',
      document: 'insights',
      edit: { kind: 'section', section: owners[by], text },
      actor,
      claims: claimsOn(this.project.view, 'insights'),
      via: 'tool',
      at: new Date(this.project.clock.now()).toISOString(),
      idBase: this.project.ids.next(),
      ...fields,
    }
    const outcome = await this.project.streams.execute(targets.document('insights'), command, { actor })
    if (outcome.kind === 'rejected') throw new Error(outcome.rejection.message)
  }

  events(): Promise<RecordedEvent[]> {
    return Array.fromAsync(this.project.store.readStream('memory-insights'))
  }

  /** Edits and conflicts after the import: what came in how, and by whom. */
  async edits(): Promise<{ type: string; via: string; by: string; commit?: string }[]> {
    return (await this.events()).slice(1).map(({ type, data, meta }) => {
      const { via, commit } = data as { via: string; commit?: string }
      return { type, via, by: `${meta.actor.kind}:${meta.actor.id}`, ...(commit && { commit }) }
    })
  }

  /** What was rendered stood there for an hour before what comes now. */
  async hourPasses(): Promise<void> {
    const path = join(this.root, 'rendered', 'insights.rendered.json')
    const renderings = JSON.parse(await readFile(path, 'utf8')) as { atMs: number }[]
    for (const rendering of renderings) rendering.atMs -= 3_600_000
    await writeFile(path, JSON.stringify(renderings))
  }

  /** Texts that were kept outside the document. */
  async kept(): Promise<string[]> {
    const folder = join(this.root, 'rendered')
    const names = (await readdir(folder)).filter((name) => name.endsWith('.kept.md'))
    return Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  }
}

export async function memoryStore(): Promise<EventStore> {
  return registering(new MemoryStore({ codec: new Codec(catalogue), clock: { now: () => Date.now() } }))
}

/** Lets the two owners claim their sections. */
export async function registering<Store extends EventStore>(store: Store): Promise<Store> {
  for (const [index, [name, heading]] of Object.entries(owners).entries()) {
    const data = registered(name, { claims: [{ document: 'insights', heading }] })
    const event = {
      id: eventId(index + 1),
      type: 'AgentRegistered',
      version: 1,
      data,
      meta: { actor: person },
    }
    await store.append(`agent-${name}`, [event], { expected: 'no_stream' })
  }
  return store
}

export async function newRoot(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'daybook-folder-'))
  await mkdir(join(root, 'memory'))
  return root
}

/** A process whose log and disk hold the same insights. */
export async function folderGiven(text = insights): Promise<FolderGiven> {
  const root = await newRoot()
  await writeFile(join(root, 'memory', 'insights.md'), text)
  const given = new FolderGiven(root, await memoryStore())
  await given.sync()
  return given
}
