import { z } from 'zod'
import { Actor } from './event.ts'

export const LimitName = z.enum([
  'turns',
  'tokens',
  'cost',
  'wall_time',
  'depth',
  'handoffs',
  'session_tokens',
  'session_cost',
])
export type LimitName = z.infer<typeof LimitName>

/** The same two facts in sessions and in workflows. */
export const limitEvents = {
  /** `reached` counts what the next model call may use at most, where the limit is one on tokens or cost. */
  LimitReached: z.object({ limit: LimitName, max: z.number(), reached: z.number() }),
  LimitRaised: z.object({ limit: LimitName, max: z.number(), by: Actor }),
} as const
