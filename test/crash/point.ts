import { appendFileSync } from 'node:fs'

/**
 * The places at which a process may be killed, as the process itself passes them. A place is named by what
 * happens there and how often it happened in this process, `append:SessionStarted#1`, with its moment: `before`
 * and `after`. Nothing here is part of the product: the replaced modules beside this file call it.
 */
export interface PointOrders {
  /** Kill at the point of this name. */
  readonly at?: string
  /** Kill at the point of this number, from 1. */
  readonly nth?: number
  /** A file that takes every point that is passed, one a line. */
  readonly passed: string
  /** A file that takes the id and the type of every acknowledged event, one a line. */
  readonly acknowledged: string
  /** Where tools have their effects, and where calls of the rehearsal's stand-in are counted. */
  readonly outside: string
  /** A fault that the campaign has to find. */
  readonly plant?: Plant
}

/** What makes a process break a promise on purpose. */
export const plants = ['acknowledges_early', 'new_key_each_time', 'never_looks', 'asks_again'] as const
export type Plant = (typeof plants)[number]

/** Orders come to the process as JSON in this variable. */
export const ordersVariable = 'CRASH_ORDERS'

export const orders: PointOrders = JSON.parse(process.env[ordersVariable] ?? 'null') as PointOrders

const counts = new Map<string, number>()
let passed = 0

export interface Place {
  pass(moment: 'before' | 'during' | 'after'): void
}

/** The next time that something happens. */
export function place(what: string): Place {
  const count = (counts.get(what) ?? 0) + 1
  counts.set(what, count)
  return { pass: (moment) => passPoint(`${what}#${count}:${moment}`) }
}

function passPoint(name: string): void {
  passed += 1
  appendFileSync(orders.passed, `${name}\n`)
  if (orders.at !== name && orders.nth !== passed) return
  process.kill(process.pid, 'SIGKILL')
  // The signal is on its way; until it is there, nothing more may happen here.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}

/** Somebody relies on these events from now on. */
export function acknowledge(events: readonly { readonly id: string; readonly type: string }[]): void {
  appendFileSync(orders.acknowledged, events.map(({ id, type }) => `${id} ${type}\n`).join(''))
}
