import { z } from '@hono/zod-openapi'

/** Work that takes longer than an answer may: ask again at its place until it is done. */
export function longWork<Result extends z.ZodType>(result: Result) {
  return z.object({
    id: z.string(),
    status: z.enum(['running', 'done', 'failed']),
    startedAt: z.string(),
    /** Events or decisions looked at so far. */
    done: z.int(),
    /** Null until it is done. */
    result: result.nullable(),
    /** Why it failed: nothing was found out. */
    problem: z.string().nullable(),
  })
}
