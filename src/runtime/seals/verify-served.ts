import type { EventStore } from '../../store/port.ts'
import { systemClock } from '../daybook.ts'
import { openStore } from '../open-store.ts'
import type { Settings } from '../settings.ts'
import { type Verified, type VerifyOptions, verifyLog } from './verify-log.ts'

/** Compares a log that is in use with its seals, with eyes of its own: a log that has lost rows is opened, too. */
export async function verifyServed(
  own: EventStore,
  { store: url, seals: folder }: Pick<Settings, 'store' | 'seals'>,
  onCount: (events: number) => void,
): Promise<Verified> {
  return own.description === 'memory:'
    ? verifyLog(own, { folder, onCount })
    : verifyStored(url, { folder, onCount })
}

/** Opens a log to compare it with its seals, also one that has lost rows. */
export async function verifyStored(url: string, options: VerifyOptions): Promise<Verified> {
  const store = await openStore(url, { clock: systemClock, mode: 'inspect' })
  try {
    return await verifyLog(store, options)
  } finally {
    await store.close()
  }
}
