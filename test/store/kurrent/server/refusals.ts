import { Metadata, type ServiceError, status } from '@grpc/grpc-js'

/** How a node says no: a gRPC status, and trailers that the client knows. */

export interface Endpoint {
  readonly address: string
  readonly port: number
}

function refusal(code: status, details: string, trailers: Record<string, string> = {}): ServiceError {
  const metadata = new Metadata()
  for (const [name, value] of Object.entries(trailers)) metadata.set(name, value)
  return Object.assign(new Error(details), { code, details, metadata })
}

export function streamDeleted(stream: string): ServiceError {
  const details = `Event stream '${stream}' is deleted.`
  return refusal(status.FAILED_PRECONDITION, details, { exception: 'stream-deleted', 'stream-name': stream })
}

export function wrongExpectedVersion(stream: string, actual: number | 'no_stream'): ServiceError {
  return refusal(status.FAILED_PRECONDITION, 'Append failed due to WrongExpectedVersion.', {
    exception: 'wrong-expected-version',
    'stream-name': stream,
    'expected-version': '0',
    ...(actual === 'no_stream' ? {} : { 'actual-version': String(actual) }),
  })
}

export function maximumAppendSizeExceeded(bytesMax: number): ServiceError {
  return refusal(status.INVALID_ARGUMENT, `Maximum Append Size of ${bytesMax} Exceeded.`, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': String(bytesMax),
  })
}

export function notLeader(leader: Endpoint): ServiceError {
  return refusal(status.NOT_FOUND, `Leader info available: ${leader.address}:${leader.port}`, {
    exception: 'not-leader',
    'leader-endpoint-host': leader.address,
    'leader-endpoint-port': String(leader.port),
  })
}

export function unavailable(details: 'Server Is Not Ready' | 'Server Is Too Busy'): ServiceError {
  return refusal(status.UNAVAILABLE, details)
}

export function accessDenied(): ServiceError {
  return refusal(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' })
}

export function unauthenticated(): ServiceError {
  return refusal(status.UNAUTHENTICATED, 'Bad HTTP status code: 401')
}
