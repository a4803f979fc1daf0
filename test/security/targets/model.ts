import { setTimeout as delay } from 'node:timers/promises'
import { apiKey } from '../../models/ask.ts'
import { startMessagesServer } from '../../models/server/messages-server.ts'
import type { Block, Play } from '../../models/server/play.ts'
import { type ServerTarget, serverTarget } from './server.ts'

/** What a session of the one agent left on record. */
export interface Played {
  readonly workflow: string
  readonly status: string
  /** Data of the workflow's events of one type, in order. */
  of(type: string): readonly Record<string, unknown>[]
  /** Requests that reached the model. */
  readonly requests: number
}

/** A server that works with a model, which says what a case tells it to. */
export interface ModelTarget extends ServerTarget {
  /** Begins a goal, lets the model answer with these, one after the other, and waits until it is over. */
  play(plays: readonly Play[]): Promise<Played>
}

const summary: Play = { content: '**Work Done**: all of it.\n**Collaboration Needs**: None\n' }

export const use = (name: string, input: object, id?: string): Block => ({
  type: 'tool_use',
  name,
  input,
  ...(id === undefined ? {} : { id }),
})

export async function modelTarget(): Promise<ModelTarget> {
  let pending: Play[] = []
  const server = await startMessagesServer({ script: () => pending.shift() ?? summary })
  process.env.ANTHROPIC_API_KEY = apiKey
  process.env.ANTHROPIC_BASE_URL = server.url
  const target = await serverTarget({ rehearsal: false, external: ['load-runner'] })
  return {
    ...target,
    async play(plays) {
      pending = [...plays]
      const before = server.requests.length
      const body = { goal: 'Plan the upload service', entry: 'system-planner' }
      const { json } = await target.ask({ method: 'POST', path: '/v1/workflows', body })
      const status = await over(target, json.id)
      const recorded = await Array.fromAsync(target.daybook.project.store.readAll())
      const own = recorded.filter(({ meta }) => meta.correlation === json.id)
      return {
        workflow: json.id,
        status,
        of: (type) =>
          own.filter((event) => event.type === type).map(({ data }) => data as Record<string, unknown>),
        requests: server.requests.length - before,
      }
    },
    async close() {
      await target.close()
      await server.close()
      delete process.env.ANTHROPIC_API_KEY
      delete process.env.ANTHROPIC_BASE_URL
    },
  }
}

async function over(target: ServerTarget, workflow: string): Promise<string> {
  for (let look = 0; look < 2_000; look += 1) {
    const { json } = await target.ask({ path: `/v1/workflows/${workflow}` })
    if (json.status !== 'running') return json.status
    await delay(20)
  }
  throw new Error(`${workflow} is still running`)
}
