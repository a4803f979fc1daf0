import { type EventStore, StoreError } from '../store/port.ts'
import type { Checkpoint } from './projection-store.ts'

/** Whether a checkpoint's event is in this log at its place: states folded from another log are worth nothing. */
export async function isHeldBy(
  store: EventStore,
  { stream, revision, event, position }: Checkpoint,
): Promise<boolean> {
  const last = await store.lastPosition()
  if (last === null || last < position) return false
  try {
    for await (const found of store.readStream(stream, { from: revision, limit: 1 })) {
      return found.id === event && found.position === position
    }
    return false
  } catch (error) {
    if (error instanceof StoreError && error.code === 'stream_deleted') return false
    throw error
  }
}
