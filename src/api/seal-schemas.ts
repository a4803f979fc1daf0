import { z } from '@hono/zod-openapi'

/** A signed digest of the log, as docs/seals.md describes it. */
export const SealView = z
  .object({
    through: z.string(),
    size: z.int(),
    root: z.string(),
    previous: z.string().nullable(),
    signature: z.string(),
    keyId: z.string(),
  })
  .openapi('Seal')

export const InclusionProof = z
  .object({ index: z.int(), size: z.int(), path: z.array(z.string()).readonly() })
  .openapi('InclusionProof')

const Finding = z.object({
  kind: z.string(),
  position: z.string().nullable(),
  event: z.string().nullable(),
  message: z.string(),
})

export const VerificationView = z
  .object({
    id: z.string(),
    status: z.enum(['running', 'done', 'failed']),
    startedAt: z.string(),
    /** Events compared so far. */
    compared: z.int(),
    /** Null until it is done. */
    result: z
      .object({
        ok: z.boolean(),
        events: z.int(),
        sealed: z.int(),
        seals: z.int(),
        outside: z.int(),
        firstBad: Finding.nullable(),
        findings: z.array(Finding).readonly(),
      })
      .nullable(),
    /** Why it failed: nothing was found out. */
    problem: z.string().nullable(),
  })
  .openapi('Verification')
