import type { ClientResponse } from 'hono/client'
import { type DaybookClient, daybookClient } from '../client/client.ts'
import { DaybookError, type ErrorCode } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'

/** A Daybook that runs elsewhere, as commands with `--url` ask it. */
export interface RunningServer {
  readonly url: string
  readonly client: DaybookClient
  /** For what is no JSON: the path begins with `/v1`. */
  readonly fetch: (
    path: string,
    init?: { readonly accept?: string; readonly signal?: AbortSignal },
  ) => Promise<Response>
}

/** The server at an address. The key comes from the environment: nobody reads it off a command line. */
export function runningServer(url: string, key: string | null): RunningServer {
  const place = addressIn(url)
  const auth: Record<string, string> = key === null ? {} : { Authorization: `Bearer ${key}` }
  const client = daybookClient(place, {
    ...(key === null ? {} : { key }),
    timeoutMs: limits.serverAnswersMs,
  })
  return {
    url: place,
    client,
    fetch: (path, { accept = 'application/json', signal } = {}) =>
      fetch(`${place}${path}`, {
        headers: { ...auth, Accept: accept },
        ...(signal === undefined ? {} : { signal }),
      }),
  }
}

/** Throws `usage` for what is no address. */
export function addressIn(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null
  if (parsed !== null && /^https?:$/u.test(parsed.protocol) && parsed.username === '') return parsed.origin
  throw new DaybookError(
    'usage',
    '--url: expected an address such as http://localhost:8080, without a key in it.',
  )
}

interface NoAnswer {
  readonly title: string
  readonly detail: string
  readonly code: string
}
/** What is in an answer that says yes, as JSON: no problem, and nothing of another kind. */
type Said<Answer> =
  Answer extends ClientResponse<infer Body, number, string>
    ? Body extends NoAnswer | Response
      ? never
      : Body
    : never

/** What a server answered. Rejects with the problem's words as the same command would here. */
export async function said<Answer extends ClientResponse<unknown, number, string>>(
  asked: Promise<Answer>,
): Promise<Said<Answer>> {
  const answer = await reached(asked)
  if (answer.ok) return (await answer.json()) as Said<Answer>
  throw await problemIn(answer)
}

/** Text exactly as it is: no byte of its beginning is taken for a mark. */
export async function saidText(asked: Promise<Response>): Promise<string> {
  const bytes = await saidBytes(asked)
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}

export async function saidBytes(asked: Promise<Response>): Promise<Uint8Array> {
  const answer = await reached(asked)
  if (!answer.ok) throw await problemIn(answer)
  return new Uint8Array(await answer.arrayBuffer())
}

/** Rejects with `unavailable` when nobody answers. */
export async function reached<Answer>(asked: Promise<Answer>): Promise<Answer> {
  try {
    return await asked
  } catch (error) {
    if (!(error instanceof TypeError) && (error as Error).name !== 'TimeoutError') throw error
    const { cause, message } = error as Error
    const why = cause instanceof Error ? cause.message : message
    throw new DaybookError(
      'unavailable',
      `The server cannot be reached: ${why}. "daybook doctor --url ADDRESS" looks at it.`,
      { cause: error },
    )
  }
}

/** Every page of a list, in its order. */
export async function everyPage<Item>(
  page: (cursor: {
    readonly after?: string
  }) => Promise<{ readonly items: readonly Item[]; readonly next: string | null }>,
): Promise<Item[]> {
  const all: Item[] = []
  let cursor: { readonly after?: string } = {}
  for (;;) {
    const { items, next } = await page(cursor)
    all.push(...items)
    if (next === null) return all
    cursor = { after: next }
  }
}

/** Asks for a work until it is over. Rejects with why it failed. */
export async function whenDone<Result>(
  look: () => Promise<{
    readonly status: string
    readonly result: Result | null
    readonly problem: string | null
  }>,
): Promise<Result> {
  for (let waitMs: number = limits.workLookMsMin; ; waitMs = Math.min(2 * waitMs, limits.workLookMsMax)) {
    const { status, result, problem } = await look()
    if (status === 'done' && result !== null) return result
    if (status !== 'running') throw new DaybookError('rejected', problem ?? `The work is ${status}.`)
    await new Promise((resolve) => setTimeout(resolve, waitMs))
  }
}

/** As a segment of a path: the client puts parameters in as they are. */
export const segment = encodeURIComponent

const wrongUsage: ReadonlySet<string> = new Set(['usage', 'bad_request'])
const own: ReadonlySet<string> = new Set<ErrorCode>(['not_found', 'damaged', 'unavailable', 'too_large'])

async function problemIn(answer: {
  readonly status: number
  text(): Promise<string>
}): Promise<DaybookError> {
  const text = await answer.text()
  const { code, detail } = partsOf(text)
  if (detail === undefined)
    return new DaybookError('unavailable', `The server answered ${answer.status}, and not as a Daybook does.`)
  const kind = wrongUsage.has(code ?? '') ? 'usage' : own.has(code ?? '') ? (code as ErrorCode) : 'rejected'
  return new DaybookError(kind, detail, { details: { code } })
}

function partsOf(text: string): { readonly code?: string; readonly detail?: string } {
  try {
    return JSON.parse(text) as { code?: string; detail?: string }
  } catch {
    return {}
  }
}
