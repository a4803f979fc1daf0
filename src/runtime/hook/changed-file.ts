import './without-compiling.ts'
import { readFileSync, statSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { catalogue } from '../../kernel/event-schema.ts'
import { limits } from '../../kernel/limits.ts'
import type { ToolFinding } from '../../sessions/commands.ts'
import { sessionEvents } from '../../sessions/events.ts'
import { Codec } from '../../store/codec.ts'
import { openSqliteStore } from '../../store/sqlite/sqlite-store.ts'
import { fingerprint } from '../../tools/file-digest.ts'
import { systemIds } from '../ids.ts'
import { GuardedStore } from '../secrets/guarded-store.ts'
import { Secrets } from '../secrets/secrets.ts'
import { Streams } from '../streams.ts'
import type { AtWork } from './at-work.ts'
import type { HookCallOf } from './payload.ts'
import type { HookPlaces } from './places.ts'
import type { HookRun } from './run-hook.ts'
import { recordFindings } from './session-findings.ts'

/** What a tool made of a file that is no document; null for what has no digest: a folder, a huge file. */
export function changeOf(
  call: HookCallOf<'FileUsed'>,
  { folder }: Pick<HookPlaces, 'folder'>,
): ToolFinding | null {
  const file = resolve(folder, call.path)
  const path = relative(folder, file).slice(0, limits.toolPathCharsMax)
  const stats = statSync(file, { throwIfNoEntry: false })
  if (stats !== undefined && (!stats.isFile() || stats.size > limits.hookDigestBytesMax)) return null
  const print = stats === undefined ? { digest: null, bytes: 0 } : fingerprint(readFileSync(file))
  return { type: 'FileChanged', data: { path, ...print, toolUse: call.toolUse } }
}

/**
 * Most of what an agent does is this: it goes straight into the session's stream, which is all that has to be known,
 * in half the time of loading everything that the other calls need. Rejects with the store's errors.
 */
export async function recordChangedFile(
  call: HookCallOf<'FileUsed'>,
  {
    places,
    work,
    run,
  }: { readonly places: HookPlaces & { readonly log: string }; readonly work: AtWork; readonly run: HookRun },
): Promise<void> {
  const change = changeOf(call, places)
  if (change === null) return
  const known = catalogue([sessionEvents])
  const opened = await openSqliteStore({ path: places.log, codec: new Codec(known), clock: run.clock })
  const store = new GuardedStore(opened, new Secrets())
  const streams = new Streams({ store, catalogue: known, ids: systemIds })
  try {
    await recordFindings({ store, streams }, { work, toolUse: call.toolUse, findings: [change] })
  } finally {
    if (run.atEnd === 'close') await store.close()
  }
}
