/**
 * Records by names that people chose. An agent may be called `constructor` or `__proto__`: only own properties
 * count, and nothing is changed in place.
 */
export type Table<Value> = { [key: string]: Value }

export function at<Value>(table: Table<Value>, key: string): Value | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined
}

export function set<Value>(table: Table<Value>, key: string, value: Value): Table<Value> {
  return { ...table, [key]: value }
}

export function without<Value>(table: Table<Value>, key: string): Table<Value> {
  if (!Object.hasOwn(table, key)) return table
  return Object.fromEntries(Object.entries(table).filter(([name]) => name !== key))
}

/** The entries ordered by key, code unit by code unit: the same on every machine. */
export function sorted<Value>(table: Table<Value>): [string, Value][] {
  return Object.entries(table).sort(([a], [b]) => byCodeUnits(a, b))
}

export function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The newest `max` of a list that grows at its end, and how many were let go. */
export function newest<Item>(items: Item[], max: number): { kept: Item[]; dropped: number } {
  const dropped = Math.max(0, items.length - max)
  return { kept: dropped === 0 ? items : items.slice(dropped), dropped }
}
