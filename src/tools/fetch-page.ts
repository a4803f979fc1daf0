import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import type { Readable } from 'node:stream'
import { createBrotliDecompress, createUnzip } from 'node:zlib'
import { limits } from '../kernel/limits.ts'
import { codeOf, ToolProblem } from './problem.ts'

export interface FetchOptions {
  /** Whether an address may be connected to. */
  readonly allows: (address: string) => boolean
  /** All addresses of a name; the system's when absent. */
  readonly resolve?: (host: string) => Promise<readonly LookupAddress[]>
}

export interface Page {
  /** Where it was in the end. */
  readonly url: string
  readonly status: number
  readonly type: string
  readonly text: string
  /** Bytes beyond `limits.fetchBytesMax` were not read. */
  readonly isCut: boolean
}

/**
 * Gets a page by GET. A name is resolved once, and the connection goes to an address that was looked at: a name
 * that changes its address between look and connect leads nowhere else. Every redirect is looked at anew.
 * Failures are `ToolProblem`s; an abort of `signal` is thrown on.
 */
export async function fetchPage(url: string, options: FetchOptions, signal: AbortSignal): Promise<Page> {
  const late = AbortSignal.timeout(limits.fetchMs)
  const stop = AbortSignal.any([signal, late])
  try {
    let now = allowedUrl(url)
    for (let hops = 0; hops <= limits.fetchRedirectsMax; hops += 1) {
      const response = await get(now, options, stop)
      const location = redirectOf(response)
      if (location === null) return await pageOf(now, response)
      response.destroy()
      now = allowedUrl(new URL(location, now).href)
    }
    throw new ToolProblem(`${url} redirects more than ${limits.fetchRedirectsMax} times.`)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof ToolProblem) throw error
    if (late.aborted)
      throw new ToolProblem(`${url} did not answer in full within ${limits.fetchMs / 1_000} s.`)
    throw new ToolProblem(`${url} could not be fetched: ${codeOf(error) ?? (error as Error).message}.`)
  }
}

function allowedUrl(text: string): URL {
  if (!URL.canParse(text)) throw new ToolProblem(`"${text.slice(0, 200)}" is no URL.`)
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new ToolProblem(`${url.protocol} addresses are not fetched: only http and https.`)
  if (url.username !== '' || url.password !== '')
    throw new ToolProblem('Addresses with a name or password in them are not fetched.')
  return url
}

async function get(url: URL, options: FetchOptions, signal: AbortSignal): Promise<IncomingMessage> {
  const host = url.hostname.replace(/^\[|\]$/gu, '')
  if (isIP(host) !== 0 && !options.allows(host)) throw notPublic(url, host)
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const asked = request(url, {
      signal,
      agent: false,
      headers: { accept: 'text/*, application/json, */*;q=0.5', 'accept-encoding': 'gzip, br' },
      lookup: (name, asks, done) => {
        addressesOf(url, name, options).then(
          (addresses) => answerLookup(addresses, asks, done),
          (error: NodeJS.ErrnoException) => done(error, '', 0),
        )
      },
    })
    asked.on('response', resolve).on('error', reject)
    asked.end()
  })
}

async function addressesOf(url: URL, name: string, options: FetchOptions): Promise<LookupAddress[]> {
  const found = await (options.resolve ?? resolveBySystem)(name)
  const [first] = found
  if (first === undefined) throw new ToolProblem(`${name} has no address.`)
  const closed = found.find(({ address }) => !options.allows(address))
  if (closed !== undefined) throw notPublic(url, closed.address)
  return [...found]
}

type LookupDone = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void

function answerLookup(addresses: LookupAddress[], asks: LookupOptions, done: LookupDone): void {
  const [first] = addresses
  if (asks.all === true) done(null, addresses)
  else done(null, first?.address ?? '', first?.family ?? 4)
}

function resolveBySystem(host: string): Promise<LookupAddress[]> {
  return new Promise((resolve, reject) => {
    systemLookup(host, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)))
  })
}

function notPublic(url: URL, address: string): ToolProblem {
  return new ToolProblem(
    `${url.host} leads to ${address}, which is no public address: such are not fetched unless a person allows it ("allowPrivateAddresses" in daybook.config.json).`,
  )
}

function redirectOf({ statusCode = 0, headers }: IncomingMessage): string | null {
  return [301, 302, 303, 307, 308].includes(statusCode) ? (headers.location ?? null) : null
}

async function pageOf(url: URL, response: IncomingMessage): Promise<Page> {
  const type = response.headers['content-type'] ?? ''
  if (!isText(type)) {
    response.destroy()
    throw new ToolProblem(`${url.href} is no text but ${type.slice(0, 100) || 'of no named type'}.`)
  }
  const { bytes, isCut } = await readUpTo(decoded(response), limits.fetchBytesMax)
  response.destroy()
  const text = decode(bytes, /charset="?([\w-]+)/iu.exec(type)?.[1] ?? 'utf-8')
  return { url: url.href, status: response.statusCode ?? 0, type, text, isCut }
}

function isText(type: string): boolean {
  return (
    type === '' || /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml|yaml|javascript|x-yaml))/iu.test(type)
  )
}

function decoded(response: IncomingMessage): Readable {
  const encoding = (response.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  if (encoding === 'identity' || encoding === '') return response
  if (!/^(?:gzip|x-gzip|deflate|br)$/u.test(encoding))
    throw new ToolProblem(`The page is packed as "${encoding.slice(0, 50)}", which is not unpacked here.`)
  const unpack = encoding === 'br' ? createBrotliDecompress() : createUnzip()
  response.on('error', (error) => unpack.destroy(error))
  return response.pipe(unpack)
}

async function readUpTo(stream: Readable, bytesMax: number): Promise<{ bytes: Uint8Array; isCut: boolean }> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    chunks.push(chunk.subarray(0, bytesMax - size))
    size += chunk.byteLength
    if (size > bytesMax) return { bytes: Buffer.concat(chunks), isCut: true }
  }
  return { bytes: Buffer.concat(chunks), isCut: false }
}

function decode(bytes: Uint8Array, charset: string): string {
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    return new TextDecoder().decode(bytes)
  }
}
