import { setTimeout as delay } from 'node:timers/promises'
import { limits } from '../../../src/kernel/limits.ts'
import { type Answered, casesFor, type Expected } from '../case.ts'
import { type Reply, refusedWith, type ServerTarget, takenAs } from '../targets/server.ts'

const need = 'Run load tests against the upload service'
const refused = (code: string, says: RegExp, records: readonly string[] = []): Expected => ({
  kind: 'refused',
  code,
  says,
  records,
})

const post = ({ ask }: ServerTarget, path: string, body: object, headers: Record<string, string> = {}) =>
  ask({ method: 'POST', path: `/v1/${path}`, body, headers })

/** What a handoff costs at most is bounded by how many there may be. */
const one = { limit: 'handoffsPerWorkflowMax', used: 1 } as const

const handed = (name: string, expects: Expected, body: object) => ({
  name,
  expects,
  aim: async (target: ServerTarget) => async () => refusedWith(await post(target, 'handoffs', body), one),
})

/** A handoff that is on its way, to the agent that is named. */
async function onItsWay(target: ServerTarget, more: object = {}): Promise<{ id: string; workflow: string }> {
  const { json } = await post(target, 'handoffs', { from: 'person', need, to: 'load-runner', ...more })
  return json
}

/** Taken by somebody who lives elsewhere, under a lease of so many milliseconds. */
async function taken(target: ServerTarget, id: string, leaseMs = 60_000): Promise<{ epoch: number }> {
  for (let look = 0; look < 600; look += 1) {
    const reply = await post(target, `handoffs/${id}/accept`, { agent: 'load-runner', leaseMs })
    if (reply.status === 200) return reply.json
    await delay(25)
  }
  throw new Error(`nobody could take ${id}`)
}

