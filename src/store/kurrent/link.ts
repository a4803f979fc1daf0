import { status } from '@grpc/grpc-js'
import { limits } from '../../kernel/limits.ts'
import { type Call, StoreError } from '../port.ts'
import { describeAddress, type KurrentAddress } from './address.ts'
import { Connection, type Endpoint } from './connection.ts'
import type { CallFailure } from './failure.ts'

/** Our timer fires this long after gRPC's own deadline, whose error says more. */
const graceMs = 100

/** A wait that ended without an answer: its time was up, or the caller lost interest. */
export class Interruption extends Error {
  override readonly name = 'Interruption'
  readonly code: status

  constructor(code: status, message: string) {
    super(message)
    this.code = code
  }
}

/** What `within` hands to the work it bounds. The first word counts; later ones are ignored. */
export interface Settle<Answer> {
  done(answer: Answer): void
  failed(error: unknown): void
}

/**
 * The one current connection to the cluster: made when it is first needed, thrown away when it fails, made
 * towards the leader when a node names one. Whoever waits for it waits with a deadline of its own.
 */
export class Link {
  readonly server: string
  readonly #address: KurrentAddress
  readonly #underWay = new Set<(error: unknown) => void>()
  #opening: Promise<Connection> | undefined
  #live: Connection | undefined
  #leader: Endpoint | undefined
  #closed = false

  constructor(address: KurrentAddress) {
    this.#address = address
    this.server = describeAddress(address)
  }

  /** Reads follow the preference of the URL; writes always need the leader. */
  get reads(): 'requires_leader' | 'any_node' {
    return this.#address.nodePreference === 'leader' ? 'requires_leader' : 'any_node'
  }

  /** Rejects, in time, with what kept it from connecting; the next call tries afresh. */
  async connection(call: Call): Promise<Connection> {
    this.refuseWhenClosed()
    if (this.#live !== undefined) return this.#live
    this.#opening ??= this.#open()
    const opening = this.#opening
    return this.within<Connection>(call, ({ done, failed }) => {
      opening.then(done, failed)
      return () => undefined
    })
  }

  /**
   * What a failed call says about its connection: a dead one is dropped, a leader is followed. `try_again`
   * when the same call may be made again at once: it was surely not carried out, and goes elsewhere now.
   */
  learn(connection: Connection, failure: CallFailure, calledAt: number): 'try_again' | 'give_up' {
    switch (failure.kind) {
      case 'not_leader':
        this.#drop(connection)
        this.#leader = failure.leader
        return failure.leader === undefined ? 'give_up' : 'try_again'
      case 'unreachable':
      case 'untrusted':
        this.#drop(connection)
        return 'give_up'
      case 'lost':
        // Others may still hear from the node: then only this call was slow.
        if (connection.heardAt < calledAt) this.#drop(connection)
        return 'give_up'
      default:
        connection.heardAt = performance.now()
        return 'give_up'
    }
  }

  /**
   * Runs `start` so that its promise settles in time: with what `start` reports, or with an error when the
   * time is up, the caller aborts, or the link is closed. `start` returns how to cancel what it started.
   */
  within<Answer>(
    { timeoutMs = limits.storeTimeoutMs, signal }: Call,
    start: (settle: Settle<Answer>) => () => void,
  ): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      let cancel: (() => void) | undefined
      const settle = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', abort)
        this.#underWay.delete(stop)
      }
      const stop = (error: unknown) => {
        settle()
        reject(error)
        cancel?.()
      }
      const abort = () => stop(new Interruption(status.CANCELLED, 'aborted by the caller'))
      const late = () => stop(new Interruption(status.DEADLINE_EXCEEDED, `no answer within ${timeoutMs} ms`))
      const timer =
        timeoutMs === Number.POSITIVE_INFINITY
          ? undefined
          : setTimeout(late, Math.max(0, timeoutMs) + graceMs)
      this.#underWay.add(stop)
      signal?.addEventListener('abort', abort, { once: true })
      cancel = start({
        done: (answer) => {
          settle()
          resolve(answer)
        },
        failed: (error) => {
          settle()
          reject(error)
        },
      })
      if (signal?.aborted) abort()
      if (this.#closed) stop(this.#closedError())
    })
  }

  /** Calls `stop` with `closed` when the link is closed, until the returned function is called. */
  watch(stop: (error: unknown) => void): () => void {
    this.refuseWhenClosed()
    this.#underWay.add(stop)
    return () => this.#underWay.delete(stop)
  }

  refuseWhenClosed(): void {
    if (this.#closed) throw this.#closedError()
  }

  /** Ends everything under way, at once, with `closed`; nothing here waits for the server. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const stop of [...this.#underWay]) stop(this.#closedError())
    this.#live?.disconnect()
  }

  #closedError(): StoreError {
    return new StoreError('closed', `The store on ${this.server} was closed.`)
  }

  async #open(): Promise<Connection> {
    try {
      const connection = new Connection(this.#address, this.#leader)
      await connection.connect()
      if (this.#closed) connection.disconnect()
      else this.#live = connection
      return connection
    } finally {
      this.#opening = undefined
      this.#leader = undefined
    }
  }

  #drop(connection: Connection): void {
    if (this.#live === connection) this.#live = undefined
    connection.disconnect()
  }
}
