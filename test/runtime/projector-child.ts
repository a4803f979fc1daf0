import { join } from 'node:path'
import process from 'node:process'
import { projections } from '../../projections/index.ts'
import type { Position } from '../../src/kernel/event.ts'
import { events as catalogue } from '../../src/runtime/catalogue.ts'
import { openProjectionStore } from '../../src/runtime/projection-store.ts'
import { Projector } from '../../src/runtime/projector.ts'
import { Codec } from '../../src/store/codec.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'

/** A process of its own that follows the log in `folder` until `target` is folded. */
const [folder = '', target = ''] = process.argv.slice(2)
const clock = { now: () => Date.now() }
const store = await openSqliteStore({ path: join(folder, 'log.db'), codec: new Codec(catalogue), clock })
const projector = new Projector({ store, projections, views: openProjectionStore(join(folder, 'views.db')) })
const stop = new AbortController()
const following = projector.follow(stop.signal)
process.stdout.write('ready\n')
await projector.waitFor(target as Position, 8_000)
stop.abort()
await following
const found = [...projector.diagnostics, ...(await projector.check())]
projector.close()
await store.close()
process.stdout.write(`${JSON.stringify(found)}\n`)