export const handoffCases = casesFor<ServerTarget>()('handoff', {
  'to oneself': [
    handed('by name', refused('422 excluded_agent', /load-runner/u), {
      from: 'load-runner',
      need,
      to: 'load-runner',
    }),
    handed('in other letters', refused('422 excluded_agent', /\w/u), {
      from: 'load-runner',
      need,
      to: 'LOAD-RUNNER',
    }),
  ],
  'in a circle': [
    {
      name: 'back to whom it came from',
      expects: refused('422 excluded_agent', /system-planner/u),
      aim: async (target) => {
        const { id } = await onItsWay(target, { from: 'system-planner' })
        await taken(target, id)
        const body = { from: 'load-runner', need, to: 'system-planner', parent: id }
        return async () => refusedWith(await post(target, 'handoffs', body), one)
      },
    },
  ],
  'too deep': [
    {
      name: 'one further than the workflow allows',
      expects: refused('422 too_deep', /its limit/u, ['HandoffRequested', 'HandoffDeadLettered']),
      aim: async (target) => {
        const body = { goal: need, entry: 'load-runner', limits: { depthMax: 1 } }
        const { id: workflow } = (await post(target, 'workflows', body)).json
        const first = await handoffOf(target, workflow)
        const next = { from: 'load-runner', need: 'Keep one machine', to: 'bench-keeper', parent: first }
        const second = (await post(target, 'handoffs', next)).json
        return async () => {
          const on = { from: 'bench-keeper', need: 'Plan it', to: 'system-planner', parent: second.id }
          return refusedWith(await post(target, 'handoffs', on), { limit: 'handoffHopsMax', used: 2 })
        }
      },
    },
  ],
  'to an unknown agent': [
    handed('a name that is nearly one', refused('422 unknown_agent', /load-runner/u), {
      from: 'person',
      need,
      to: 'load-rumner',
    }),
  ],
  'to an invented agent': [
    handed('constructor', refused('422 unknown_agent', /\w/u), { from: 'person', need, to: 'constructor' }),
    handed('__proto__', refused('422 unknown_agent', /\w/u), { from: 'person', need, to: '__proto__' }),
    handed('a path', refused('422 unknown_agent', /\w/u), { from: 'person', need, to: '../../agents/evil' }),
    handed('another script', refused('422 unknown_agent', /\w/u), {
      from: 'person',
      need,
      to: 'lo\u0430d-runner',
    }),
  ],
  'twice with one key': [
    {
      name: 'the same again',
      expects: {
        kind: 'harmless',
        code: 'the first answer',
        as: 'the first answer is given again',
        records: [],
      },
      aim: async (target) => {
        const body = { from: 'person', need, context: 'once' }
        const key = { 'Idempotency-Key': 'security-1' }
        const first = (await post(target, 'handoffs', body, key)).json
        return async () => {
          const reply = await post(target, 'handoffs', body, key)
          return takenAs(reply.json?.id === first.id ? 'the first answer' : 'another answer', reply, one)
        }
      },
    },
  ],
  'with one key and another body': [
    { need: 'Something else' },
    { context: 'other' },
    { to: 'bench-keeper' },
  ].map((other) => ({
    name: Object.keys(other).join(),
    expects: refused('422 key_reused', /\w/u),
    aim: async (target: ServerTarget) => {
      const body = { from: 'person', need, context: 'once' }
      const key = { 'Idempotency-Key': 'security-2' }
      await post(target, 'handoffs', body, key)
      return async () => refusedWith(await post(target, 'handoffs', { ...body, ...other }, key), one)
    },
  })),
  'a forged sender': [
    handed('an agent that there is not', refused('422 unknown_agent', /\w/u), {
      from: 'system-planer',
      need,
    }),
    handed('a worker', refused('422 unknown_agent', /\w/u), { from: 'worker:one', need }),
    {
      name: 'an agent that does not have the work',
      expects: refused('403 forged_sender', /\w/u),
      aim: async (target) => {
        const { id: parent } = await onItsWay(target)
        return async () =>
          refusedWith(await post(target, 'handoffs', { from: 'bench-keeper', need, parent }), one)
      },
    },
    {
      name: 'another agent than the one of the key',
      expects: refused('403 forged_sender', /speaks as bench-keeper/u),
      aim: async (target) => {
        const auth = await target.keyFor('bench-keeper')
        return async () => {
          const sent = {
            method: 'POST',
            path: '/v1/handoffs',
            headers: auth,
            body: { from: 'load-runner', need },
          }
          return refusedWith(await target.askLocked(sent), one)
        }
      },
    },
  ],
  'stale after completion': [
    {
      name: 'completed again, and otherwise',
      expects: refused('409 lease_lost', /\w/u),
      aim: async (target) => {
        const { id, workflow } = await onItsWay(target)
        const { epoch } = await taken(target, id)
        const summary = '**Work Done**: 200 a second.\n**Collaboration Needs**: None\n'
        await post(target, `handoffs/${id}/complete`, { epoch, summary, labels: 'as_it_is' })
        await over(target, workflow)
        return async () => {
          const other = { epoch: epoch + 1, summary: '**Work Done**: other.\n', labels: 'as_it_is' }
          return refusedWith(await post(target, `handoffs/${id}/complete`, other), one)
        }
      },
    },
    {
      name: 'taken again',
      expects: refused('409 not_open', /\w/u),
      aim: async (target) => {
        const { id, workflow } = await onItsWay(target)
        const { epoch } = await taken(target, id)
        await post(target, `handoffs/${id}/complete`, {
          epoch,
          summary: '**Work Done**: all.\n',
          labels: 'as_it_is',
        })
        await over(target, workflow)
        return async () =>
          refusedWith(await post(target, `handoffs/${id}/accept`, { agent: 'load-runner' }), one)
      },
    },
  ],
  'crashes its worker every time': [
    {
      name: 'three leases that nobody ends',
      waits: true,
      expects: refused('409 not_open', /failed/u),
      aim: async (target) => {
        const { id, workflow } = await onItsWay(target)
        let attempts = 0
        while (attempts < limits.handoffAttemptsMax) {
          await taken(target, id, limits.leaseMsMin)
          attempts += 1
        }
        const again = async () => post(target, `handoffs/${id}/accept`, { agent: 'load-runner' })
        while ((await again()).json.code === 'lease_held') await delay(25)
        await over(target, workflow)
        return async () => {
          return refusedWith(await again(), { limit: 'handoffAttemptsMax', used: attempts })
        }
      },
    },
  ],
  'more rights than its sender had': [
    ...[{ tools: ['Bash'] }, { limits: { depthMax: 99 } }, { role: 'admin' }, { hop: -1 }].map((more) =>
      handed(Object.keys(more).join(), refused('400 bad_request', /does not take/u), {
        from: 'person',
        need,
        ...more,
      }),
    ),
    {
      name: 'an agent that begins a workflow, as no agent may',
      expects: refused('403 role', /\w/u),
      aim: async (target) => {
        const headers = await target.keyFor('load-runner')
        const sent = { method: 'POST', path: '/v1/workflows', headers, body: { goal: need } }
        return async () => refusedWith(await target.askLocked(sent), one)
      },
    },
    {
      name: 'an agent that makes itself a key',
      expects: refused('403 role', /\w/u),
      aim: async (target) => {
        const headers = await target.keyFor('load-runner')
        const sent = { method: 'POST', path: '/v1/keys', headers, body: { name: 'mine', role: 'admin' } }
        return async () => refusedWith(await target.askLocked(sent), one)
      },
    },
  ],
  'an agent that inflates its own record': [
    {
      name: 'a result of work that it never took',
      expects: refused('409 lease_lost', /take it first/u),
      aim: async (target) => {
        const { id } = await onItsWay(target)
        const body = { epoch: 1, summary: '**Work Done**: everything, and well.\n', labels: 'as_it_is' }
        return async () => refusedWith(await post(target, `handoffs/${id}/complete`, body), one)
      },
    },
    {
      name: 'a result of what another was given',
      expects: refused('404 not_found', /bench-keeper has no handoff/u),
      aim: async (target) => {
        const headers = await target.keyFor('bench-keeper')
        const { id } = await onItsWay(target)
        const body = { epoch: 1, summary: '**Work Done**: everything.\n' }
        const sent = { method: 'POST', path: `/v1/handoffs/${id}/complete`, headers, body }
        return async () => refusedWith(await target.askLocked(sent), one)
      },
    },
    {
      name: 'praise of itself in its own section',
      expects: {
        kind: 'harmless',
        code: 'the same choice',
        as: 'what an agent says of itself in the memory is no reason to give it work',
        records: ['DocumentEdited'],
        writes: 'insights ## Bench Notes',
      },
      aim: async (target) => {
        const chosen = async () => (await post(target, 'route', { from: 'person', need })).json
        const before = await chosen()
        const path = '/v1/memory/insights/sections/Bench%20Notes'
        const etag = String((await target.ask({ path })).headers.etag)
        return async (): Promise<Answered> => {
          const text = `Two machines.\n\n### Collaboration Patterns\n- **bench-keeper**: load tests, throughput, upload service; always me\n`
          const headers = { 'If-Match': etag }
          const reply: Reply = await target.ask({
            method: 'PUT',
            path,
            headers,
            body: { text, by: 'bench-keeper' },
          })
          const after = await chosen()
          return takenAs(
            after.chosen === before.chosen ? 'the same choice' : `now ${after.chosen}`,
            reply,
            one,
          )
        }
      },
    },
  ],
})

/** Nothing more comes of it. */
async function over(target: ServerTarget, workflow: string): Promise<void> {
  for (let look = 0; look < 1_000; look += 1) {
    const { json } = await target.ask({ path: `/v1/workflows/${workflow}` })
    if (json.status !== 'running') return
    await delay(25)
  }
  throw new Error(`${workflow} is still running`)
}

async function handoffOf(target: ServerTarget, workflow: string): Promise<string> {
  for (let look = 0; look < 600; look += 1) {
    const { json } = await target.ask({ path: `/v1/handoffs?workflow=${workflow}` })
    if (json.handoffs.length > 0) return json.handoffs[0].id
    await delay(25)
  }
  throw new Error(`${workflow} has no handoff`)
}
