import { type DaybookClient, daybookClient } from '../client/client.ts'
import { counted } from '../kernel/counted.ts'
import { limits } from '../kernel/limits.ts'
import type { Check } from '../runtime/doctor-check.ts'
import { addressIn } from './running-server.ts'

export interface AskedServer {
  readonly url: string
  /** Null: none is shown. */
  readonly key: string | null
  /** Of this program. */
  readonly version: string
}

/**
 * Looks at a Daybook that runs elsewhere: whether it can be reached, whether it can work, and whether the key opens
 * it. Changes nothing. Throws `usage` for what is no address.
 */
export async function examineServer({ url, key, version }: AskedServer): Promise<Check[]> {
  const place = addressIn(url)
  const client = daybookClient(place, {
    ...(key === null ? {} : { key }),
    timeoutMs: limits.serverAskedMs,
  })
  const reached = await checkReach(client, place, version)
  if (reached.status === 'failed') return [reached]
  return [reached, await checkReady(client), await checkEntry(client, key)]
}

async function checkReach(client: DaybookClient, url: string, own: string): Promise<Check> {
  const remedy = `Start one with "daybook serve", or name another with --url.`
  try {
    const answer = await client.healthz.$get()
    const found: unknown = await answer.json()
    const version = (found as { version?: unknown } | null)?.version
    if (answer.status !== 200 || typeof version !== 'string')
      return { check: 'server', status: 'failed', found: `${url} answers, and is no Daybook`, remedy }
    if (version === own)
      return { check: 'server', status: 'ok', found: `${url}, version ${version}`, remedy: null }
    const other = `${url}, version ${version}; this is ${own}`
    return { check: 'server', status: 'note', found: other, remedy: 'Use the same version on both sides.' }
  } catch (error) {
    const { cause, message } = error as Error
    const why = cause instanceof Error ? cause.message : message
    return { check: 'server', status: 'failed', found: `${url} cannot be reached: ${why}`, remedy }
  }
}

async function checkReady(client: DaybookClient): Promise<Check> {
  const answer = await client.readyz.$get()
  const said: unknown = await answer.json()
  if (answer.status !== 200) {
    const found = (said as { detail?: string }).detail ?? `status ${answer.status}`
    return {
      check: 'ready',
      status: 'failed',
      found,
      remedy: 'See what its own log says, and "daybook doctor" there.',
    }
  }
  const { store, position, projections } = said as {
    store: string
    position: string | null
    projections: { lag: number; more: boolean }
  }
  const lag = `${counted(projections.lag, 'event')}${projections.more ? ' or more' : ''} behind`
  const found = `${store} at ${position ?? 'its start'}, projections ${lag}`
  return { check: 'ready', status: 'ok', found, remedy: null }
}

async function checkEntry(client: DaybookClient, key: string | null): Promise<Check> {
  const answer = await client.v1.agents.$get({ query: {} })
  const said = (await answer.json()) as { agents?: unknown[]; detail?: string }
  if (answer.status === 200) {
    const how = key === null ? 'without a key' : 'with the key of DAYBOOK_API_KEY'
    return {
      check: 'entry',
      status: 'ok',
      found: `${counted(said.agents?.length ?? 0, 'agent')}, asked ${how}`,
      remedy: null,
    }
  }
  const remedy =
    key === null
      ? 'Set DAYBOOK_API_KEY to a key of it: "daybook keys create" makes one there.'
      : 'DAYBOOK_API_KEY holds another key than it takes: ask for a new one.'
  return { check: 'entry', status: 'failed', found: said.detail ?? `status ${answer.status}`, remedy }
}
