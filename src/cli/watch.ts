import type { Position } from '../kernel/event.ts'
import type { EventStore } from '../store/port.ts'
import { progressLine } from './progress.ts'

export interface WatchOptions {
  readonly after: Position | null
  /** Only events of this workflow. */
  readonly workflow: string | undefined
  say(line: string): void
}

/** Tells what happens while it happens. `end` waits for what was appended until then. */
export function watch(store: EventStore, { after, workflow, say }: WatchOptions): { end(): Promise<void> } {
  const stop = new AbortController()
  let seen = after
  const show = (event: Parameters<typeof progressLine>[0]) => {
    seen = event.position
    if (workflow !== undefined && event.meta.correlation !== workflow) return
    const line = progressLine(event)
    if (line !== null) say(line)
  }
  const follow = async () => {
    const from = after === null ? ('start' as const) : { after }
    for await (const item of store.subscribe({ from, signal: stop.signal }))
      if (item.kind === 'event') show(item.event)
  }
  const following = follow()
  return {
    async end() {
      stop.abort()
      await following
      const from = seen === null ? ('start' as const) : { after: seen }
      for await (const event of store.readAll({ from })) show(event)
    },
  }
}
