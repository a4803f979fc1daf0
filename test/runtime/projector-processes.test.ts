import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { expect, onTestFinished, test } from 'vitest'
import { projections } from '../../projections/index.ts'
import { position } from '../../src/kernel/event.ts'
import { events as catalogue } from '../../src/runtime/catalogue.ts'
import { openProjectionStore } from '../../src/runtime/projection-store.ts'
import { Projector } from '../../src/runtime/projector.ts'
import { Codec } from '../../src/store/codec.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { story } from '../projections/story.ts'
import { append } from './projector-given.ts'

test('three processes that follow one log into one views.db end with what the log gives', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'daybook-views-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const clock = { now: () => Date.now() }
  const store = await openSqliteStore({ path: join(folder, 'log.db'), codec: new Codec(catalogue), clock })
  onTestFinished(() => store.close())
  const target = position(story().length)
  const script = join(import.meta.dirname, 'projector-child.ts')
  const children = Array.from({ length: 3 }, () => spawn(process.execPath, [script, folder, target]))
  const said = children.map(() => '')
  for (const [index, child] of children.entries()) {
    child.stdout.on('data', (data) => {
      said[index] += String(data)
    })
    child.stderr.pipe(process.stderr)
    onTestFinished(() => void child.kill())
  }
  await Promise.all(children.map((child) => once(child.stdout, 'data')))
  for (const event of story()) await append(store, [event])
  await Promise.all(children.map((child) => once(child, 'close')))
  expect(said).toEqual(children.map(() => 'ready\n[]\n'))
  const projector = new Projector({
    store,
    projections,
    views: openProjectionStore(join(folder, 'views.db')),
  })
  onTestFinished(() => projector.close())
  expect(projector.position).toBe(target)
  expect(await projector.check()).toEqual([])
})
