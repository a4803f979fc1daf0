import { test } from 'vitest'
import { openKurrentStore } from '../../../src/store/kurrent/kurrent-store.ts'
import { eventStoreContract } from '../../contract/event-store.ts'
import { startTestServer } from './server/test-server.ts'

eventStoreContract('KurrentDB (test server)', async (given) => {
  const server = await startTestServer()
  const open = () => openKurrentStore(server.url, { ...given, project: 'contract' })
  return {
    store: await open(),
    another: open,
    faults: {
      silence() {
        server.faults.silence = 'hold'
      },
      restore: () => server.faults.speak(),
      killConnections: () => server.cut(),
    },
    dispose: () => server.stop(),
  }
})

const realUrl = process.env.DAYBOOK_TEST_KURRENT_URL
if (realUrl === undefined) {
  const reason = 'DAYBOOK_TEST_KURRENT_URL is not set: no real KurrentDB was tested, only the test server'
  console.warn(`SKIPPED: ${reason}`)
  test.skipIf(true)(reason, () => undefined)
} else {
  eventStoreContract('KurrentDB (DAYBOOK_TEST_KURRENT_URL)', async (given) => {
    // Every log gets a project of its own: the server keeps what earlier runs wrote.
    const project = `test.${crypto.randomUUID()}`
    const open = () => openKurrentStore(realUrl, { ...given, project })
    return { store: await open(), another: open, dispose: async () => undefined }
  })
}
