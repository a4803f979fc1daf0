import { DaybookError } from '../../kernel/errors.ts'
import type { Json } from '../../kernel/event.ts'
import type { Ask } from '../ask.ts'
import { everyPage, type RunningServer, said, saidText, segment } from '../running-server.ts'

export interface FoldedViews {
  readonly position: string | null
  readonly projections: readonly { readonly name: string; readonly keys: readonly string[] }[]
  /** What happened to the stored states, for people. */
  readonly notices: readonly string[]
}

export const foldedViews: Ask<object, FoldedViews> = {
  open: { mode: 'read' },
  async here({ projector }) {
    await projector.catchUp()
    return {
      position: projector.position,
      projections: projector.names.map((name) => ({ name, keys: projector.keys(name) })),
      notices: projector.diagnostics.map(({ message }) => message),
    }
  },
  async there({ client }) {
    const { projections: listed } = await said(client.v1.projections.$get())
    const projections = []
    for (const { name } of listed)
      projections.push(await said(client.v1.projections[':name'].$get({ param: { name: segment(name) } })))
    // After its keys were asked for everything is folded.
    const { position, diagnostics } = await said(client.v1.projections.$get())
    return { position, projections, notices: diagnostics.map(({ message }) => message) }
  },
}

export type ShownView =
  | { readonly kind: 'keys'; readonly keys: readonly string[] }
  | { readonly kind: 'state'; readonly key: string; readonly state: Json; readonly markdown: string }

const keysShown = 5

/** One state; the keys where there are several and none is named. */
export const shownView: Ask<{ readonly name: string; readonly key: string | undefined }, ShownView> = {
  open: { mode: 'read' },
  async here({ projector }, { name, key: named }) {
    await projector.catchUp()
    const keys = projector.keys(name)
    const key = keyOf(keys, name, named)
    if (key === null) return { kind: 'keys', keys }
    return {
      kind: 'state',
      key,
      state: projector.get(name, key) ?? null,
      markdown: projector.render(name, key) ?? '',
    }
  },
  async there(server, { name, key: named }) {
    const { keys } = await said(
      server.client.v1.projections[':name'].$get({ param: { name: segment(name) } }),
    )
    const key = keyOf(keys, name, named)
    if (key === null) return { kind: 'keys', keys }
    const param = { name: segment(name), key: segment(key) }
    const init = { headers: { Accept: 'application/json' } }
    const { state } = await said(server.client.v1.projections[':name'][':key'].$get({ param }, init))
    return {
      kind: 'state',
      key,
      state: (state ?? null) as Json,
      markdown: await toldThere(server, name, key),
    }
  },
}

function toldThere(server: RunningServer, name: string, key: string): Promise<string> {
  const path = `/v1/projections/${segment(name)}/${segment(key)}`
  return saidText(server.fetch(path, { accept: 'text/markdown' }))
}

/** A key, or the beginning of exactly one; the only one where none is named. */
function keyOf(keys: readonly string[], name: string, key: string | undefined): string | null {
  if (key === undefined) return keys.length === 1 ? keys[0]! : null
  if (keys.includes(key)) return key
  const matching = keys.filter((candidate) => candidate.startsWith(key))
  if (matching.length === 1) return matching[0]!
  throw new DaybookError(
    'not_found',
    `The projection ${name} has ${matching.length === 0 ? 'no' : `${matching.length} keys that begin with`} "${key}". Its keys: ${someOf(keys)}.`,
  )
}

export function someOf(keys: readonly string[]): string {
  const shown = keys.slice(0, keysShown).join(', ')
  return keys.length === 0
    ? 'nothing yet'
    : `${shown}${keys.length > keysShown ? ` … (${keys.length} keys)` : ''}`
}

interface Decisions {
  readonly decisions: readonly unknown[]
  /** As people read them; null when there are none. */
  readonly told: string | null
}

export const allDecisions: Ask<{ readonly form: 'told' | 'data' }, Decisions> = {
  open: { mode: 'read' },
  async here({ projector }) {
    await projector.catchUp()
    const state = projector.get('decision-log', 'decisions') as { decisions?: unknown[] } | undefined
    const told = projector.render('decision-log', 'decisions') ?? null
    return { decisions: state?.decisions ?? [], told }
  },
  async there(server, { form }) {
    if (form === 'told') return { decisions: [], told: await decisionsTold(server) }
    const decisions = await everyPage(async (cursor) => {
      const page = await said(server.client.v1.decisions.$get({ query: cursor }))
      return { items: page.decisions, next: page.next }
    })
    return { decisions, told: null }
  },
}

async function decisionsTold(server: RunningServer): Promise<string | null> {
  try {
    return await toldThere(server, 'decision-log', 'decisions')
  } catch (error) {
    if (error instanceof DaybookError && error.code === 'not_found') return null
    throw error
  }
}
