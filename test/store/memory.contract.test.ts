import { MemoryLog, MemoryStore } from '../../src/store/memory.ts'
import { eventStoreContract } from '../contract/event-store.ts'

eventStoreContract('the memory store', async ({ codec, clock }) => {
  const log = new MemoryLog()
  return {
    store: new MemoryStore({ codec, clock, log }),
    another: async () => new MemoryStore({ codec, clock, log }),
    dispose: async () => {},
  }
})
