import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { DaybookError } from '../../src/kernel/errors.ts'
import { openStore } from '../../src/runtime/open-store.ts'

const clock = { now: () => 0 }

test('a path and sqlite:PATH open the same file; memory: opens none', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'daybook-open-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'log.db')
  const event = {
    id: '018f3b1e-0000-7000-8000-000000000000',
    type: 'Noted',
    version: 1,
    data: {},
    meta: { actor: { kind: 'person', id: 'p' } },
  } as const
  const byPath = await openStore(path, { clock })
  await byPath.append('audit', [event], { expected: 'no_stream' })
  expect(byPath.description).toBe(`sqlite:${path}`)
  await byPath.close()
  const byUrl = await openStore(`sqlite:${path}`, { clock, mode: 'read' })
  expect(await byUrl.head('audit')).toEqual({ state: 'live', revision: 0 })
  await byUrl.close()
  const memory = await openStore('memory:', { clock })
  expect(await memory.lastPosition()).toBeNull()
  await memory.close()
})

test.for(['postgres://host/db', 'http://host', 'sqlite:', 'memory:elsewhere'])(
  '%s is refused as wrong usage, with what is expected instead',
  async (url) => {
    const error = await openStore(url, { clock }).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(DaybookError)
    expect(error).toMatchObject({ code: 'usage', message: expect.stringContaining('sqlite:PATH') })
  },
)
