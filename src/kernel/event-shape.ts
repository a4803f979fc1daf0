import type { z } from 'zod'

/** Whether a value parsed from JSON is what a schema describes, but for how long texts and lists may be. */
export type Shape = (value: unknown) => boolean

/** What these few kinds of schema consist of; events are made of no others. */
interface Definition {
  readonly type: string
  readonly shape?: Readonly<Record<string, z.ZodType>>
  readonly element?: z.ZodType
  readonly innerType?: z.ZodType
  readonly valueType?: z.ZodType
  readonly options?: readonly z.ZodType[]
  readonly entries?: Readonly<Record<string, string>>
  readonly values?: readonly unknown[]
  readonly format?: string
  readonly pattern?: RegExp
  readonly checks?: readonly { readonly _zod: { readonly def: Check } }[]
}

interface Check {
  readonly check: string
  readonly pattern?: RegExp
  readonly value?: number
  readonly minimum?: number
  readonly inclusive?: boolean
}

/**
 * What reading asks of recorded data, ten times as quick as the schema itself: folds rely on it. The most that a
 * text, a list or a number may be is asked on the way in only, so that what was recorded under another limit stays
 * readable. Throws for a kind of schema that no event had so far.
 */
export function shapeOf(schema: z.ZodType): Shape {
  const definition = schema.def as unknown as Definition
  const { innerType, element, valueType, options, entries, values } = definition
  switch (definition.type) {
    case 'object':
      return objectShape(definition.shape!)
    case 'array':
      return listShape(shapeOf(element!), leastOf(definition))
    case 'record':
      return recordShape(shapeOf(valueType!))
    case 'string':
      return textShape(definition)
    case 'number':
      return numberShape(definition)
    case 'boolean':
      return (value) => typeof value === 'boolean'
    case 'enum':
      return oneOf(Object.values(entries!))
    case 'literal':
      return oneOf(values!)
    case 'nullable':
      return either([(value) => value === null, shapeOf(innerType!)])
    case 'optional':
      return either([(value) => value === undefined, shapeOf(innerType!)])
    case 'union':
      return either(options!.map(shapeOf))
    case 'lazy':
      // Any JSON: what was parsed from JSON is that.
      return (value) => value !== undefined
    default:
      throw new TypeError(
        `no shape is known for the schema ${definition.type}: say here what reading asks of it`,
      )
  }
}

function objectShape(fields: Readonly<Record<string, z.ZodType>>): Shape {
  const names = Object.keys(fields)
  const shapes = names.map((name) => shapeOf(fields[name]!))
  return (value) => {
    if (!isTree(value)) return false
    for (let at = 0; at < names.length; at += 1) if (!shapes[at]!(value[names[at]!])) return false
    return true
  }
}

function recordShape(shape: Shape): Shape {
  return (value) => isTree(value) && Object.values(value).every(shape)
}

function listShape(shape: Shape, least: number): Shape {
  return (value) => Array.isArray(value) && value.length >= least && value.every((item) => shape(item))
}

function textShape(definition: Definition): Shape {
  const least = leastOf(definition)
  const checked = (definition.checks ?? []).map(({ _zod }) => _zod.def.pattern)
  const patterns = [definition.pattern, ...checked].filter((pattern) => pattern !== undefined)
  return (value) =>
    typeof value === 'string' && value.length >= least && patterns.every((pattern) => pattern.test(value))
}

function numberShape(definition: Definition): Shape {
  const isWhole = definition.format === 'safeint'
  const least = checksOf(definition).find(({ check }) => check === 'greater_than')
  const { value: bound = Number.NEGATIVE_INFINITY, inclusive = true } = least ?? {}
  return (value) =>
    typeof value === 'number' &&
    (!isWhole || Number.isSafeInteger(value)) &&
    (inclusive ? value >= bound : value > bound)
}

function leastOf(definition: Definition): number {
  return checksOf(definition).find(({ check }) => check === 'min_length')?.minimum ?? 0
}

function checksOf({ checks = [] }: Definition): Check[] {
  return checks.map(({ _zod }) => _zod.def)
}

function oneOf(values: readonly unknown[]): Shape {
  const known = new Set(values)
  return (value) => known.has(value)
}

function either(shapes: readonly Shape[]): Shape {
  return (value) => shapes.some((shape) => shape(value))
}

function isTree(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
