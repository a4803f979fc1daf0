import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { ask, type Served, send, served } from '../api/given.ts'
import { asked, called, sessionThat, unknown } from '../api/paused-session.ts'
import { daybook } from './given.ts'
import type { Ran } from './in-process.ts'

/** Ids of a log in which everything is that commands are about. */
export interface Rehearsed {
  readonly folder: string
  readonly ids: Readonly<Record<Name, string>>
}
export type Name =
  | 'workflow'
  | 'session'
  | 'handoff'
  | 'open'
  | 'returned'
  | 'unsure'
  | 'asking'
  | 'event'
  | 'running'

/** A workflow that was rehearsed to its end, and work that waits for people in every way. */
export async function rehearsed(folder: string): Promise<Rehearsed> {
  const playing = await served({ folder, work: 'runs' })
  const goal = 'Run load tests of the upload service and measure throughput'
  const { id: workflow } = (await send(`${playing.url}/v1/workflows`, { goal })).body
  const status = async () => (await ask(`${playing.url}/v1/workflows/${workflow}`)).body.status
  await expect.poll(status, { timeout: 45_000, interval: 100 }).toBe('completed')
  await playing.close()
  const waiting = await served({ folder })
  const details = (await ask(`${waiting.url}/v1/workflows/${workflow}`)).body
  const open = (await send(`${waiting.url}/v1/handoffs`, { from: 'person', need: 'Run load tests' })).body
  const ids = {
    workflow,
    session: details.sessionList[0].id,
    handoff: details.handoffTree[0].id,
    open: open.id,
    running: open.workflow,
    returned: await returned(waiting),
    unsure: await sessionThat(waiting, [called, unknown]),
    asking: await sessionThat(waiting, [asked]),
    event: (await ask(`${waiting.url}/v1/events?type=DocumentEdited&limit=1`)).body.events[0].id,
  }
  await waiting.close()
  return { folder, ids }
}

/** A handoff that nobody takes. */
async function returned({ url }: Served): Promise<string> {
  const need = { from: 'person', need: 'Zzyzx qwfp' }
  return (await send(`${url}/v1/handoffs`, need)).body.id
}

export interface Place {
  readonly folder: string
  /** A server over the same log; null: the log itself is opened. */
  readonly url: string | null
}

/** Runs a command here or there, as somebody would who has named the place in the environment. */
export async function at({ folder, url }: Place, args: readonly string[]): Promise<Ran> {
  const here = {
    DAYBOOK_DIR: folder,
    DAYBOOK_AGENTS: join(folder, 'agents'),
    DAYBOOK_MEMORY: join(folder, 'memory'),
  }
  const env: Readonly<Record<string, string>> = url === null ? here : { DAYBOOK_URL: url }
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, env)
  const cwd = mkdtempSync(join(tmpdir(), 'daybook-nowhere-'))
  try {
    return await daybook(args, { cwd })
  } finally {
    rmSync(cwd, { recursive: true })
    for (const [name, value] of before)
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
  }
}

export function copyOf(folder: string, to: string): string {
  mkdirSync(to, { recursive: true })
  cpSync(folder, to, { recursive: true })
  return to
}

const id = /\b(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{20})\b/gu
const time = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/gu

/** What two logs of the same past say in common: new ids by the order in which they appear, and no times. */
export function alike(text: string, folder: string): string {
  const seen = new Map<string, string>()
  return text
    .replaceAll(folder, '<folder>')
    .replace(id, (one) => {
      const name = seen.get(one) ?? `<id ${seen.size}>`
      seen.set(one, name)
      return name
    })
    .replace(time, '<time>')
    .replace(/daybook_[0-9a-f]{16}_[\w-]+/gu, '<key>')
    .replace(/\b[0-9a-f]{16}\b/gu, '<key>')
    .replace(/"signature":"[^"]*"/gu, '"signature":""')
    .replace(/sha256:[0-9a-f]{64}/gu, '<digest>')
    .replace(/"(?:msPerDecision|p50Ms)":[\d.]+/gu, '"ms":0')
    .replace(/\([\d.]+ ms each\)|median\) +[\d.]+ ms/gu, '<ms>')
    .replace(/cli:([^"@ ]+)@[^"\s]+/gu, 'cli:$1')
}
