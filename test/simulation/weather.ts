import type { Chance } from './chance.ts'

/** What agents do; as often here as they do it. */
export const deeds = [
  'lookup',
  ...(['charge', 'charge', 'charge'] as const),
  ...(['deploy', 'deploy', 'announce', 'announce'] as const),
  ...(['memory', 'memory', 'nonsense'] as const),
  ...(['hand_off', 'hand_off', 'hand_off'] as const),
] as const
export type Deed = (typeof deeds)[number]

export const disturbances = ['crash', 'crash', 'frozen', 'frozen', 'stopped', 'people crash'] as const
export type Disturbance = (typeof disturbances)[number]

const operations = ['append', 'read', 'subscribe', 'model', 'tool', 'tool'] as const

/** Each run has its own: what it has more of than others. */
export interface Weather {
  /** How likely a fault is, before weights. */
  readonly rate: number
  /** The kind of operation that fails most. */
  readonly spoils: (typeof operations)[number]
  /** What agents do half of the time. */
  readonly likes: Deed
  /** What happens to machines half of the time. */
  readonly disturbs: Disturbance
}

export function weatherOf(chance: Chance, wanted: Partial<Weather> = {}): Weather {
  const drawn = {
    rate: chance.pick([0.008, 0.015, 0.03]),
    spoils: chance.pick(operations),
    likes: chance.pick(deeds),
    disturbs: chance.pick(disturbances),
  }
  return { ...drawn, ...wanted }
}
