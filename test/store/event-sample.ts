import type { z } from 'zod'

/** `full`: every optional field is there, and every variant in every list. `least`: nothing that may be left out. */
export type Shape = 'full' | 'least'

const strings = [
  'text',
  '01950000-0000-7000-8000-000000000001',
  `sha256:${'0'.repeat(64)}`,
  '2026-03-01T09:31:00.000Z',
  '1-0123456789abcdef/0',
  '0123456789abcdef',
  '00000000000000000001',
  'insights',
]
const numbers = [1, 0, 0.5, 2, 10]

type Def = {
  readonly type: string
  readonly shape?: Readonly<Record<string, z.ZodType>>
  readonly element?: z.ZodType
  readonly innerType?: z.ZodType
  readonly options?: readonly z.ZodType[]
  readonly values?: readonly unknown[]
  readonly entries?: Readonly<Record<string, unknown>>
  readonly valueType?: z.ZodType
  readonly in?: z.ZodType
}

/** Some data that `schema` accepts, always the same. Throws when it finds none. */
export function sampleOf(schema: z.ZodType, shape: Shape): unknown {
  return variantsOf(schema, shape)[0]
}

/** One of each kind that a list of `schema` may hold. */
function variantsOf(schema: z.ZodType, shape: Shape): unknown[] {
  const def = schema.def as unknown as Def
  const inner = def.innerType ?? def.in
  switch (def.type) {
    case 'object':
      return [objectOf(def.shape ?? {}, shape)]
    case 'array':
      return [arrayOf(schema, def.element!, shape)]
    case 'record':
      return [shape === 'full' ? { key: sampleOf(def.valueType!, shape) } : {}]
    case 'union':
      return (def.options ?? []).flatMap((option) => variantsOf(option, shape))
    case 'optional':
    case 'default':
      return [shape === 'full' ? sampleOf(inner!, shape) : undefined]
    case 'nullable':
      return [shape === 'full' ? sampleOf(inner!, shape) : null]
    case 'literal':
      return [...(def.values ?? [])]
    case 'enum':
      return Object.values(def.entries ?? {})
    case 'boolean':
      return [true]
    case 'null':
      return [null]
    case 'string':
      return [fitting(schema, strings)]
    case 'number':
      return [fitting(schema, numbers)]
    case 'lazy':
    case 'any':
    case 'unknown':
      return [fitting(schema, [{ any: ['json', 1, null] }, 'text'])]
    default:
      if (inner === undefined) throw new Error(`no sample is known for a schema of the type ${def.type}`)
      return variantsOf(inner, shape)
  }
}

function objectOf(shapes: Readonly<Record<string, z.ZodType>>, shape: Shape): Record<string, unknown> {
  const fields = Object.entries(shapes).map(([name, schema]) => [name, sampleOf(schema, shape)] as const)
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined))
}

function arrayOf(schema: z.ZodType, element: z.ZodType, shape: Shape): unknown[] {
  if (shape === 'least' && schema.safeParse([]).success) return []
  const all = variantsOf(element, shape)
  return schema.safeParse(all).success ? all : all.slice(0, 1)
}

function fitting(schema: z.ZodType, candidates: readonly unknown[]): unknown {
  const found = candidates.find((candidate) => schema.safeParse(candidate).success)
  if (found === undefined) throw new Error(`none of ${JSON.stringify(candidates)} is what the schema accepts`)
  return found
}
