import { startTestServer } from '../../test/store/kurrent/server/test-server.ts'

/** The test server in a process of its own, so that it is not measured with its clients. */
const server = await startTestServer()
process.send?.({ url: `esdb://127.0.0.1:${server.innerPort}?tls=false` })
process.once('disconnect', () => process.exit(0))
