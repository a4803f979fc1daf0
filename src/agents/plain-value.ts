import { type Document, isAlias, isMap, isScalar, isSeq, type Node } from 'yaml'
import { limits } from '../kernel/limits.ts'

/** What front matter can say, with maps as `Map`, so that no key reaches a prototype. */
export type PlainValue = string | number | boolean | null | PlainValue[] | Map<string, PlainValue>

export type PlainResult =
  | { readonly kind: 'read'; readonly value: PlainValue }
  | { readonly kind: 'duplicate'; readonly key: string }
  | { readonly kind: 'too_deep' }
  | { readonly kind: 'aliases' }
  | { readonly kind: 'too_many' }

/** Values looked at in one front matter, aliases expanded. */
const valuesMax = 10_000

class Stop extends Error {
  readonly result: PlainResult
  constructor(result: PlainResult) {
    super(result.kind)
    this.result = result
  }
}

/** Takes a YAML document's values out, within limits on depth, aliases and number. */
export function plainValue(document: Document): PlainResult {
  let left = valuesMax
  let aliases = 0
  const walk = (node: unknown, depth: number): PlainValue => {
    left -= 1
    if (depth > limits.frontMatterDepthMax) throw new Stop({ kind: 'too_deep' })
    if (left < 0) throw new Stop({ kind: aliases > 0 ? 'aliases' : 'too_many' })
    if (isAlias(node)) {
      aliases += 1
      if (aliases > limits.frontMatterAliasesMax) throw new Stop({ kind: 'aliases' })
      return walk(node.resolve(document), depth + 1)
    }
    if (isScalar(node)) return scalar(node.value)
    if (isSeq(node)) return node.items.map((item) => walk(item, depth + 1))
    if (isMap(node)) {
      const map = new Map<string, PlainValue>()
      for (const pair of node.items) {
        const key = String(walk(pair.key, depth + 1))
        if (map.has(key)) throw new Stop({ kind: 'duplicate', key })
        map.set(key, walk(pair.value, depth + 1))
      }
      return map
    }
    return null
  }
  try {
    return { kind: 'read', value: walk(document.contents as Node | null, 0) }
  } catch (error) {
    if (error instanceof Stop) return error.result
    throw error
  }
}

/** A value as text: strings as they are, everything else as JSON. */
export function plainText(value: PlainValue): string {
  return typeof value === 'string' ? value : JSON.stringify(jsonOf(value))
}

function jsonOf(value: PlainValue): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, inner]) => [key, jsonOf(inner)]))
  return Array.isArray(value) ? value.map(jsonOf) : value
}

function scalar(value: unknown): PlainValue {
  if (typeof value === 'string') return value.toWellFormed()
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'boolean' || value === null || value === undefined) return value ?? null
  return String(value)
}
