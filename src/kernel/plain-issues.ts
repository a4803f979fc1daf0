import { z } from 'zod'

/** What a schema found, in words that go on behind the name of the field: `is missing`, `must not be empty`. */

/** From now on every schema of this process speaks plainly, where it has no words of its own. May be called again. */
export function speakPlainly(): void {
  z.config({ customError: (issue) => plainWords(issue) })
}

/** Finished or not: as a schema raises it, or as it is told. */
export interface Issue {
  readonly path?: readonly PropertyKey[] | undefined
  readonly message?: string | undefined
}

/** `from is missing`, `limits.foo: …`; `whole` names what has no path. */
export function toldIssue({ path = [], message = 'is not as expected' }: Issue, whole: string): string {
  const at = path.map(String).join('.') || whole
  if (at === '') return message
  return /^(?:is|must|has|have|may|does|needs)\b/u.test(message) ? `${at} ${message}` : `${at}: ${message}`
}

type RawIssue = Parameters<NonNullable<NonNullable<Parameters<typeof z.config>[0]>['customError']>>[0]

function plainWords(issue: RawIssue): string | undefined {
  if (issue.input === undefined && isAboutValue(issue.code)) return 'is missing'
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${kinds[issue.expected] ?? issue.expected}${foundIn(issue.input)}`
    case 'invalid_value':
      return `must be ${orOf(issue.values.map((value) => JSON.stringify(value) ?? String(value)))}`
    case 'too_small':
      return tooSmall(issue)
    case 'too_big':
      return `must ${measured(issue.origin, issue.exact === true ? 'exactly' : 'at most', issue.maximum)}`
    case 'invalid_format':
      return formats[issue.format] ?? 'has another form than is expected'
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`
    case 'unrecognized_keys':
      return unknownKeys(issue)
    case 'invalid_union':
      return ofUnion(issue)
    case 'invalid_key':
      return 'has a name that is not as expected'
    default:
      return undefined
  }
}

function isAboutValue(code: string | undefined): boolean {
  return code === 'invalid_type' || code === 'invalid_value' || code === 'invalid_union'
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  bigint: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
  undefined: 'left out',
  never: 'left out',
}

/** Where it says more than what is expected. */
function foundIn(input: unknown): string {
  if (input === null) return ', not null'
  if (Array.isArray(input)) return ', not a list'
  if (typeof input === 'number' && !Number.isInteger(input)) return ''
  const kind = kinds[typeof input]
  return kind === undefined ? '' : `, not ${kind}`
}

const formats: Readonly<Record<string, string>> = {
  uuid: 'is not an id',
  datetime: 'is not a time such as 2026-03-01T09:00:00.000Z',
  date: 'is not a day such as 2026-03-01',
  url: 'is not an address such as https://example.org',
}

type TooSmall = Extract<RawIssue, { code: 'too_small' }>

function tooSmall({ origin, minimum, exact, inclusive }: TooSmall): string {
  if (exact === true) return `must ${measured(origin, 'exactly', minimum)}`
  if (minimum === 1 && sizes[origin] !== undefined) return 'must not be empty'
  return `must ${measured(origin, inclusive === false ? 'more than' : 'at least', minimum)}`
}

const sizes: Readonly<Record<string, string>> = {
  string: 'characters',
  array: 'entries',
  map: 'entries',
  set: 'entries',
}

function measured(origin: string, how: string, much: number | bigint): string {
  const unit = sizes[origin]
  return unit === undefined ? `be ${how} ${much}` : `have ${how} ${much} ${unit}`
}

type UnknownKeys = Extract<RawIssue, { code: 'unrecognized_keys' }>

const keysNamedMax = 40

/** The keys of the object in which the unknown one stands. */
function unknownKeys({ keys, inst }: UnknownKeys): string {
  const { shape } = (inst?._zod.def ?? {}) as { shape?: Readonly<Record<string, unknown>> }
  const known = Object.keys(shape ?? {})
  const named = known.slice(0, keysNamedMax).join(', ')
  const hint = known.length === 0 ? '' : `; it takes ${named}${known.length > keysNamedMax ? ' …' : ''}`
  return `does not take ${orOf(keys.map((key) => JSON.stringify(key)))}${hint}`
}

type Union = Extract<RawIssue, { code: 'invalid_union' }> & { readonly options?: readonly unknown[] }

/** What each form would need of the value itself; forms that fail deeper say where. */
function ofUnion({ errors, options }: Union): string {
  if (options !== undefined) return `must be ${orOf(options.map((option) => JSON.stringify(option)))}`
  const forms = (errors as readonly (readonly Issue[])[]).flatMap(([first]) =>
    first === undefined ? [] : [toldIssue(first, '')],
  )
  return orOf([...new Set(forms)]) || 'has none of the forms that are possible'
}

function orOf(words: readonly string[]): string {
  const shown = words.slice(0, keysNamedMax)
  const last = shown.at(-1) ?? ''
  return shown.length < 2 ? last : `${shown.slice(0, -1).join(', ')} or ${last}`
}
