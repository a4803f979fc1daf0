import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp } from '../../src/api/app.ts'
import { openDaybook } from '../../src/runtime/daybook.ts'
import { blameDocument } from '../../src/runtime/memory/blame-document.ts'
import { openStore } from '../../src/runtime/open-store.ts'
import { serve } from '../../src/runtime/serve.ts'
import { resolveSettings, type Settings } from '../../src/runtime/settings.ts'
import { build, edits, folded, random, repositoryIn, run } from './memory-history.ts'

/**
 * The memory's past beside git's, over the same history, in one run: whoever is slower because of the machine is
 * so for both. Contenders take turns, and each round begins with another.
 *
 * `node bench/src/memory.ts [--blame-edits 5000] [--edits 200000] [--rounds 15]`; one JSON line a figure, in
 * milliseconds (medians), with the median of the rounds' ratios.
 */
const rounds = numberOf('--rounds', 15)
const cli = new URL('../../src/cli/main.ts', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'daybook-bench-memory-'))
type Contender = () => Promise<unknown>

try {
  await blames(numberOf('--blame-edits', 5_000))
  await pasts(numberOf('--edits', 200_000))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Blame of a document of 2,000 lines, as it is and as it was at some moment. */
async function blames(count: number): Promise<void> {
  const place = await given('blame', { edits: count, sections: 40, lines: 2_000, seed: 1 })
  const daybook = await openDaybook(place.settings)
  await daybook.projector.catchUp()
  const gitBlame = (commit: string) =>
    run('git', ['-C', place.git, 'blame', '--porcelain', commit, '--', 'insights.md'])
  const blamed = (at?: string) => blameDocument(daybook, { document: 'insights', at })
  const check = async (commit: string, at?: string) => {
    const lines = (await blamed(at)).map(({ text }) => text).join('')
    same(lines, await run('git', ['-C', place.git, 'show', `${commit}:insights.md`]), 'blamed lines')
    return lines.split('\n').length - 1
  }
  const lines = await check('main')
  const git = () => gitBlame('main')
  await race(`blame of ${lines} lines after ${count} edits`, { daybook: () => blamed(), git })
  const events = await Array.fromAsync(daybook.project.store.readAll(), (event) => event.id)
  const commits = await place.commits()
  const pick = random(4)
  const turns = Array.from({ length: rounds + 1 }, () => pick(count))
  await check(commits[turns[0]!]!, `event:${events[turns[0]!]}`)
  const next = (ask: (at: number) => Promise<unknown>) => {
    let turn = 0
    return () => ask(turns[turn++ % turns.length]!)
  }
  await race('blame as of one of these edits', {
    daybook: next((at) => blamed(`event:${events[at]}`)),
    git: next((at) => gitBlame(commits[at]!)),
  })
  await daybook.close()
}

/** A section as of a random event, and a whole document by a new process. */
async function pasts(count: number): Promise<void> {
  const place = await given('past', { edits: count, sections: 40, lines: 400, seed: 2 })
  const { daybook, url, stop } = await served(place.settings)
  const events = await Array.fromAsync(daybook.project.store.readAll(), (event) => event.id)
  const commits = await place.commits()
  await daybook.projector.catchUp()
  await daybook.project.sectionPasts.warm('insights')
  const pick = random(3)
  let at = 0
  const next = (contender: Contender) => () => {
    at = pick(count)
    return contender()
  }
  const section = async () => {
    const path = `v1/memory/insights/sections/area-${at % 40}?at=event:${events[at]}`
    return (await fetch(`${url}/${path}`, { headers: { Accept: 'text/markdown' } })).text()
  }
  const show = () => run('git', ['-C', place.git, 'show', `${commits[at]}:insights.md`])
  for (let check = 0; check < 20; check += 1) {
    at = pick(count)
    if (!(await show()).includes(await section())) throw new Error(`another section at ${events[at]}`)
  }
  await race(`a section as of one of ${count} events, over HTTP`, { daybook: next(section), git: next(show) })
  const cold = () => shown(place.settings, String(at + 1))
  at = pick(count)
  same(await cold(), await folded(daybook.project.store, at + 1), 'the document as of an event')
  await race(`memory show --at of ${count} events, a new process`, { daybook: next(cold), git: next(show) })
  await stop()
  rmSync(join(place.settings.dir, 'views.db'), { force: true })
  const began = performance.now()
  await cold()
  report('memory show --at, a new process, snapshots deleted', { daybook: performance.now() - began })
}

interface Place {
  readonly settings: Settings
  readonly git: string
  commits(): Promise<string[]>
}

/** One history twice: in a log and in a repository. */
async function given(name: string, shape: Parameters<typeof edits>[0]): Promise<Place> {
  const dir = join(folder, name)
  mkdirSync(dir)
  const began = performance.now()
  const settings = resolveSettings({ dir, agents: dir, memory: join(dir, 'memory') }, {}, dir)
  const store = await openStore(settings.store, { clock: { now: () => Date.now() } })
  const git = await repositoryIn(dir)
  await build(edits(shape), { store, git })
  await store.close()
  report(`building ${shape.edits} edits, for both`, { both: performance.now() - began })
  return { settings, git: git.folder, commits: () => git.commits() }
}

async function served(settings: Settings) {
  const daybook = await openDaybook(settings)
  const about = { key: null, version: '0', log: () => undefined }
  const serving = await serve(daybook, {
    host: '127.0.0.1',
    port: 0,
    key: null,
    work: 'waits',
    answer: (stopping) => createApp({ daybook, ...about, stopping }).fetch,
    say: (line) => console.error(line),
  })
  const stop = async () => {
    await serving.stop()
    await daybook.close()
  }
  return { daybook, url: serving.url, stop }
}

function shown({ dir, agents, memory }: Settings, at: string): Promise<string> {
  const places = ['--dir', dir, '--agents', agents, '--memory', memory]
  return run(process.execPath, [cli, ...places, 'memory', 'show', '--at', at])
}

/** The first contender changes from round to round, and the first round does not count. */
async function race(what: string, contenders: { daybook: Contender; git: Contender }): Promise<void> {
  const names = ['daybook', 'git'] as const
  const times = { daybook: [] as number[], git: [] as number[] }
  for (let round = 0; round <= rounds; round += 1) {
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(turn + round) % names.length]!
      const began = performance.now()
      await contenders[name]()
      if (round > 0) times[name].push(performance.now() - began)
    }
  }
  const timesFaster = median(times.daybook.map((ms, round) => times.git[round]! / ms))
  report(what, { daybook: median(times.daybook), git: median(times.git) }, timesFaster)
}

function report(what: string, times: Readonly<Record<string, number>>, timesFaster?: number): void {
  const ms = Object.fromEntries(Object.entries(times).map(([name, each]) => [name, rounded(each)]))
  console.log(
    JSON.stringify({ what, ms, ...(timesFaster === undefined ? {} : { timesFaster: rounded(timesFaster) }) }),
  )
}

function rounded(value: number): number {
  return Number(value.toFixed(2))
}

function same(ours: string, theirs: string, what: string): void {
  if (ours !== theirs) throw new Error(`${what}: Daybook and git do not say the same`)
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}

function numberOf(flag: string, otherwise: number): number {
  const index = process.argv.indexOf(flag)
  return index < 0 ? otherwise : Number(process.argv[index + 1])
}
