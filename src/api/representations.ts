import { accepts } from 'hono/accepts'
import type { ApiContext } from './context.ts'
import { etagOf, isKnown } from './etag.ts'

/** 304 when the reader has this state already; otherwise the answer gets its ETag. */
export function tagged(c: ApiContext, revision: number): Response | null {
  const etag = etagOf(revision)
  c.header('ETag', etag)
  c.header('Vary', 'Accept')
  return isKnown(c.req.header('If-None-Match'), etag) ? c.body(null, 304) : null
}

export function prefers(c: ApiContext, otherwise: 'text/markdown' | 'application/json'): string {
  const supports = ['text/markdown', 'application/json']
  return accepts(c, { header: 'Accept', supports, default: otherwise })
}

export function markdown(c: ApiContext, text: string): Response {
  return c.body(text, 200, { 'Content-Type': 'text/markdown; charset=utf-8' })
}
