import type { Json } from '../../kernel/event.ts'
import type { Digest } from '../../kernel/words.ts'
import { digestText } from '../digest.ts'
import { findSecrets, mayHoldSecrets } from './find-secrets.ts'

/** Something that was taken out. Says nothing of it but its digest. */
export interface Redaction {
  readonly rule: string
  readonly digest: Digest
}

export interface Redacted<T> {
  readonly value: T
  readonly redactions: readonly Redaction[]
}

/** Takes secrets out of what comes in, before anything is done with it; the rule's name stands in their place. */
export class Secrets {
  readonly #allowed: ReadonlySet<string>

  /** @param allowed digests of texts that look like secrets and are none. */
  constructor(allowed: readonly string[] = []) {
    this.#allowed = new Set(allowed)
  }

  async text(text: string): Promise<Redacted<string>> {
    const found = (await findSecrets(text)).map((secret) => ({
      ...secret,
      digest: digestText(text.slice(secret.from, secret.to)),
    }))
    const secrets = found.filter(({ digest }) => !this.#allowed.has(digest))
    let value = ''
    let end = 0
    for (const { rule, from, to } of secrets) {
      value += `${text.slice(end, from)}[redacted: ${rule}]`
      end = to
    }
    return {
      value: value + text.slice(end),
      redactions: secrets.map(({ rule, digest }) => ({ rule, digest })),
    }
  }

  /** Every text inside a JSON value, keys included. What holds none comes back as it is. */
  async json<T extends Json>(value: T): Promise<Redacted<T>> {
    if (!holdsAnything(value)) return { value, redactions: [] }
    const redactions: Redaction[] = []
    const walk = async (each: Json): Promise<Json> => {
      if (typeof each === 'string') {
        if (isPlain(each)) return each
        const redacted = await this.text(each)
        redactions.push(...redacted.redactions)
        return redacted.value
      }
      if (Array.isArray(each)) return Promise.all(each.map(walk))
      if (each === null || typeof each !== 'object') return each
      const entries = Object.entries(each).map(async ([key, child]) => [await walk(key), await walk(child)])
      return Object.fromEntries(await Promise.all(entries)) as Json
    }
    const walked = (await walk(value)) as T
    return { value: redactions.length === 0 ? value : walked, redactions }
  }
}

function holdsAnything(value: Json): boolean {
  if (typeof value === 'string') return !isPlain(value) && mayHoldSecrets(value)
  if (Array.isArray(value)) return value.some(holdsAnything)
  if (value === null || typeof value !== 'object') return false
  return Object.entries(value).some(([key, child]) => holdsAnything(key) || holdsAnything(child))
}

/** Our own ids, digests and times: hexadecimal, and nothing else. */
function isPlain(text: string): boolean {
  return text.length < 8 || /^(?:sha256:)?[0-9a-f-]{8,72}$/u.test(text)
}
