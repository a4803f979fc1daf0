import { setTimeout as sleep } from 'node:timers/promises'
import { type Position, position } from '../../kernel/event.ts'
import { limits } from '../../kernel/limits.ts'
import { StoreError } from '../port.ts'
import type { Link } from './link.ts'
import { answers } from './reading.ts'
import * as requests from './requests.ts'

/** The last event's position, of the streams with these prefixes or else of the whole server. */
export async function lastPosition(
  link: Link,
  about: Parameters<typeof answers>[1] & { readonly streamPrefixes?: readonly string[] },
): Promise<Position | undefined> {
  const { streamPrefixes } = about
  const narrowed = streamPrefixes === undefined ? {} : { streamPrefixes }
  const request = requests.logRead({ direction: 'backwards', count: 1, ...narrowed })
  for await (const page of answers(link, about, request)) {
    const event = page[0]?.getEvent()?.getEvent()
    if (event !== undefined) return position(event.getCommitPosition())
  }
  return undefined
}

/**
 * Where a subscription from the end begins. Fixed once, however long it takes to reach the server: if each
 * new connection began at the end anew, what came between two connections would be lost.
 */
export async function endOfLog(link: Link, signal: AbortSignal): Promise<Position | undefined> {
  const attempt = { verb: 'read', server: link.server } as const
  const about = { call: { signal }, attempt, waiting: () => limits.storeTimeoutMs }
  while (!signal.aborted) {
    try {
      return await lastPosition(link, about)
    } catch (error) {
      if (signal.aborted) break
      if (!(error instanceof StoreError && error.retryable)) throw error
      await sleep(limits.reconnectMsMin, undefined, { signal }).catch(() => undefined)
    }
  }
  return undefined
}
