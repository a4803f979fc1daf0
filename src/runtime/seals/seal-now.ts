import type { Project } from '../project.ts'
import type { Settings } from '../settings.ts'
import type { Seal } from './seal.ts'
import { Sealer } from './sealer.ts'

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
): Promise<SealedNow> {
  const line = await new Sealer({ store, folder, ids, worker }).seal()
  return { seal: line?.seal ?? null, event: line?.event ?? null, folder }
}
