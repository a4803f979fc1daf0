import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Watches a server's connections. The function it gives closes those on which nothing is being answered; also
 * those that were opened ahead and never asked anything, which Node does not count as idle.
 */
export function watchConnections(server: Server): () => void {
  const answering = new Map<Socket, number>()
  server.on('connection', (socket: Socket) => {
    answering.set(socket, 0)
    socket.on('close', () => answering.delete(socket))
  })
  server.on('request', ({ socket }, response) => {
    answering.set(socket, (answering.get(socket) ?? 0) + 1)
    response.on('close', () => {
      const count = answering.get(socket)
      if (count !== undefined) answering.set(socket, count - 1)
    })
  })
  return () => {
    for (const [socket, count] of answering) if (count === 0) socket.destroy()
  }
}
