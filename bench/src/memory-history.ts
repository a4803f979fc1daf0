import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { v7 } from 'uuid'
import type { NewEvent } from '../../src/kernel/event.ts'
import { type Document, emptyDocument, evolveDocument, renderDocument } from '../../src/memory/document.ts'
import type { MemoryChange, RecordedMemoryEvent } from '../../src/memory/events.ts'
import type { EventStore } from '../../src/store/port.ts'

/** One edit of the history, as both the log and git get it. */
export interface Edit {
  readonly event: NewEvent
  readonly text: string
}

const startMs = Date.UTC(2025, 0, 1)
const minuteMs = 60_000

/** The same numbers for the same seed. */
export function random(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/**
 * Edits of one document: sections of equal length are written again and again, each time with one line replaced
 * and sometimes one put in or taken out.
 */
export function* edits(shape: {
  edits: number
  sections: number
  lines: number
  seed: number
}): Generator<Edit> {
  const pick = random(shape.seed)
  const texts = Array.from({ length: shape.sections }, (_, section) =>
    Array.from({ length: Math.floor(shape.lines / shape.sections) - 2 }, (_, line) =>
      sentence(section, line),
    ),
  )
  const textOf = (section: number) => `## Area ${section}\n\n${texts[section]!.join('')}`
  const whole = () => texts.map((_, section) => textOf(section)).join('')
  const sections = texts.map((_, section) => ({
    section: `s${section}`,
    heading: `Area ${section}`,
    owner: `agent-${section}`,
    separator: '',
    text: textOf(section),
  }))
  const imported = { document: 'insights', preamble: '', sections, eol: '\n' }
  yield { event: eventOf(0, 'DocumentImported', imported), text: whole() }
  for (let edit = 1; edit < shape.edits; edit += 1) {
    const section = pick(shape.sections)
    const lines = texts[section]!
    lines[pick(lines.length)] = sentence(section, edit)
    const turn = pick(20)
    if (turn === 0) lines.splice(pick(lines.length), 0, sentence(section, edit))
    if (turn === 1 && lines.length > 2) lines.splice(pick(lines.length), 1)
    const change: MemoryChange = {
      kind: 'written',
      section: `s${section}`,
      text: textOf(section),
      separator: '',
    }
    const data = { document: 'insights', changes: [change], via: 'tool', session: `session-${edit % 997}` }
    yield { event: eventOf(edit, 'DocumentEdited', data), text: whole() }
  }
}

function sentence(section: number, mark: number): string {
  return `- Decision ${mark} of area ${section}: keep it small, because ${(mark * 7919) % 1009} of the users asked\n`
}

function eventOf(edit: number, type: string, data: unknown): NewEvent {
  const recordedAt = new Date(startMs + edit * minuteMs).toISOString()
  const actor = { kind: 'agent' as const, id: `agent-${edit % 40}` }
  return { id: v7({ msecs: startMs + edit * minuteMs }), type, version: 1, data, meta: { actor, recordedAt } }
}

/** Appends the whole history to `store` and gives it to git in the same order. */
export async function build(history: Iterable<Edit>, { store, git }: { store: EventStore; git: Repository }) {
  let batch: NewEvent[] = []
  let revision = -1
  const flush = async () => {
    if (batch.length === 0) return
    const expected = revision < 0 ? 'no_stream' : revision
    revision = (await store.append('memory-insights', batch, { expected })).revision
    batch = []
  }
  let bytes = 0
  for (const { event, text } of history) {
    batch.push(event)
    bytes += JSON.stringify(event.data).length + 300
    await git.commit(text)
    if (batch.length < 400 && bytes < 700_000) continue
    await flush()
    bytes = 0
  }
  await flush()
  await git.end()
}

/** A git repository that gets one file's history through `git fast-import`. */
export class Repository {
  readonly folder: string
  readonly #importing: ChildProcessByStdio<Writable, null, null>
  #commits = 0

  static async begin(folder: string): Promise<Repository> {
    await run('git', ['init', '-q', '-b', 'main', folder])
    return new Repository(folder)
  }

  private constructor(folder: string) {
    this.folder = folder
    this.#importing = spawn('git', ['-C', folder, 'fast-import', '--quiet'], {
      stdio: ['pipe', 'inherit', 'inherit'],
    })
  }

  /** Mark 1 is the first commit; `revision` 0 is `refs/bench/0`. */
  async commit(text: string): Promise<void> {
    const at = startMs / 1000 + this.#commits * 60
    this.#commits += 1
    const data = Buffer.from(text)
    const head = `commit refs/heads/main\nmark :${this.#commits}\ncommitter agent <agent@bench> ${at} +0000\ndata 1\nx\nM 644 inline insights.md\ndata ${data.length}\n`
    const flushed = this.#importing.stdin.write(Buffer.concat([Buffer.from(head), data, Buffer.from('\n')]))
    if (!flushed) await once(this.#importing.stdin, 'drain')
  }

  /** Ends the import; packs as git itself would in the long run. */
  async end(): Promise<void> {
    this.#importing.stdin.end()
    const [code] = (await once(this.#importing, 'close')) as [number]
    if (code !== 0) throw new Error(`git fast-import ended with ${code}`)
    await run('git', ['-C', this.folder, 'reset', '-q', '--hard'])
    await run('git', ['-C', this.folder, 'commit-graph', 'write', '--reachable', '--changed-paths'])
  }

  /** Commit ids, the first one first. */
  async commits(): Promise<string[]> {
    const listed = await run('git', ['-C', this.folder, 'rev-list', '--reverse', 'main'])
    return listed.trim().split('\n')
  }
}

/** A program's output; rejects when it fails. */
export async function run(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  const [code] = (await once(child, 'close')) as [number]
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}`)
  return Buffer.concat(chunks).toString('utf8')
}

/** The document that the first `count` events of a log give, folded here: what both are checked against. */
export async function folded(store: EventStore, count: number): Promise<string> {
  let state: Document = emptyDocument('insights')
  for await (const event of store.readStream('memory-insights', { limit: count }))
    state = evolveDocument(state, event as unknown as RecordedMemoryEvent)
  return renderDocument(state)
}

export function repositoryIn(folder: string): Promise<Repository> {
  return Repository.begin(join(folder, 'git'))
}
