import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiDaybook } from '../../src/api/context.ts'
import { DaybookError } from '../../src/kernel/errors.ts'
import type { RecordedEvent } from '../../src/kernel/event.ts'
import { type Document, findSection, renderDocument } from '../../src/memory/document.ts'
import { type Daybook, openDaybook } from '../../src/runtime/daybook.ts'
import { followDocuments } from '../../src/runtime/follow-documents.ts'
import { resolveSettings } from '../../src/runtime/settings.ts'
import * as targets from '../../src/runtime/targets.ts'
import { writeSection } from '../../src/runtime/write-section.ts'
import { mulberry32 } from '../memory/generated-texts.ts'
import { agent, person, registered } from '../projections/events.ts'
import { type Figures, type Soak, type SoakOptions, share } from './campaign.ts'

/**
 * Agents that write at once into their sections of one document, each a line after the other, and now and then
 * into a foreign one, while a person edits the file on disk. Two processes render it. No line may be lost.
 */
export interface PeopleRun {
  readonly seed: number
  readonly agents: number
  readonly writes: number
  readonly report: (line: string) => void
}

const document = 'insights'
const foreignEvery = 10
const processes = 2
const toldEvery = 500

export async function run({ seed, agents, writes, report }: PeopleRun): Promise<Figures> {
  const root = await mkdtemp(join(tmpdir(), 'daybook-people-'))
  const stop = new AbortController()
  const over = new AbortController()
  let tending: Promise<void>[] = []
  let open: readonly Daybook[] = []
  try {
    const stage = await begin(root, agents)
    open = stage.daybooks
    const problems: Error[] = []
    tending = stage.daybooks.flatMap(({ project }) => {
      const following = { signal: stop.signal, onProblem: (problem: Error) => void problems.push(problem) }
      return [
        project.reading.follow(stop.signal),
        project.rendering.watch(following),
        followDocuments(project, following),
      ]
    })
    const editing = edits({ path: stage.path, agents, random: mulberry32(seed), signal: over.signal })
    const beganMs = performance.now()
    const random = mulberry32(seed + 1)
    let written = 0
    const onWritten = () => {
      written += 1
      if (written % toldEvery === 0) report(`${written} of ${agents * writes} lines are written`)
    }
    const told = await Promise.all(
      Array.from({ length: agents }, (_, index) =>
        works({ stage, index, agents, writes, random, onWritten }),
      ),
    )
    over.abort()
    const saves = await editing
    const seconds = (performance.now() - beganMs) / 1000
    for (const { project } of stage.daybooks) await project.rendering.render(document)
    stop.abort()
    await Promise.all(tending)
    const sum = (key: 'stale' | 'refused') => told.reduce((total, figures) => total + figures[key], 0)
    const kept = await check({ stage, root, agents, writes, saves, refused: sum('refused'), problems })
    open = []
    for (const daybook of stage.daybooks) await daybook.close()
    rebuildCheck(root)
    const perSecond = Math.round((agents * writes) / seconds)
    await rm(root, { recursive: true, force: true, maxRetries: 3 })
    return {
      agents,
      writes: agents * writes,
      stale: sum('stale'),
      refused: sum('refused'),
      saves: saves.length,
      ...kept,
      perSecond,
    }
  } catch (error) {
    throw new Error(`${(error as Error).message} (see ${root})`, { cause: error })
  } finally {
    over.abort()
    stop.abort()
    await Promise.allSettled(tending)
    for (const daybook of open) await daybook.close()
  }
}

interface Stage {
  readonly path: string
  readonly daybooks: readonly (Daybook & ApiDaybook)[]
  /** What people were told. */
  readonly notices: readonly string[]
}

const nameOf = (index: number) => `agent-${index}`
const headingOf = (index: number) => `Work of agent ${index}`

