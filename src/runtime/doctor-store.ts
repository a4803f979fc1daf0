import { existsSync, statSync } from 'node:fs'
import type { Clock } from '../kernel/clock.ts'
import { counted } from '../kernel/counted.ts'
import { shortPosition } from '../kernel/event.ts'
import type { EventStore } from '../store/port.ts'
import { events as catalogue } from './catalogue.ts'
import { type Check, failed } from './doctor-check.ts'
import { openStore } from './open-store.ts'
import type { Settings } from './settings.ts'
import { storeHealth } from './store-health.ts'

/** Whether the log opens, can be read from its first event to its last, and how large it is. */
export async function checkStore({ store: url }: Settings, clock: Clock): Promise<Check> {
  const file = url.startsWith('sqlite:') ? url.slice('sqlite:'.length) : null
  if (file !== null && !existsSync(file)) {
    const found = `no log yet; the first run makes ${file}`
    return { check: 'store', status: 'ok', found, remedy: null }
  }
  const remedy =
    file === null
      ? 'Check the address (--store, DAYBOOK_STORE) and that the server runs.'
      : 'Name another log with --dir or --store, or bring back a copy: "daybook import FILE" reads an export.'
  let store: EventStore | null = null
  try {
    store = await openStore(url, { clock, mode: 'read' })
    // A server that is silent or away is said to be before its whole log is asked for.
    const health = await storeHealth(store)
    if (health.state !== 'ready') return { check: 'store', status: 'failed', found: health.detail, remedy }
    let events = 0
    const strange = new Map<string, number>()
    for await (const { type } of store.readAll()) {
      events += 1
      if (!catalogue.has(type)) strange.set(type, (strange.get(type) ?? 0) + 1)
    }
    const position = shortPosition((await store.lastPosition()) ?? '0')
    const size = file === null ? '' : `, ${sizeOf(file)}`
    const found = `${store.description}: ${counted(events, 'event')}, position ${position}${size}`
    return strange.size === 0
      ? { check: 'store', status: 'ok', found, remedy: null }
      : { check: 'store', status: 'note', found: `${found}; ${passedOver(strange)}`, remedy: newerRemedy }
  } catch (error) {
    return failed('store', error, remedy)
  } finally {
    await store?.close()
  }
}

const newerRemedy =
  'Bring this Daybook up to date before agents run on this log: a newer one wrote what it passes over.'

/** Types listed by name; the others are counted. */
const typesNamed = 10

function passedOver(strange: ReadonlyMap<string, number>): string {
  const count = [...strange.values()].reduce((sum, some) => sum + some, 0)
  const named = [...strange].slice(0, typesNamed).map(([type, some]) => `${some} ${type}`)
  const others = strange.size > typesNamed ? [`${strange.size - typesNamed} other types`] : []
  return `${count} of them of types or versions that it does not know, kept and passed over: ${[...named, ...others].join(', ')}`
}

/** With what is not merged into the file yet. */
function sizeOf(file: string): string {
  const bytes = ['', '-wal']
    .map((suffix) => statSync(`${file}${suffix}`, { throwIfNoEntry: false })?.size ?? 0)
    .reduce((sum, size) => sum + size, 0)
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`
}
