import { startTestServer } from './test-server.ts'

/**
 * The test server as a process of its own: `node test/store/kurrent/server/main.ts [--port N]`. Prints its URL
 * as the first line on stdout; told to its parent too, when it was forked. Ends on SIGTERM, on SIGINT, and
 * with the parent that forked it. What it holds is gone then.
 */
const flag = process.argv.indexOf('--port')
const port = flag < 0 ? 0 : Number(process.argv[flag + 1])
const server = await startTestServer({ port })
process.stdout.write(`${server.url}\n`)
process.send?.({ url: server.url })
process.on('message', (message) => obey(message))
for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.once(signal, () => process.exit(0))

/** What a parent may ask for: that the server is away for a while, with what it holds. */
function obey(message: unknown): void {
  if (message === 'swallow') server.gate.swallow()
  else if (message === 'open') server.gate.open()
  else if (message === 'cut') server.cut()
}
