import { limits } from '../kernel/limits.ts'
import { type Call, type EventStore, StoreError } from '../store/port.ts'

export interface StoreHealth {
  readonly state: 'ready' | 'unavailable' | 'access_denied' | 'closed' | 'damaged'
  /** For people: which log, and what is wrong with it and what to do when it is not ready. Never credentials. */
  readonly detail: string
}

/** A store that knows better than a read whether its backend can be used. */
interface SelfAware {
  health(options?: Call): Promise<StoreHealth>
}

/**
 * Whether the log can be used now. Never rejects, and answers within `timeoutMs` (`limits.storeHealthMs` when
 * absent) whatever the backend does: silent, refusing, untrusted, without a leader.
 */
export async function storeHealth(
  store: EventStore,
  { timeoutMs = limits.storeHealthMs }: { readonly timeoutMs?: number } = {},
): Promise<StoreHealth> {
  const late = Promise.withResolvers<StoreHealth>()
  const timer = setTimeout(() => {
    const detail = `${store.description} did not answer within ${timeoutMs} ms. Check that it runs and can be reached.`
    late.resolve({ state: 'unavailable', detail })
  }, timeoutMs)
  try {
    return await Promise.race([asked(store, timeoutMs), late.promise])
  } finally {
    clearTimeout(timer)
  }
}

async function asked(store: EventStore, timeoutMs: number): Promise<StoreHealth> {
  if (isSelfAware(store)) return store.health({ timeoutMs })
  try {
    await store.lastPosition({ timeoutMs })
    return { state: 'ready', detail: store.description }
  } catch (error) {
    return { state: stateOf(error), detail: error instanceof Error ? error.message : String(error) }
  }
}

function stateOf(error: unknown): StoreHealth['state'] {
  if (!(error instanceof StoreError)) return 'unavailable'
  const { code } = error
  return code === 'closed' || code === 'access_denied' || code === 'damaged' ? code : 'unavailable'
}

function isSelfAware(store: EventStore): store is EventStore & SelfAware {
  return 'health' in store && typeof store.health === 'function'
}
