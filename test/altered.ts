import type { Json } from '../src/kernel/event.ts'

/** A value's place in a tree of JSON: names and indexes from the root. */
export type Path = readonly string[]

export function pick<T>(random: () => number, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)]!
}

/** Every place in a tree but its root. */
export function pathsOf(value: Json, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return path.length === 0 ? [] : [path]
  const below = Object.entries(value).flatMap(([name, item]) => pathsOf(item, [...path, name]))
  return path.length === 0 ? below : [path, ...below]
}

/** What becomes of one place: a byte of a value or of a name, another type, nothing. */
export const alterations = ['value', 'name', 'type', 'gone', 'empty'] as const
export type Alteration = (typeof alterations)[number]

/** The tree with one place altered; the same tree when that says nothing else there. */
export function altered(
  tree: Json,
  { path, how, random }: { readonly path: Path; readonly how: Alteration; readonly random: () => number },
): Json {
  const copy = structuredClone(tree) as Json
  let holder = copy as { [name: string]: Json }
  for (const name of path.slice(0, -1)) holder = holder[name] as { [name: string]: Json }
  const name = path.at(-1)!
  const value = holder[name]!
  if (how === 'value') holder[name] = otherValue(value, random)
  if (how === 'type') holder[name] = pick<Json>(random, [null, true, 7, 'x', [], {}, [value], { value }])
  if (how === 'empty') holder[name] = emptied(value)
  if (how === 'gone' || how === 'name') {
    if (Array.isArray(holder)) holder.splice(Number(name), 1)
    else delete holder[name]
    if (how === 'name' && !Array.isArray(holder)) holder[otherText(name, random)] = value
  }
  return copy
}

function otherValue(value: Json, random: () => number): Json {
  if (typeof value === 'string') return otherText(value, random)
  if (typeof value === 'number') return pick(random, [value + 1, -value, 0, 1e300, 0.5])
  return typeof value === 'boolean' ? !value : value
}

function otherText(text: string, random: () => number): string {
  if (text === '') return 'x'
  const at = Math.floor(random() * text.length)
  const other = pick(random, ['X', '0', ' ', '-', '\n', '/'])
  return (text.slice(0, at) + other + text.slice(at + 1)).toWellFormed()
}

function emptied(value: Json): Json {
  if (typeof value === 'string') return ''
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? [] : {}
  return 0
}
