import { once } from 'node:events'
import { connect } from 'node:net'

/**
 * Clients that follow the log of a server, in a process of their own: `node http-streams.ts PORT IDLE STALLED`. The
 * idle ones follow a workflow or an inbox, in turns, in which nothing happens, and read what comes; the stalled ones
 * follow everything and read nothing, and connect again as soon as they are let go. The first message has the ids of
 * workflows. Tells when all are answered, and then on every message how often a stalled one was let go.
 */
const [, , port, idle, stalled] = process.argv.map(Number) as [number, number, number, number, number]
const everything = '/v1/events?after=now'
const quietInbox = '/v1/agents/technical-writer/inbox'
let letGo = 0
const [workflows] = (await once(process, 'message')) as [readonly string[]]

await Promise.all([
  ...Array.from({ length: idle }, (_, index) =>
    open(
      index % 2 === 0 ? `${everything}&workflow=${workflows[(index / 2) % workflows.length]}` : quietInbox,
      'reads',
    ),
  ),
  ...Array.from({ length: stalled }, () => open(everything, 'stalls')),
])
process.send!({ ready: true })
process.on('message', () => process.send!({ letGo }))
process.on('disconnect', () => process.exit())
setInterval(() => void openAgain(), 5_000)

/** A client that reads nothing does not notice that it was let go: the server says how many it has. */
async function openAgain(): Promise<void> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const there = Number(/^daybook_event_streams_open (\d+)$/mu.exec(text)?.[1])
  const gone = idle + stalled - there
  letGo += gone
  await Promise.all(Array.from({ length: gone }, () => open(everything, 'stalls')))
}

/** Resolves with the first bytes of the answer. */
function open(path: string, how: 'reads' | 'stalls'): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n`),
    )
    socket.on('error', () => undefined)
    socket.once('data', (bytes) => {
      if (!bytes.toString('latin1').startsWith('HTTP/1.1 200')) throw new Error(bytes.toString('latin1'))
      if (how === 'stalls') socket.pause()
      else socket.resume()
      resolve()
    })
  })
}
