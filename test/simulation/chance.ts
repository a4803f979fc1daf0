/** All randomness of a simulation: the same seed gives the same numbers. */
export interface Chance {
  /** From 0 up to 1, without 1. */
  next(): number
  /** A whole number from 0 up to `count`, without it. */
  under(count: number): number
  between(min: number, max: number): number
  happens(probability: number): boolean
  pick<Thing>(things: readonly Thing[]): Thing
}

/** sfc32 (PractRand), seeded through splitmix32 so that neighbouring seeds have nothing in common. */
export function chanceOf(seed: number): Chance {
  const mix = splitmix32(seed)
  let [a, b, c, counter] = [mix(), mix(), mix(), 1]
  const next = () => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    return (sum >>> 0) / 0x1_0000_0000
  }
  for (let round = 0; round < 12; round += 1) next()
  const under = (count: number) => Math.floor(next() * count)
  return {
    next,
    under,
    between: (min, max) => min + next() * (max - min),
    happens: (probability) => next() < probability,
    pick: (things) => things[under(things.length)]!,
  }
}

/** Ids in the shape of uuid v7, from chance alone. */
export function idsFrom(chance: Chance): { next(): string } {
  const hex = (digits: number) =>
    Math.floor(chance.next() * 16 ** digits)
      .toString(16)
      .padStart(digits, '0')
  return { next: () => `${hex(8)}-${hex(4)}-7${hex(3)}-8${hex(3)}-${hex(6)}${hex(6)}` }
}

function splitmix32(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let value = state ^ (state >>> 16)
    value = Math.imul(value, 0x21f0aaad)
    value ^= value >>> 15
    value = Math.imul(value, 0x735a2d97)
    return value ^ (value >>> 15)
  }
}
