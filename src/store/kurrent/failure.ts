import { type ServiceError, status } from '@grpc/grpc-js'
import { type Expected, StoreError } from '../port.ts'
import type { Endpoint } from './connection.ts'

/** Why a call failed, as far as its status and trailers tell. */
export type CallFailure =
  | { readonly kind: 'not_leader'; readonly leader: Endpoint | undefined }
  | { readonly kind: 'wrong_expected'; readonly actual: number | 'no_stream' }
  /** `unreachable`: nothing was sent. `lost`: it may have been sent, and carried out. */
  | {
      readonly kind:
        | 'unreachable'
        | 'untrusted'
        | 'not_ready'
        | 'lost'
        | 'deleted'
        | 'not_found'
        | 'denied'
        | 'too_large'
        | 'refused'
        | 'foreign'
    }

/** What the caller was about: writes with a lost answer have an unknown outcome, reads are just repeated. */
export interface Attempt {
  readonly verb: 'append' | 'read' | 'tombstone' | 'truncate'
  readonly server: string
  readonly stream?: string
  readonly expected?: Expected
}

/** Also takes what is no ServiceError: an error of discovery, or of our own. */
export function failureOf(error: unknown): CallFailure {
  const { code, details = '', metadata } = error as Partial<ServiceError>
  const trailer = (name: string) => metadata?.get(name)[0]?.toString()
  switch (trailer('exception')) {
    case 'not-leader':
      return { kind: 'not_leader', leader: leaderOf(trailer) }
    case 'wrong-expected-version':
      return { kind: 'wrong_expected', actual: actualOf(trailer('actual-version')) }
    case 'stream-deleted':
      return { kind: 'deleted' }
    case 'access-denied':
      return { kind: 'denied' }
    case 'stream-not-found':
      return { kind: 'not_found' }
    case 'maximum-append-size-exceeded':
      return { kind: 'too_large' }
  }
  switch (code) {
    case status.UNAVAILABLE:
      return { kind: unavailableKind(details) }
    case status.DEADLINE_EXCEEDED:
      return {
        kind: details.includes('remote_addr') || !details.includes('LB pick') ? 'lost' : 'unreachable',
      }
    case status.UNAUTHENTICATED:
    case status.PERMISSION_DENIED:
      return { kind: 'denied' }
    case status.RESOURCE_EXHAUSTED:
      return { kind: /larger than|too large|message/iu.test(details) ? 'too_large' : 'lost' }
    case status.INVALID_ARGUMENT:
      return { kind: 'refused' }
    case status.UNIMPLEMENTED:
      // gRPC's word for a call that the server ended in good order without an answer.
      return { kind: details === 'No message received' ? 'lost' : 'foreign' }
    case undefined:
      return { kind: 'unreachable' }
    default:
      return { kind: 'lost' }
  }
}

/** gRPC's own words for calls that never left: nothing was written. */
const neverSent = /^No connection established|^Channel |^Name resolution failed|^Failed to parse|refused by/u
const certificateTrouble = /certificate|self.signed|altname|CERT_|ssl|tls/iu

function unavailableKind(details: string): 'not_ready' | 'untrusted' | 'unreachable' | 'lost' {
  if (/Server Is (?:Not Ready|Too Busy)/iu.test(details)) return 'not_ready'
  if (neverSent.test(details)) return certificateTrouble.test(details) ? 'untrusted' : 'unreachable'
  return 'lost'
}

function leaderOf(trailer: (name: string) => string | undefined): Endpoint | undefined {
  const address = trailer('leader-endpoint-host')
  const port = Number(trailer('leader-endpoint-port'))
  return address !== undefined && Number.isInteger(port) && port > 0 ? { address, port } : undefined
}

function actualOf(version: string | undefined): number | 'no_stream' {
  return version === undefined || Number(version) < 0 ? 'no_stream' : Number(version)
}

/** The port's error for a failed call, with the server's name and what to do. Never with credentials. */
export function toStoreError(failure: CallFailure, attempt: Attempt, cause: unknown): StoreError {
  const { server, verb, ...where } = attempt
  const subject = attempt.stream === undefined ? server : `${attempt.stream} on ${server}`
  const said = cause instanceof Error && cause.message !== '' ? ` (${cause.message})` : ''
  const error = (code: StoreError['code'], message: string, more = {}) =>
    new StoreError(code, message, { cause, ...where, ...more })
  switch (failure.kind) {
    case 'wrong_expected': {
      const message = `${subject}: expected ${attempt.expected}, found ${failure.actual}. Read the stream again and decide anew.`
      return error('wrong_expected', message, { actual: failure.actual })
    }
    case 'deleted':
      return error('stream_deleted', `${subject} is tombstoned: it takes and gives no more events.`)
    case 'denied':
      return error(
        'access_denied',
        `${server} refused these credentials${said}. Check user and password in the URL and the stream's access rights.`,
      )
    case 'too_large':
      return error('too_large', `${subject}: more than this server takes at once${said}. Append it in parts.`)
    case 'refused':
      return error('invalid', `${subject}: the server refused the request${said}.`)
    case 'not_ready':
      return error('unavailable', `${server} is not ready${said}. It is starting or electing a leader; wait.`)
    case 'not_leader':
      return error(
        'unavailable',
        `${server} is not the leader and named no other that is. Wait for election.`,
      )
    case 'untrusted':
      return error(
        'unavailable',
        `${server}: its certificate is not trusted${said}. Name its authority with tlsCAFile=FILE, or tls=false for an insecure server.`,
      )
    case 'foreign':
      return error('unavailable', `${server} does not speak EventStoreDB's protocol${said}. Check the URL.`)
    case 'not_found':
    case 'unreachable':
      return error(
        'unavailable',
        `${server} cannot be reached${said}. Check that it runs and that the URL is right.`,
      )
    case 'lost':
      if (verb === 'read') return error('unavailable', `${server} stopped answering${said}. Read again.`)
      return error(
        'unknown_outcome',
        `${subject}: the answer was lost${said}; the ${verb} may have been carried out. The same ${verb} may be sent again.`,
      )
  }
}
