import { v7 } from 'uuid'

/** Where new ids come from; a simulation brings its own. */
export interface Ids {
  /** uuid v7: unique, and sorted by time. */
  next(): string
}

export const systemIds: Ids = { next: () => v7() }
