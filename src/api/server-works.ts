import { contentId } from '../runtime/digest.ts'
import { LongWorks } from '../runtime/long-work.ts'
import type { RebuildCheck, Rebuilt } from '../runtime/rebuild.ts'
import type { RoutingReplay } from '../runtime/replay-routing.ts'
import type { RouteBenchResult } from '../runtime/route-bench.ts'
import type { Verified } from '../runtime/seals/verify-log.ts'
import type { ApiContext } from './context.ts'
import { keyForIds } from './idempotency.ts'

/** What this process does that takes longer than an answer may: each kind one after the other. */
export function serverWorks() {
  return {
    verifications: new LongWorks<Verified>('begin a verification with POST /v1/verify'),
    replays: new LongWorks<RoutingReplay>('begin a replay with POST /v1/route/replay'),
    benches: new LongWorks<RouteBenchResult>('begin a measurement with POST /v1/route/bench'),
    rebuilds: new LongWorks<Rebuilt | RebuildCheck>('begin one with POST /v1/rebuild'),
  }
}
export type ServerWorks = ReturnType<typeof serverWorks>

/** The id that follows from the request's key; null without one. */
export function keyForWork(c: ApiContext): string | null {
  const key = keyForIds(c)
  return key === null ? null : contentId('work', c.req.path, key)
}

/** For an answer of 202: says where to look. */
export function lookAt(c: ApiContext, place: string): void {
  c.header('Location', place)
  c.header('Retry-After', '1')
}
