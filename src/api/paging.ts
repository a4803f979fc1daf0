import { z } from '@hono/zod-openapi'
import { refusal } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import { PageSize } from './schemas.ts'

/** The part of a query that asks for a page of a list whose order stays. */
export const pageQuery = {
  /** `next` of the page before. */
  after: z.string().min(1).max(limits.agentNameCharsMax).optional(),
  limit: PageSize.optional(),
}

/** Some words that a listed text has, in any case. */
export const WordsFilter = z.string().min(1).max(200)

export interface PageOf<Item> {
  readonly page: Item[]
  /** For `after` of the next page; null when the list ended here. */
  readonly next: string | null
}

/**
 * The page behind the entry that `after` names: what is listed when paging begins comes once, whatever is added
 * meanwhile, since nothing that is listed moves or goes. `all` has every entry in its order, `matches` says which
 * are wanted. Throws `bad_request` for a cursor that names no entry.
 */
export function pageOf<Item>(
  all: readonly Item[],
  {
    after,
    limit = limits.httpPageMax,
  }: { readonly after?: string | undefined; readonly limit?: number | undefined },
  { id, matches = () => true }: { id: (item: Item) => string; matches?: (item: Item) => boolean },
): PageOf<Item> {
  const begin = after === undefined ? 0 : all.findIndex((item) => id(item) === after) + 1
  if (after !== undefined && begin === 0) {
    const message = `after is ${JSON.stringify(after.slice(0, 100))}: expected "next" of the page before.`
    throw refusal({ code: 'bad_request', message })
  }
  const found = all.slice(begin).filter(matches)
  const page = found.slice(0, limit)
  return { page, next: found.length > limit ? id(page.at(-1)!) : null }
}

/** Whether a text has these words, in any case; true when nothing is asked for. */
export function hasWords(text: string, words: string | undefined): boolean {
  return words === undefined || text.toLowerCase().includes(words.toLowerCase())
}
