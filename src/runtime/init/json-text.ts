import { DaybookError } from '../../kernel/errors.ts'

export type JsonObject = Record<string, unknown>

/** A JSON file with something changed in it, indented as it was; one that is no object is refused and left alone. */
export function changedJson(
  path: string,
  before: string | null,
  change: (value: JsonObject) => JsonObject,
): string {
  const value = before === null || before.trim() === '' ? {} : parsed(path, before)
  const changed = change(value)
  if (before !== null && JSON.stringify(changed) === JSON.stringify(value)) return before
  const end = before === null || before.endsWith('\n') ? '\n' : ''
  return `${JSON.stringify(changed, null, indentOf(before))}${end}`
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parsed(path: string, text: string): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new DaybookError(
      'usage',
      `${path} is not JSON (${(cause as Error).message}): mend it, then begin again.`,
      {
        cause,
      },
    )
  }
  if (isObject(value)) return value
  throw new DaybookError(
    'usage',
    `${path}: expected a JSON object, found something else. Nothing was written.`,
  )
}

function indentOf(text: string | null): string {
  return /^\{\r?\n([ \t]+)"/u.exec(text ?? '')?.[1] ?? '  '
}
