import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { createApp } from '../../../src/api/app.ts'
import type { RecordedEvent } from '../../../src/kernel/event.ts'
import { renderDocument } from '../../../src/memory/document.ts'
import { type Daybook, openDaybook } from '../../../src/runtime/daybook.ts'
import { blameDocument } from '../../../src/runtime/memory/blame-document.ts'
import { documentAt } from '../../../src/runtime/memory/document-at.ts'
import type { Project } from '../../../src/runtime/project.ts'
import { resolveSettings } from '../../../src/runtime/settings.ts'
import { startWorkflow } from '../../../src/runtime/start-workflow.ts'
import { Worker } from '../../../src/runtime/worker.ts'
import { defaultLimits } from '../../../src/runtime/workflow-defaults.ts'
import { spawned } from '../../cli/given.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const ownCast = join(root, 'agents')
const corpus = join(root, '../shared/corpus/superagent-zero-2/agents')
if (!existsSync(corpus))
  console.warn(`SKIPPED: ${corpus} is not there, so its memory is not looked at as of moments.`)

interface Kept {
  readonly document: string
  readonly event: RecordedEvent
  /** What was on disk right after it. */
  readonly bytes: string
}

/** A goal rehearsed on a real folder, one session at a time, and what stood on disk after every edit. */
async function rehearsed(agents: string): Promise<{ daybook: Daybook; folder: string; kept: Kept[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-as-of-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const settings = resolveSettings({ dir: folder, agents, memory: join(folder, 'memory') }, {}, folder)
  const daybook = await openDaybook(settings, { agents: 'sync', documents: 'sync' })
  onTestFinished(() => daybook.close())
  const kept: Kept[] = []
  const watched = watching(daybook.project, (document, event) => {
    const bytes = readFileSync(join(folder, 'memory', `${document}.md`), 'utf8')
    kept.push({ document, event, bytes })
  })
  const { roster, person } = daybook
  await startWorkflow(watched, {
    goal: 'Add photo sharing with friends to our mobile app',
    roster,
    entry: null,
    by: person,
    limits: { ...defaultLimits, handoffsMax: 8 },
    model: 'rehearsal',
    rehearsal: true,
  })
  await new Worker({ project: watched, modelFor: daybook.modelFor, concurrency: 1 }).drain()
  return { daybook, folder, kept }
}

function watching(project: Project, seen: (document: string, event: RecordedEvent) => void): Project {
  const render = async (document: string) => {
    await project.rendering.render(document)
    const last = { direction: 'backwards', limit: 1 } as const
    for await (const event of project.store.readStream(`memory-${document}`, last)) seen(document, event)
  }
  return {
    ...project,
    rendering: { ...project.rendering, render, sync: (all) => project.rendering.sync(all) },
  }
}

const shown = async ({ project }: Daybook, document: string, at: string) =>
  renderDocument(await documentAt(project, document, at))

for (const [name, agents] of [
  ['our own cast', ownCast],
  ['the corpus', corpus],
] as const) {
  test.skipIf(!existsSync(agents))(
    `as of every memory event of ${name}, the bytes are what stood on disk then`,
    async () => {
      const { daybook, kept } = await rehearsed(agents)
      const byEvent = new Map(kept.map((one) => [one.event.id, one]))
      const all = await Array.fromAsync(daybook.project.store.readAll())
      const edits = all.filter(({ type }) => type === 'DocumentEdited')
      expect(edits.length).toBeGreaterThanOrEqual(4)
      expect(new Set(byEvent.keys())).toEqual(new Set(edits.map(({ id }) => id)))
      for (const { document, event, bytes } of byEvent.values()) {
        expect(await shown(daybook, document, `event:${event.id}`)).toBe(bytes)
        expect(await shown(daybook, document, String(Number(event.position)))).toBe(bytes)
        const blamed = await blameDocument(daybook, { document, at: `event:${event.id}` })
        expect(blamed.map(({ text }) => text).join('')).toBe(bytes)
      }
      const standing = (document: string, fits: (event: RecordedEvent) => boolean) =>
        [...byEvent.values()].filter((one) => one.document === document && fits(one.event)).at(-1)?.bytes
      for (const { document, event } of byEvent.values()) {
        const at = event.meta.recordedAt
        const then = standing(document, (other) => other.meta.recordedAt <= at)
        expect(await shown(daybook, document, at)).toBe(then)
      }
      for (const end of all.filter(({ type }) => type === 'SessionCompleted')) {
        const session = end.stream.slice('session-'.length)
        const last = all.findLast((event) => event.stream === end.stream)!
        const then = standing('insights', (other) => other.position <= last.position)
        if (then !== undefined) expect(await shown(daybook, 'insights', `session:${session}`)).toBe(then)
      }
    },
  )
}

test('the command line and the API give the same bytes, and both say what is no moment', async () => {
  const { daybook, folder, kept } = await rehearsed(ownCast)
  const { event, bytes } = kept[Math.floor(kept.length / 2)]!
  const stopping = new AbortController().signal
  const app = createApp({ daybook, key: null, version: '0', log: () => undefined, stopping })
  const get = async (at: string) =>
    app.request(`/v1/memory/insights?at=${encodeURIComponent(at)}`, { headers: { Host: 'localhost' } })
  expect(await (await get(`event:${event.id}`)).text()).toBe(bytes)
  for (const [at, status] of [
    ['yesterday', 400],
    ['2999-01-01', 400],
    ['999999999', 400],
    ['event:', 400],
    ['event:none', 404],
    [`event:${event.id.replace(/.{4}$/u, 'ffff')}`, 404],
    ['session:nobody', 404],
    ['1', 404],
  ] as const) {
    const answer = await get(at)
    expect([at, answer.status, answer.headers.get('Content-Type')]).toEqual([
      at,
      status,
      'application/problem+json',
    ])
  }
  const places = ['--dir', folder, '--agents', ownCast, '--memory', join(folder, 'memory')]
  const cli = (at: string) => spawned([...places, 'memory', 'show', '--at', at], { cwd: folder })
  const [shownByCli, future] = await Promise.all([cli(`event:${event.id}`), cli('2999-01-01')])
  expect(shownByCli).toMatchObject({ code: 0, stdout: bytes })
  expect(future).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('lies in the future') })
})