async function begin(root: string, agents: number): Promise<Stage> {
  const onNotice = (notice: string) => void notices.push(notice)
  const notices: string[] = []

  const memory = join(root, 'memory')
  await mkdir(memory)
  const path = join(memory, `${document}.md`)
  const sections = Array.from({ length: agents }, (_, index) => `## ${headingOf(index)}\n\n- begun\n`)
  await writeFile(path, ['# Insights\n', '## People\n\n- begun\n', ...sections].join('\n'))
  const settings = {
    ...resolveSettings({ dir: join(root, '.daybook'), memory }, {}, root),
    store: `sqlite:${root}/.daybook/log.db`,
  }
  const first = await openDaybook(settings, { onNotice })
  const { project } = first
  for (let index = 0; index < agents; index += 1) {
    const data = registered(nameOf(index), { claims: [{ document, heading: headingOf(index) }] })
    const event = {
      id: project.ids.next(),
      type: 'AgentRegistered',
      version: 1,
      data,
      meta: { actor: person },
    }
    await project.store.append(`agent-${nameOf(index)}`, [event], { expected: 'no_stream' })
  }
  await project.rendering.sync([document])
  const daybooks = [first]
  while (daybooks.length < processes)
    daybooks.push(await openDaybook(settings, { documents: 'sync', onNotice }))
  return { path, daybooks, notices }
}

interface Working {
  readonly stage: Stage
  readonly index: number
  readonly agents: number
  readonly writes: number
  readonly random: () => number
  readonly onWritten: () => void
}

/** Adds a line at a time to its section as it reads it, and begins again when it was too late. */
async function works({
  stage,
  index,
  agents,
  writes,
  random,
  onWritten,
}: Working): Promise<{ stale: number; refused: number }> {
  const daybook = stage.daybooks[index % stage.daybooks.length]!
  const counts = { stale: 0, refused: 0 }
  const write = async (heading: string, line: string) => {
    const section = findSection(await standing(daybook), heading)!
    const precondition = { kind: 'revision', revision: section.revision } as const
    const text = `${section.text.trimEnd()}\n${line}\n`
    await writeSection(daybook, {
      document,
      section: heading,
      text,
      by: agent(nameOf(index)),
      precondition,
      via: 'api',
    })
  }
  for (let count = 0; count < writes; count += 1) {
    if (count % foreignEvery === index % foreignEvery) {
      const other = (index + 1 + Math.floor(random() * (agents - 1))) % agents
      const code = await write(headingOf(other), `- forged by ${index}`).then(() => 'saved', refusedAs)
      if (code !== 'not_owner') throw new Error(`agent ${index} wrote for ${other}: ${code}`)
      counts.refused += 1
    }
    for (;;) {
      const code = await write(headingOf(index), `- line ${index}.${count}.`).then(() => 'saved', refusedAs)
      if (code === 'saved') break
      if (code !== 'stale') throw new Error(`agent ${index} was refused its own section: ${code}`)
      counts.stale += 1
    }
    onWritten()
  }
  return counts
}

function refusedAs(error: unknown): string {
  if (error instanceof DaybookError && error.code === 'rejected') return String(error.details.code)
  throw error
}

async function standing({ project }: ApiDaybook): Promise<Document> {
  await project.view.refresh()
  return project.view.document(document)!
}

interface Editing {
  readonly path: string
  readonly agents: number
  readonly random: () => number
  readonly signal: AbortSignal
}

/** As people and their editors do: reads the file, changes it, and saves it a moment later. Gives the lines saved. */
async function edits({ path, agents, random, signal }: Editing): Promise<string[]> {
  const saved: string[] = []
  for (let count = 0; !signal.aborted; count += 1) {
    const line = `- person ${count}.`
    const heading = count % 3 === 0 ? headingOf(Math.floor(random() * agents)) : 'People'
    const before = await readFile(path, 'utf8').catch(() => '')
    const after = before.replace(`## ${heading}\n\n`, (found) => `${found}${line}\n`)
    if (after === before) continue
    await sleep(random() * 20)
    if (count % 2 === 0) await writeFile(path, after)
    else {
      await writeFile(`${path}.swp`, after)
      await rename(`${path}.swp`, path)
    }
    saved.push(line)
    // One save that nobody has looked at yet is overwritten by the next of the same editor; people are slower.
    await sleep(200 + random() * 600)
  }
  return saved
}

