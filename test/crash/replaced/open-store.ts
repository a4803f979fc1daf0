import { type OpenStoreOptions, openStore as open } from '../../../src/runtime/open-store.ts'
import type { EventStore } from '../../../src/store/port.ts'
import { acknowledge, orders, place } from '../point.ts'

/** The log, with a place to die before and after every append. */
export async function openStore(url: string, options: OpenStoreOptions): Promise<EventStore> {
  const store = await open(url, options)
  const append = store.append.bind(store)
  store.append = async (stream, events, expectation) => {
    const here = place(`append:${events.map(({ type }) => type).join('+')}`)
    if (orders.plant === 'acknowledges_early') acknowledge(events)
    here.pass('before')
    const appended = await append(stream, events, expectation)
    acknowledge(events)
    here.pass('after')
    return appended
  }
  return store
}
