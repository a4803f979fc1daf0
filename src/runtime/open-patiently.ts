import { setTimeout as sleep } from 'node:timers/promises'
import { limits } from '../kernel/limits.ts'
import { StoreError } from '../store/port.ts'

/**
 * Does it, and again as long as the log cannot be reached: a server that starts together with its database
 * waits for it. Returns without having done it when `signal` aborts; rejects with everything else.
 */
export async function untilReachable(
  doIt: () => Promise<void>,
  { signal, say }: { readonly signal: AbortSignal; readonly say: (line: string) => void },
): Promise<void> {
  for (let waitMs: number = limits.reconnectMsMin; !signal.aborted; ) {
    try {
      return await doIt()
    } catch (error) {
      if (!(error instanceof StoreError && error.retryable)) throw error
      say(`The log cannot be reached yet: ${error.message}`)
      await sleep(waitMs, undefined, { signal }).catch(() => undefined)
      waitMs = Math.min(waitMs * 2, limits.reconnectMsMax)
    }
  }
}
