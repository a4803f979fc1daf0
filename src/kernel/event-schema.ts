import type { z } from 'zod'
import { assert } from './errors.ts'
import type { Json, RecordedEvent } from './event.ts'
import { type Shape, shapeOf } from './event-shape.ts'

/** Event types of one room with the schemas of their current versions. */
export type EventSchemas = Readonly<Record<string, z.ZodObject>>

/** The union of a room's events, as `{ type, data }`. */
export type EventOf<S extends EventSchemas> = {
  [Type in keyof S & string]: { readonly type: Type; readonly data: z.output<S[Type]> }
}[keyof S & string]

/** A room's events as the log gives them back: with id, stream, revision, position and meta. */
export type RecordedOf<E extends { type: string; data: unknown }> = E extends unknown
  ? Omit<RecordedEvent, 'type' | 'data'> & E
  : never

/**
 * Turns the data of one version into the next. Total: it never throws for data that its own version's
 * schema accepted, and it uses nothing but its argument.
 */
export type Upcast = (data: Json) => Json

export interface EventDefinition {
  readonly version: number
  readonly schema: z.ZodObject
  /** What is asked of an event that is read. */
  readonly shape: Shape
  /** By the version it starts from: `upcasts[1]` turns version 1 into version 2. */
  readonly upcasts: Readonly<Record<number, Upcast>>
}

/** Every event type that this Daybook knows. A type that is not in it is kept and skipped. */
export type Catalogue = ReadonlyMap<string, EventDefinition>

export function catalogue(
  rooms: readonly EventSchemas[],
  histories: Readonly<Record<string, readonly Upcast[]>> = {},
): Catalogue {
  const definitions = new Map<string, EventDefinition>()
  for (const room of rooms) {
    for (const [type, schema] of Object.entries(room)) {
      assert((definitions.get(type)?.schema ?? schema) === schema, `two schemas for the event type ${type}`)
      const history = histories[type] ?? []
      const upcasts = Object.fromEntries(history.map((upcast, index) => [index + 1, upcast]))
      definitions.set(type, { version: history.length + 1, schema, shape: shapeOf(schema), upcasts })
    }
  }
  return definitions
}

/** True when the event is one of the room's: narrows an event of the log to the room's union. */
export function isEventOf<S extends EventSchemas>(
  schemas: S,
  event: RecordedEvent,
): event is RecordedEvent & RecordedOf<EventOf<S>> {
  return Object.hasOwn(schemas, event.type)
}

/** Paths of the fields of `schema` that hold people's or models' text, for example `changes[].text`. */
export function textPaths(schema: z.ZodType, path = ''): string[] {
  if (schema.meta()?.text === true) return [path]
  const inner = schema.def as unknown as {
    type: string
    shape?: Record<string, z.ZodType>
    element?: z.ZodType
    innerType?: z.ZodType
    options?: readonly z.ZodType[]
    valueType?: z.ZodType
    in?: z.ZodType
  }
  const below = (child: z.ZodType | undefined, suffix: string) =>
    child === undefined ? [] : textPaths(child, path + suffix)
  switch (inner.type) {
    case 'object':
      return Object.entries(inner.shape ?? {}).flatMap(([key, child]) => below(child, path ? `.${key}` : key))
    case 'array':
      return below(inner.element, '[]')
    case 'record':
      return below(inner.valueType, '{}')
    case 'union':
      return [...new Set((inner.options ?? []).flatMap((child) => below(child, '')))]
    default:
      return [...below(inner.innerType, ''), ...below(inner.in, '')]
  }
}
