import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { orders } from './point.ts'

/** Asks the server outside; rejects when it is away. A plain connection each time, so that nothing is sent twice. */
export async function ask<Answer>(path: string, body: unknown, signal?: AbortSignal): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const sent = request(new URL(path, orders.outside), {
    method: 'POST',
    agent: false,
    ...(signal === undefined ? {} : { signal }),
  })
  sent.once('error', reject)
  sent.once('response', (response) => {
    text(response).then((answer) => resolve(JSON.parse(answer) as Answer), reject)
  })
  sent.end(JSON.stringify(body))
  return promise
}
