import type { Metadata, ServiceError } from '@grpc/grpc-js'
import type { Faults } from './faults.ts'
import * as refusals from './refusals.ts'
import type { ServerLog } from './server-log.ts'

/** What every call handler of one node shares. */
export interface Node {
  readonly log: ServerLog
  readonly faults: Faults
  /** Where the leader is, on a node that is none. */
  leader: refusals.Endpoint | undefined
  /** `user:password` that calls must show, when set. */
  readonly credentials: string | undefined
  /** Ends every connection, without a word. */
  cut(): void
  /** Calls begun and not ended: a client that forgets to cancel is seen here. */
  openCalls: number
  /** How often each method was called. */
  readonly calls: Map<string, number>
}

/** What keeps a call from being heard at all. Waits while the node is silent. */
export async function admission(
  node: Node,
  method: string,
  metadata: Metadata,
): Promise<ServiceError | undefined> {
  node.calls.set(method, (node.calls.get(method) ?? 0) + 1)
  await node.faults.heard()
  if (node.faults.unavailable !== undefined) return refusals.unavailable(node.faults.unavailable)
  if (node.faults.denied) return refusals.accessDenied()
  if (node.credentials !== undefined) {
    const shown = metadata.get('authorization')[0]?.toString()
    const wanted = `Basic ${Buffer.from(node.credentials).toString('base64')}`
    if (shown !== wanted) return refusals.unauthenticated()
  }
  const requiresLeader = metadata.get('requires-leader')[0]?.toString() === 'true'
  return requiresLeader && node.leader !== undefined ? refusals.notLeader(node.leader) : undefined
}
