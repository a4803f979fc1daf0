import { connect, type Socket } from 'node:net'

/**
 * Requests over connections that are kept, one at a time on each. It writes and reads the bytes itself: a client that
 * computes more than the server would be what is measured.
 */
export class Load {
  readonly #lanes: readonly Lane[]

  private constructor(lanes: readonly Lane[]) {
    this.#lanes = lanes
  }

  static async open(port: number, connections: number): Promise<Load> {
    return new Load(await Promise.all(Array.from({ length: connections }, () => Lane.open(port))))
  }

  /** Sends `count` requests, each as soon as its lane is free; `request` makes the one of a lane. */
  async send(count: number, request: (lane: number) => Buffer): Promise<number> {
    let left = count
    const drive = async (lane: Lane, index: number) => {
      while (left > 0) {
        left -= 1
        await lane.send(request(index))
      }
    }
    await Promise.all(this.#lanes.map(drive))
    return count
  }

  close(): void {
    for (const lane of this.#lanes) lane.close()
  }
}

class Gone extends Error {}

/** One connection, opened again when the server let it go for being idle. Throws for what is not 200 or 201. */
class Lane {
  readonly #port: number
  #socket: Socket
  #received: Buffer = Buffer.alloc(0)
  #waiting: { resolve: () => void; reject: (error: Error) => void } | null = null

  private constructor(port: number, socket: Socket) {
    this.#port = port
    this.#socket = this.#listen(socket)
  }

  static async open(port: number): Promise<Lane> {
    return new Lane(port, await connected(port))
  }

  /** Once more when the server closes an idle connection in the moment in which it is used again. */
  async send(request: Buffer): Promise<void> {
    try {
      await this.#sendOnce(request)
    } catch (error) {
      if (!(error instanceof Gone)) throw error
      await this.#sendOnce(request)
    }
  }

  async #sendOnce(request: Buffer): Promise<void> {
    if (this.#socket.destroyed || !this.#socket.writable)
      this.#socket = this.#listen(await connected(this.#port))
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#socket.write(request)
    })
  }

  close(): void {
    this.#waiting = null
    this.#socket.destroy()
  }

  #listen(socket: Socket): Socket {
    socket.setNoDelay(true)
    socket.on('data', (bytes) => this.#take(bytes))
    const gone = () => {
      if (socket === this.#socket) this.#waiting?.reject(new Gone('the server closed the connection'))
    }
    socket.on('error', gone)
    socket.on('close', gone)
    return socket
  }

  #take(bytes: Buffer): void {
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes])
    const head = this.#received.indexOf('\r\n\r\n')
    if (head < 0) return
    const text = this.#received.toString('latin1', 0, head)
    const length = Number(/^content-length: (\d+)/imu.exec(text)?.[1] ?? Number.NaN)
    if (!(this.#received.length >= head + 4 + length)) return
    const waiting = this.#waiting
    const status = text.slice(9, 12)
    const body = this.#received.toString('utf8', head + 4)
    this.#received = Buffer.alloc(0)
    this.#waiting = null
    if (status === '200' || status === '201') waiting?.resolve()
    else waiting?.reject(new Error(`${status}: ${body}`))
  }
}

function connected(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', reject)
    socket.once('connect', () => resolve(socket))
  })
}

/** A request with a body of JSON, as bytes. */
export function jsonRequest(method: string, path: string, body: unknown, headers = ''): Buffer {
  const json = JSON.stringify(body)
  return Buffer.from(
    `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n${headers}Content-Length: ${Buffer.byteLength(json)}\r\n\r\n${json}`,
  )
}
