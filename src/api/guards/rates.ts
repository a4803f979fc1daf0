import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { limits } from '../../kernel/limits.ts'

const windowSeconds = 60

/** Who is counted: holders of keys one by one, this machine without one, and strangers by their address. */
export type Counted = 'key' | 'local' | 'stranger'

export interface Rate {
  readonly allowed: boolean
  /** The fields of draft-ietf-httpapi-ratelimit-headers, and Retry-After when it was too much. */
  readonly headers: Readonly<Record<string, string>>
  readonly perMinute: number
  readonly retrySeconds: number
}

/** Counts requests in windows of a minute, in this process. */
export class Rates {
  readonly #limiters: Readonly<Record<Counted, RateLimiterMemory>>

  constructor(perMinute: number | undefined) {
    const limiter = (keyPrefix: Counted, points: number) =>
      new RateLimiterMemory({ keyPrefix, points, duration: windowSeconds })
    this.#limiters = {
      key: limiter('key', perMinute ?? limits.requestsPerMinute),
      local: limiter('local', perMinute ?? limits.localRequestsPerMinute),
      stranger: limiter('stranger', Math.min(perMinute ?? Infinity, limits.strangersRequestsPerMinute)),
    }
  }

  async take(counted: Counted, who: string): Promise<Rate> {
    const limiter = this.#limiters[counted]
    const taken = await limiter.consume(who).catch((refused: unknown) => {
      if (refused instanceof RateLimiterRes) return refused
      throw refused
    })
    const { points: perMinute } = limiter
    const retrySeconds = Math.max(1, Math.ceil(taken.msBeforeNext / 1_000))
    const allowed = taken.consumedPoints <= perMinute
    const headers = {
      'RateLimit-Policy': `"${counted}";q=${perMinute};w=${windowSeconds}`,
      RateLimit: `"${counted}";r=${taken.remainingPoints};t=${retrySeconds}`,
      ...(allowed ? {} : { 'Retry-After': String(retrySeconds) }),
    }
    return { allowed, headers, perMinute, retrySeconds }
  }
}

/** Of an address of IPv6 the network: whoever has one address there has them all. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/iu.exec(address)?.[1]
  if (mapped !== undefined || !address.includes(':')) return mapped ?? address
  const [head = '', tail] = address.split('::')
  const groups = head.split(':').filter((group) => group !== '')
  const after = (tail ?? '').split(':').filter((group) => group !== '')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - after.length)
  const all = [...groups, ...Array.from({ length: zeros }, () => '0'), ...after]
  return `${all.slice(0, 4).join(':')}::/64`
}
