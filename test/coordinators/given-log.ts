import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type Daybook, openDaybook } from '../../src/runtime/daybook.ts'
import { resolveSettings, shippedAgents } from '../../src/runtime/settings.ts'
import { startWorkflow } from '../../src/runtime/start-workflow.ts'
import { Worker } from '../../src/runtime/worker.ts'
import { defaultLimits } from '../../src/runtime/workflow-defaults.ts'

/** A folder that is gone after the test. */
export async function givenFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'daybook-log-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** An open Daybook in rehearsal on a store, with its own folder; closed after the test at the latest. */
export async function givenDaybook(dir: string, store = `sqlite:${join(dir, 'log.db')}`): Promise<Daybook> {
  const place = { dir, store, memory: join(dir, 'memory'), agents: shippedAgents(), rehearsal: true }
  const daybook = await openDaybook(resolveSettings(place, {}, dir), { agents: 'sync', documents: 'sync' })
  let closed = false
  const close = async () => {
    if (closed) return
    closed = true
    await daybook.close()
  }
  onTestFinished(close)
  return { ...daybook, close }
}

/** Rehearses a goal to its end; the workflow's id. */
export async function rehearse(daybook: Daybook, goal: string, depthMax = 1): Promise<string> {
  const { project, roster, person, modelFor } = daybook
  const limits = { ...defaultLimits, depthMax }
  const asked = { goal, roster, entry: null, by: person, limits, model: 'rehearsal', rehearsal: true }
  const workflow = await startWorkflow(project, asked)
  await new Worker({ project, modelFor, workflow }).drain(AbortSignal.timeout(30_000))
  return workflow
}
