import { randomFillSync } from 'node:crypto'
import { v7 } from 'uuid'

/** Where new ids come from; a simulation brings its own. */
export interface Ids {
  /** uuid v7: unique, and sorted by time. */
  next(): string
}

const idBytes = 16
/** Chance is asked for once for many ids: a call for each would cost more than the id. */
const pool = new Uint8Array(idBytes * 256)
let used = pool.length
let lastMs = 0
let sequence = 0

function chance(): Uint8Array {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += idBytes
  return pool.subarray(used - idBytes, used)
}

/** Within a millisecond, and when the clock goes back, ids count on (RFC 9562, 6.2, method 1). */
function next(): string {
  const random = chance()
  const nowMs = Date.now()
  if (nowMs > lastMs) {
    lastMs = nowMs
    sequence = ((random[6]! & 0x7f) << 24) | (random[7]! << 16) | (random[8]! << 8) | random[9]!
  } else {
    sequence = (sequence + 1) | 0
    if (sequence === 0) lastMs += 1
  }
  return v7({ random, msecs: lastMs, seq: sequence })
}

export const systemIds: Ids = { next }
