import type { Project } from '../project.ts'
import type { Settings } from '../settings.ts'
import type { Seal } from './seal.ts'
import { SealBook } from './seal-book.ts'
import { Sealer, type SealerOptions } from './sealer.ts'
import { sealingIn } from './sealing.ts'

export interface SealedNow {
  /** Null: nothing came since the last one. */
  readonly seal: Seal | null
  readonly event: string | null
  /** Where seals are kept, too. */
  readonly folder: string
}

/** Seals everything that is in the log now. Rejects as `Sealer.seal` does. */
export async function sealNow(
  { store, ids, worker }: Pick<Project, 'store' | 'ids' | 'worker'>,
  { seals: folder }: Pick<Settings, 'seals'>,
  onWait?: SealerOptions['onWait'],
): Promise<SealedNow> {
  const line = await new Sealer({ store, folder, ids, worker, onWait }).seal()
  return { seal: line?.seal ?? null, event: line?.event ?? null, folder }
}

/** The newest seal outside the store; undefined before there is one. `seals` is the folder where they are kept. */
export function lastSeal(seals: string): Seal | undefined {
  return new SealBook(sealingIn(seals).book).read().at(-1)?.seal
}
