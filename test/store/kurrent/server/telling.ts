import { setTimeout as sleep } from 'node:timers/promises'
import type streams from '@eventstore/db-client/generated/streams_pb.js'
import type { ServerWritableStream } from '@grpc/grpc-js'
import type { ReadFault } from './faults.ts'

/** Says a read's answers as fast as the client takes them, or as badly as its fault demands. */
export class Telling {
  over = false
  readonly #call: ServerWritableStream<streams.ReadReq, streams.ReadResp>
  readonly #fault: Exclude<ReadFault, { kind: 'mute' }> | undefined
  readonly #cut: () => void
  readonly #gone: Promise<void>
  #events = 0

  constructor(
    call: ServerWritableStream<streams.ReadReq, streams.ReadResp>,
    fault: Exclude<ReadFault, { kind: 'mute' }> | undefined,
    cut: () => void,
  ) {
    this.#call = call
    this.#fault = fault
    this.#cut = cut
    this.#gone = new Promise((resolve) => {
      const gone = () => {
        this.over = true
        resolve()
      }
      call.once('cancelled', gone)
      call.once('close', gone)
      call.on('error', gone)
    })
  }

  async tellEvent(answer: streams.ReadResp): Promise<void> {
    const fault = this.#fault
    if ((fault?.kind === 'end' || fault?.kind === 'cut') && this.#events === fault.events) {
      if (fault.kind === 'cut') this.#cut()
      this.end()
      return
    }
    if (fault?.kind === 'slow') await Promise.race([sleep(fault.ms), this.#gone])
    this.#events += 1
    await this.tell(answer)
    if (fault?.kind === 'repeat') await this.tell(answer)
  }

  async tell(answer: streams.ReadResp): Promise<void> {
    if (this.over || this.#call.write(answer)) return
    await this.until((look) => {
      this.#call.once('drain', look)
      return () => this.#call.off('drain', look)
    })
  }

  /** Resolves when what is listened to happens, or the client is gone. */
  async until(listen: (look: () => void) => () => void): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const stop = listen(resolve)
    await Promise.race([promise, this.#gone])
    stop()
  }

  end(): void {
    if (this.over) return
    this.over = true
    this.#call.end()
  }
}
