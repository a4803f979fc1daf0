import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { patternsPolicy } from '../../handoffs/routing/policy.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Actor } from '../../kernel/event.ts'
import { DocumentFolder } from '../document-folder.ts'
import { KeptRenderings } from '../kept-renderings.ts'
import { openStore } from '../open-store.ts'
import { type Project, projectOn } from '../project.ts'
import { openProjectionStore } from '../projection-store.ts'
import { GuardedStore, type Removal } from '../secrets/guarded-store.ts'
import { Secrets } from '../secrets/secrets.ts'
import type { Settings } from '../settings.ts'
import { AgentsAtWork } from './at-work.ts'
import type { HookPlaces } from './places.ts'

/** What hooks work with: the log and what is folded from it, without models, tools and projections. */
export interface HookLog {
  readonly settings: Settings
  readonly places: HookPlaces
  readonly project: Project
  readonly atWork: AgentsAtWork
  readonly kept: KeptRenderings
  readonly say: (notice: string) => void
  /** Keeps what is folded for the next process. */
  keep(): void
  close(): Promise<void>
}

/** What the main conversation does is nobody's: it is no agent with a file, and whether a person said so is not known. */
export const mainConversation: Actor = { kind: 'unknown', id: 'claude-code' }

export interface OpenHookLog {
  readonly settings: Settings
  readonly places: HookPlaces
  readonly clock: Clock
  readonly say: (notice: string) => void
  /** Something that looked like a secret was taken out of what would have gone on record. */
  readonly onSecret: (removal: Removal) => void
}

/** Rejects with the store's errors. Whoever opens it closes it. */
export async function openHookLog({ settings, places, clock, say, onSecret }: OpenHookLog): Promise<HookLog> {
  const { dir, memory } = settings
  mkdirSync(dir, { recursive: true })
  const secrets = new Secrets(settings.config.notSecrets)
  const opened = await openStore(settings.store, { clock })
  const store = new GuardedStore(opened, secrets, onSecret)
  const views = openProjectionStore(join(dir, 'views.db'))
  const bases = join(dir, 'rendered')
  const rendering = (parts: Omit<Project, 'rendering'>) =>
    new DocumentFolder({ ...parts, folder: memory, bases, secrets, onNotice: say, hooks: 'told' })
  const project = projectOn({ store, clock, policy: patternsPolicy, rendering, views, secrets })
  const keep = () => project.reading.keep()
  const close = async () => {
    views.close()
    await store.close()
  }
  return {
    settings,
    places,
    project,
    atWork: new AgentsAtWork(dir),
    kept: new KeptRenderings(bases, secrets),
    say,
    keep,
    close,
  }
}
