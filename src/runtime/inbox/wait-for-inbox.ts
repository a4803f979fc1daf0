import { limits } from '../../kernel/limits.ts'
import type { Project } from '../project.ts'
import { canBeTaken, type Inbox, listInbox } from './inbox.ts'
import { nextInbox } from './inbox-watch.ts'

/**
 * The inbox as soon as it differs from `cursor`; without a cursor, as soon as something can be taken or has come
 * back. After `timeoutMs` (at most `limits.inboxWaitMsMax`), or when `signal` aborts: as it is then.
 */
export async function waitForInbox(
  project: Project,
  agent: string,
  {
    cursor,
    timeoutMs,
    signal,
  }: { readonly cursor?: string | undefined; readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Inbox> {
  const isNews = (inbox: Inbox) =>
    cursor === undefined ? inbox.items.some(canBeTaken) : inbox.cursor !== cursor
  const standing = await listInbox(project, agent)
  if (isNews(standing)) return standing
  const waitMs = Math.min(timeoutMs, limits.inboxWaitMsMax)
  const next = await nextInbox(project, agent, { isNews, timeoutMs: waitMs, signal })
  return next === null ? listInbox(project, agent) : { ...next, agent }
}

/**
 * The inbox now, unless it is still as of `cursor`, and again whenever it has changed, until `signal` aborts. `null`
 * after each `quietMs` without news.
 */
export async function* followInbox(
  project: Project,
  agent: string,
  {
    cursor,
    quietMs,
    signal,
  }: { readonly cursor?: string | undefined; readonly quietMs: number; readonly signal: AbortSignal },
): AsyncGenerator<Inbox | null, void> {
  let last = await listInbox(project, agent)
  if (last.cursor !== cursor) yield last
  while (!signal.aborted) {
    const next = await waitForInbox(project, agent, { cursor: last.cursor, timeoutMs: quietMs, signal })
    if (signal.aborted) return
    yield next.cursor === last.cursor ? null : next
    last = next
  }
}
