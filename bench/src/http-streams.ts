import { connect } from 'node:net'

/**
 * Clients that follow the log of a server, in a process of their own: `node http-streams.ts PORT IDLE STALLED`. The
 * idle ones follow workflows in which nothing happens and read what comes; the stalled ones follow everything and
 * read nothing, and connect again as soon as they are let go. Tells when all are answered, and then on every message
 * how often a stalled one was let go.
 */
const [, , port, idle, stalled] = process.argv.map(Number) as [number, number, number, number, number]
let letGo = 0
let over = false

await Promise.all([
  ...Array.from({ length: idle }, (_, index) =>
    open(`/v1/events?after=now&workflow=quiet-${index}`, 'reads'),
  ),
  ...Array.from({ length: stalled }, () => open('/v1/events?after=now', 'stalls')),
])
process.send!({ ready: true })
process.on('message', () => process.send!({ letGo }))
process.on('disconnect', () => {
  over = true
  process.exit()
})

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
    socket.once('close', () => {
      if (over) return
      letGo += 1
      void open(path, how)
    })
  })
}
