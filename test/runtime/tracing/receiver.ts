import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

export interface ReceivedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly status: { readonly code?: number }
}

interface Value {
  readonly stringValue?: string
  readonly intValue?: number | string
  readonly boolValue?: boolean
  readonly arrayValue?: { readonly values: readonly Value[] }
}

interface Sent {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly { key: string; value: Value }[] }
    readonly scopeSpans: readonly {
      readonly spans: readonly (Omit<ReceivedSpan, 'attributes'> & {
        attributes: { key: string; value: Value }[]
      })[]
    }[]
  }[]
}

/** A receiver of OTLP over HTTP with JSON bodies, on a port of its own; `answer` says with which status it takes them. */
export async function receiver(answer: 200 | 503 | 'never' = 200) {
  const spans: ReceivedSpan[] = []
  const services = new Set<unknown>()
  let asked = 0
  const server = createServer(async (request, response) => {
    asked += 1
    const sent = (await json(request)) as Sent
    if (answer === 'never') return
    for (const { resource, scopeSpans } of sent.resourceSpans) {
      services.add(plain(resource.attributes)['service.name'])
      for (const scope of scopeSpans)
        for (const span of scope.spans)
          spans.push({ ...span, links: span.links ?? [], attributes: plain(span.attributes) })
    }
    response.writeHead(answer, { 'Content-Type': 'application/json' }).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, spans, services, asked: () => asked }
}

function plain(attributes: readonly { key: string; value: Value }[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plainValue(value)]))
}

function plainValue({ stringValue, intValue, boolValue, arrayValue }: Value): unknown {
  if (arrayValue !== undefined) return arrayValue.values.map(plainValue)
  return stringValue ?? (intValue === undefined ? boolValue : Number(intValue))
}
