import { z } from '@hono/zod-openapi'
import { refusal } from '../kernel/errors.ts'
import type { ApiContext } from './context.ts'

/** Printable ASCII without blanks, as the header's draft has it. */
export const IdempotencyHeaders = z.looseObject({
  'idempotency-key': z
    .string()
    .regex(/^[!-~]{1,200}$/u, 'has 1 to 200 printable characters, no blanks')
    .optional(),
})

/**
 * Runs `answer` for one request of a key at a time; a second one that comes meanwhile is refused. That the same
 * key gives the same answer afterwards is the log's doing: ids follow from keys.
 */
export async function oneAtATime<Answer>(
  c: ApiContext,
  key: string | null,
  answer: () => Promise<Answer>,
): Promise<Answer> {
  if (key === null) return answer()
  const { inFlight } = c.var.server
  const name = `${c.req.path} ${key}`
  if (inFlight.has(name)) {
    const message = 'A request with this Idempotency-Key is being answered: wait for its answer.'
    throw refusal({ code: 'in_flight', message })
  }
  inFlight.add(name)
  try {
    return await answer()
  } finally {
    inFlight.delete(name)
  }
}

export function otherContent(): never {
  const message = 'This Idempotency-Key was used for a request with other content: use a new key.'
  throw refusal({ code: 'key_reused', message })
}
