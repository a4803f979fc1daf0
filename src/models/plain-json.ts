import type { Json } from '../kernel/event.ts'

/**
 * The same value with nothing in it that a log cannot hold: lone surrogates become U+FFFD. undefined when there is
 * no such value: nested deeper than `depthMax`, a number that is none, something that is not JSON.
 */
export function plainJson(value: unknown, depthMax: number): Json | undefined {
  if (typeof value === 'string') return value.toWellFormed()
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value === 'boolean' || value === null) return value
  if (typeof value !== 'object' || depthMax === 0) return undefined
  if (Array.isArray(value)) {
    const items = value.map((item) => plainJson(item, depthMax - 1))
    return items.some((item) => item === undefined) ? undefined : (items as Json[])
  }
  const entries = Object.entries(value).map(([key, item]) => [
    key.toWellFormed(),
    plainJson(item, depthMax - 1),
  ])
  return entries.some(([, item]) => item === undefined) ? undefined : Object.fromEntries(entries)
}
