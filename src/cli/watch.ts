import type { Position, RecordedEvent } from '../kernel/event.ts'
import type { EventStore } from '../store/port.ts'
import { progressLine, progressLineOfMany } from './progress.ts'

export interface WatchOptions {
  readonly after: Position | null
  /** Only events of this workflow. */
  readonly workflow: string | undefined
  say(line: string): void
  /** Of the same events, in the log's order, before anything is said of them. */
  onEvent?(event: RecordedEvent): void
}

/** Tells what happens while it happens. `end` waits for what was appended until then. */
export function watch(
  store: EventStore,
  { after, workflow, say, onEvent }: WatchOptions,
): { end(): Promise<void> } {
  const stop = new AbortController()
  let seen = after
  const show = (event: RecordedEvent) => {
    seen = event.position
    if (workflow !== undefined && event.meta.correlation !== workflow) return
    onEvent?.(event)
    const line = workflow === undefined ? progressLineOfMany(event) : progressLine(event)
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
