import { z } from '@hono/zod-openapi'
import { refusal } from '../kernel/errors.ts'
import { contentId } from '../runtime/digest.ts'
import { inFlight } from '../runtime/requests/carry-out-once.ts'
import type { ApiContext } from './context.ts'

const expected = 'has 1 to 200 printable characters, no blanks'
const form = /^[!-~]{1,200}$/u

/** Printable ASCII without blanks, as the header's draft has it. */
export const IdempotencyHeaders = z.looseObject({
  'idempotency-key': z.string().regex(form, expected).optional(),
})

/** The request's key as it was sent; null without one. */
export function idempotencyKey(c: ApiContext): string | null {
  const key = c.req.header('Idempotency-Key')
  if (key === undefined) return null
  if (form.test(key)) return key
  throw refusal({ code: 'bad_request', message: `In the headers: Idempotency-Key ${expected}.` })
}

/** The key that ids follow from: what one holder of an API key calls a request is another's own affair. */
export function keyForIds(c: ApiContext): string | null {
  const key = idempotencyKey(c)
  const { caller } = c.var
  const shared = caller === undefined || caller.id === 'local' || caller.id === 'environment'
  return key === null || shared ? key : contentId('caller', caller.id, key)
}

/**
 * Runs `answer` for one request of a name at a time; a second one that comes meanwhile is refused. That the same
 * key gives the same answer afterwards is the log's doing: ids follow from keys.
 */
export async function oneAtATime<Answer>(
  c: ApiContext,
  name: string,
  answer: () => Promise<Answer>,
): Promise<Answer> {
  const { inFlight: answering } = c.var.server
  if (answering.has(name)) throw inFlight()
  answering.add(name)
  try {
    return await answer()
  } finally {
    answering.delete(name)
  }
}
