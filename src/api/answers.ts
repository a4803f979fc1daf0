import type { z } from '@hono/zod-openapi'
import { Problem } from './schemas.ts'

/** Every error of every route. */
const problems = {
  default: {
    description: 'Problem details (RFC 9457)',
    content: { 'application/problem+json': { schema: Problem } },
  },
} as const

/** What a route answers: JSON, or a problem. */
export function answers<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { 200: { description, content: { 'application/json': { schema } } }, ...problems } as const
}

export function creates<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { 201: { description, content: { 'application/json': { schema } } }, ...problems } as const
}

/** Long work: 202, with a place to look. */
export function begins<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { 202: { description, content: { 'application/json': { schema } } }, ...problems } as const
}

/** 200 for what was there and was changed, 201 for what is new. */
export function changesOrCreates<Schema extends z.ZodType>(description: string, schema: Schema) {
  const content = { 'application/json': { schema } }
  return { 200: { description, content }, 201: { description, content }, ...problems } as const
}

/** The same thing for people or for programs: the Accept header decides. */
export function answersAsTextOrJson<Schema extends z.ZodType>(description: string, schema: Schema) {
  return {
    200: {
      description,
      content: { 'text/markdown': { schema: { type: 'string' } }, 'application/json': { schema } },
    },
    ...problems,
  } as const
}

/** A page as JSON, or a stream of server-sent events: the Accept header decides. */
export function answersAsPageOrStream<Schema extends z.ZodType>(description: string, schema: Schema) {
  return {
    200: {
      description,
      content: { 'application/json': { schema }, 'text/event-stream': { schema: { type: 'string' } } },
    },
    ...problems,
  } as const
}

/** A file to keep. */
export function answersAsFile<Type extends string>(description: string, type: Type) {
  const content = { [type]: { schema: { type: 'string', format: 'binary' } } } as {
    [one in Type]: { schema: { type: 'string'; format: 'binary' } }
  }
  return { 200: { description, content }, ...problems } as const
}

/** A body that must be JSON of this shape. */
export function takes<Schema extends z.ZodType>(schema: Schema) {
  return { required: true, content: { 'application/json': { schema } } } as const
}
