import type { EventStore } from '../../store/port.ts'
import { systemClock } from '../daybook.ts'
import { openStore } from '../open-store.ts'
import type { Settings } from '../settings.ts'
import { type Verified, verifyLog } from './verify-log.ts'

/** Compares a log that is in use with its seals, with eyes of its own: a log that has lost rows is opened, too. */
export async function verifyServed(
  own: EventStore,
  { store: url, seals: folder }: Pick<Settings, 'store' | 'seals'>,
  onCount: (events: number) => void,
): Promise<Verified> {
  if (own.description === 'memory:') return verifyLog(own, { folder, onCount })
  const store = await openStore(url, { clock: systemClock, mode: 'inspect' })
  try {
    return await verifyLog(store, { folder, onCount })
  } finally {
    await store.close()
  }
}
