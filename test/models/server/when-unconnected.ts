import type { Server } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

const lookEveryMs = 2
const waitMsMax = 10_000

/**
 * Resolves when nobody is connected any more. What a killed process had sent is read by then: it may arrive after the
 * news of its death.
 */
export async function whenUnconnected(server: Server): Promise<void> {
  const giveUpMs = performance.now() + waitMsMax
  while ((await connectionsOf(server)) > 0) {
    if (performance.now() > giveUpMs) throw new Error(`somebody is connected still after ${waitMsMax} ms`)
    await delay(lookEveryMs)
  }
}

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
  )
}
