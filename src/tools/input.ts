import { z } from 'zod'
import type { Json } from '../kernel/event.ts'
import { toldIssue } from '../kernel/plain-issues.ts'

/** Reads a model's tool input against a schema; the message tells the model what to change. */
export function readInput<T>(schema: z.ZodType<T>, input: Json): { value: T } | { problem: string } {
  const read = schema.safeParse(input)
  if (read.success) return { value: read.data }
  const problems = read.error.issues.map((issue) => toldIssue(issue, 'the input'))
  return {
    problem: `The input does not fit: ${problems.slice(0, 5).join('; ')}. Call the tool again with it mended.`,
  }
}

/** Text as a model gives it: what has no UTF-8 could not go on record. */
export function givenText(charsMax: number) {
  return z
    .string()
    .max(charsMax)
    .refine((value) => value.isWellFormed(), 'has a lone surrogate, which is no text')
}

/** Every session asks for the same few: turning one takes longer than most of a session's start. */
const shown = new WeakMap<z.ZodType, { [key: string]: Json }>()

/** A zod schema as the JSON Schema that a model is shown. */
export function inputSchema(schema: z.ZodType): { [key: string]: Json } {
  const known = shown.get(schema)
  if (known !== undefined) return known
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' }) as { [key: string]: Json }
  shown.set(schema, rest)
  return rest
}