interface Checking {
  readonly stage: Stage
  readonly root: string
  readonly agents: number
  readonly writes: number
  readonly saves: readonly string[]
  readonly refused: number
  readonly problems: readonly Error[]
}

/** Throws when a line is lost or forged, or a refusal is not on record by name. */
async function check({ stage, root, agents, writes, saves, refused, problems }: Checking): Promise<Figures> {
  const [{ project }] = stage.daybooks as [Daybook]
  if (problems.length > 0) throw new Error(`problems: ${problems.map(({ message }) => message).join('; ')}`)
  const state = await project.streams.load(targets.document(document))
  const text = renderDocument(state)
  const disk = await readFile(stage.path, 'utf8')
  if (disk !== text) throw new Error(`the file is not what the log gives: ${firstDifference(disk, text)}`)
  for (let index = 0; index < agents; index += 1) {
    const lines = [...findSection(state, headingOf(index))!.text.matchAll(/^- line (\d+)\.(\d+)\.$/gmu)]
    const found = lines.map(([, by, count]) => `${by}.${count}`).join(' ')
    const wanted = Array.from({ length: writes }, (_, count) => `${index}.${count}`).join(' ')
    if (found !== wanted) throw new Error(`agent ${index} lost lines: ${found}`)
  }
  if (text.includes('forged')) throw new Error('a foreign write is in the document')
  const events = await Array.fromAsync(project.store.readStream(targets.document(document).stream))
  const outside = await textsOutside(root, events)
  const unseen = saves.filter((line) => !text.includes(`${line}\n`))
  const lost = unseen.filter((line) => !outside.some((other) => other.includes(`${line}\n`)))
  if (lost.length > 0) throw new Error(`saves are lost: ${lost.join(', ')}`)
  await checkRefusals(project, refused)
  return { conflicts: events.filter(({ type }) => type === 'EditConflicted').length, outside: unseen.length }
}

/** What was kept of edits that did not merge: in the log, and in files. */
async function textsOutside(root: string, events: readonly RecordedEvent[]): Promise<string[]> {
  const theirs = events.flatMap(({ type, data }) =>
    type === 'EditConflicted' ? [(data as { theirs: string }).theirs] : [],
  )
  const folder = join(root, '.daybook', 'rendered')
  const names = (await readdir(folder)).filter((name) => name.endsWith('.kept.md'))
  return [...theirs, ...(await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8'))))]
}

async function checkRefusals({ store }: Daybook['project'], expected: number): Promise<void> {
  let named = 0
  for await (const { type, data } of store.readStream('audit')) {
    const { code, reason } = data as { code: string; reason: string }
    if (type === 'RequestRefused' && code === 'not_owner' && /belongs to agent-\d+/u.test(reason)) named += 1
  }
  if (named !== expected) throw new Error(`${named} refusals on record, ${expected} were told`)
}

function rebuildCheck(root: string): void {
  const main = join(import.meta.dirname, '../../src/cli/main.ts')
  const places = ['--dir', join(root, '.daybook'), '--memory', join(root, 'memory')]
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'rebuild', '--check', ...places], {
    cwd: root,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`rebuild --check gives ${status}: ${stdout}${stderr}`)
}

function firstDifference(a: string, b: string): string {
  const lines = a.split('\n')
  const others = b.split('\n')
  const at = lines.findIndex((line, index) => line !== others[index])
  return `line ${at + 1}: ${JSON.stringify(lines[at])}, not ${JSON.stringify(others[at])}`
}

const whole = { agents: 50, writes: 200 }

export const soak: Soak = {
  name: 'memory-people',
  run: ({ seed, scale, report }: SoakOptions) =>
    run({ seed, report, agents: whole.agents, writes: share(whole.writes, { scale }) }),
}
