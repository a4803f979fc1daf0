import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/**
 * Stands before a node on the way of every byte: can cut all connections, refuse new ones, or take them and
 * let nothing through, as a dead host behind a live switch does.
 */
export class Gate {
  readonly #server: Server
  readonly #pairs = new Set<readonly [Socket, Socket]>()
  #mode: 'open' | 'black_hole' = 'open'

  private constructor(server: Server) {
    this.#server = server
  }

  static async before(target: number, port = 0): Promise<Gate> {
    const server = createServer()
    const gate = new Gate(server)
    server.on('connection', (socket) => gate.#pass(socket, target))
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', resolve)
    })
    return gate
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Ends every open connection, without a word; new ones work. */
  cut(): void {
    for (const [outer, inner] of this.#pairs) {
      outer.destroy()
      inner.destroy()
    }
    this.#pairs.clear()
  }

  /** Takes connections and bytes, gives nothing back. */
  swallow(): void {
    this.#mode = 'black_hole'
    for (const [outer, inner] of this.#pairs) {
      outer.unpipe(inner)
      inner.unpipe(outer)
      outer.resume()
    }
  }

  /** Also ends what was swallowed: bytes are missing there. */
  open(): void {
    if (this.#mode === 'black_hole') this.cut()
    this.#mode = 'open'
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.cut()
    await closed
  }

  #pass(outer: Socket, target: number): void {
    const inner = connect(target, '127.0.0.1')
    const pair = [outer, inner] as const
    this.#pairs.add(pair)
    for (const socket of pair) {
      socket.setNoDelay(true)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        this.#pairs.delete(pair)
        outer.destroy()
        inner.destroy()
      })
    }
    if (this.#mode === 'black_hole') outer.resume()
    else outer.pipe(inner).pipe(outer)
  }
}
