import type { Connection } from './connection.ts'

/** Whether another process committed since the last look; `PRAGMA data_version` is blind to our own commits. */
export function lookFor(connection: Connection): () => boolean {
  const statement = connection.db.prepare('PRAGMA data_version')
  const version = () => (statement.get() as { data_version: number }).data_version
  let last = version()
  return () => {
    try {
      const now = version()
      const changed = now !== last || !connection.wasInPlace
      last = now
      return changed
    } catch {
      // Locked, or failing: those who wait look for themselves, and hear of it.
      return true
    }
  }
}
