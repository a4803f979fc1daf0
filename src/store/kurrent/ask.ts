import type { ServiceError } from '@grpc/grpc-js'
import { limits } from '../../kernel/limits.ts'
import { type Call, StoreError } from '../port.ts'
import type { Connection } from './connection.ts'
import { type Attempt, failureOf, toStoreError } from './failure.ts'
import type { Link } from './link.ts'

/** A node that is no leader names one; that one may have lost an election in between. */
const leaderHopsMax = 2

export type Reply<Answer> = (error: ServiceError | null, answer?: Answer) => void

/**
 * One question, one answer: settles within the call's time whatever the server does, follows the leader,
 * and rejects with a StoreError only.
 *
 * @param send starts the gRPC call on the connection, for at most `timeoutMs`.
 */
export async function ask<Answer>(
  link: Link,
  about: { readonly call: Call; readonly attempt: Attempt },
  send: (connection: Connection, timeoutMs: number, reply: Reply<Answer>) => { cancel(): void },
): Promise<Answer> {
  const endsAt = performance.now() + (about.call.timeoutMs ?? limits.storeTimeoutMs)
  for (let hop = 0; ; hop += 1) {
    const connection = await connect(link, about, endsAt)
    const calledAt = performance.now()
    const timeoutMs = Math.max(1, endsAt - calledAt)
    try {
      const answer = await link.within<Answer>({ ...about.call, timeoutMs }, ({ done, failed }) => {
        const sent = send(connection, timeoutMs, (error, reply) =>
          error === null ? done(reply as Answer) : failed(error),
        )
        return () => sent.cancel()
      })
      connection.heardAt = performance.now()
      return answer
    } catch (error) {
      if (error instanceof StoreError) throw whileClosing(error, about.attempt)
      const failure = failureOf(error)
      if (link.learn(connection, failure, calledAt) === 'try_again' && hop < leaderHopsMax) continue
      throw toStoreError(failure, about.attempt, error)
    }
  }
}

/** Until here nothing was sent: whatever goes wrong, nothing was written. */
export async function connect(
  link: Link,
  { call, attempt }: { readonly call: Call; readonly attempt: Attempt },
  endsAt: number,
): Promise<Connection> {
  try {
    return await link.connection({ ...call, timeoutMs: Math.max(1, endsAt - performance.now()) })
  } catch (error) {
    if (error instanceof StoreError) throw error
    throw toStoreError({ kind: 'unreachable' }, attempt, error)
  }
}

/** A write that was under way when the store closed may have been carried out. */
function whileClosing(error: StoreError, attempt: Attempt): StoreError {
  if (error.code !== 'closed' || attempt.verb === 'read') return error
  return toStoreError({ kind: 'lost' }, attempt, error)
}
