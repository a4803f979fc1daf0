/**
 * Things in an order that is this worker's own and stays the same: several workers that take from the same
 * list begin at different ends, and seldom want the same one (rendezvous hashing).
 */
export function inOwnOrder<Thing extends { readonly id: string }>(
  things: readonly Thing[],
  worker: string,
): Thing[] {
  return things
    .map((thing) => ({ thing, weight: hash(`${worker} ${thing.id}`) }))
    .sort((a, b) => a.weight - b.weight)
    .map(({ thing }) => thing)
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  }
  return value >>> 0
}
