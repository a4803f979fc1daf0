import type { Server, ServerOptions } from 'node:http'
import type { Duplex } from 'node:stream'
import { limits } from '../kernel/limits.ts'

/** What a server gives a connection. Milliseconds, bytes and counts. */
export interface ConnectionLimits {
  /** Until the headers of a request are there, and until all of it is. */
  readonly headersMs: number
  readonly requestMs: number
  /** Between two looks for requests that are late. */
  readonly lookMs: number
  readonly headerBytesMax: number
  readonly headersMax: number
  readonly connectionsMax: number
  readonly requestsPerConnectionMax: number
}

export const connectionLimits: ConnectionLimits = {
  headersMs: limits.httpHeadersMs,
  requestMs: limits.httpRequestMs,
  lookMs: limits.httpLateLookMs,
  headerBytesMax: limits.httpHeaderBytesMax,
  headersMax: limits.httpHeadersMax,
  connectionsMax: limits.httpConnectionsMax,
  requestsPerConnectionMax: limits.httpRequestsPerConnectionMax,
}

/** Those that Node takes when a server is made. */
export function serverOptionsOf({
  headersMs,
  requestMs,
  lookMs,
  headerBytesMax,
}: ConnectionLimits): ServerOptions {
  return {
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: lookMs,
    maxHeaderSize: headerBytesMax,
  }
}

/** The others; and what is no request, or does not arrive, is told why in the way of every other problem. */
export function limitConnections(server: Server, given: ConnectionLimits): void {
  server.maxConnections = given.connectionsMax
  server.maxHeadersCount = given.headersMax
  server.maxRequestsPerSocket = given.requestsPerConnectionMax
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuse(error, socket, given))
}

interface Broken {
  readonly status: string
  readonly code: string
  readonly detail: string
}

function refuse({ code }: NodeJS.ErrnoException, socket: Duplex, given: ConnectionLimits): void {
  if (!socket.writable || code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  socket.end(answerTo(brokenBy(code, given)))
}

function brokenBy(code: string | undefined, given: ConnectionLimits): Broken {
  const { headersMs, requestMs, headerBytesMax, headersMax } = given
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    const detail = `A request's headers must be here within ${headersMs} ms, and all of it within ${requestMs} ms.`
    return { status: '408 Request Timeout', code: 'too_slow', detail }
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    const detail = `A request's headers are at most ${headersMax}, with at most ${headerBytesMax} bytes in all.`
    return { status: '431 Request Header Fields Too Large', code: 'headers_too_large', detail }
  }
  return { status: '400 Bad Request', code: 'not_http', detail: 'What came is no request of HTTP/1.1.' }
}

function answerTo({ status, code, detail }: Broken): string {
  const about = {
    type: `urn:daybook:problem:${code}`,
    title: status.slice(4),
    status: Number.parseInt(status, 10),
  }
  const body = JSON.stringify({ ...about, detail, code })
  return [
    `HTTP/1.1 ${status}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'X-Content-Type-Options: nosniff',
    'Connection: close',
    '',
    body,
  ].join('\r\n')
}
