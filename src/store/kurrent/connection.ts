import { existsSync, readFileSync } from 'node:fs'
import { EventStoreDBClient } from '@eventstore/db-client'
import services from '@eventstore/db-client/generated/streams_grpc_pb.js'
import { type CallOptions, Channel, type ChannelCredentials, credentials, type Metadata } from '@grpc/grpc-js'
import { DaybookError } from '../../kernel/errors.ts'
import type { KurrentAddress } from './address.ts'

export interface Endpoint {
  readonly address: string
  readonly port: number
}

/** From the client's own source: events of up to 16 MiB may have been written by other means than gRPC. */
const receiveBytesMax = 17 * 1024 * 1024

/**
 * One connection to one node. The client finds the node, and says what belongs to each call (credentials,
 * connection name); the calls themselves are made on its generated stubs, because the client's own methods
 * for them hang, share state between instances, or reject where nobody listens. The channel is our own, with
 * sockets that no other connection shares: dropping one never leaves its successor on a dead socket.
 */
export class Connection extends EventStoreDBClient {
  readonly #credentials: ChannelCredentials
  readonly #options: Record<string, string | number>
  #streams: services.StreamsClient | undefined
  /** When anything last came from the node, in `performance.now()` milliseconds. */
  heardAt = 0

  constructor(address: KurrentAddress, leader?: Endpoint) {
    const certificates = readCertificates(address)
    const secure = { insecure: !address.tls, ...certificates }
    super(settings(address, leader) as { endpoint: Endpoint }, secure, userOf(address))
    this.#credentials = address.tls
      ? credentials.createSsl(
          certificates.rootCertificate,
          certificates.userKeyFile,
          certificates.userCertFile,
          certificates.verifyOptions,
        )
      : credentials.createInsecure()
    this.#options = {
      'grpc.keepalive_time_ms': address.keepAliveIntervalMs ?? 10_000,
      'grpc.keepalive_timeout_ms': address.keepAliveTimeoutMs ?? 10_000,
      'grpc.max_receive_message_length': receiveBytesMax,
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_retries': 0,
    }
  }

  /** Finds the node, which may take long or fail; connects when the first call is made. */
  async connect(): Promise<void> {
    const target = await this.resolveUri()
    const channelOverride = new Channel(target, this.#credentials, this.#options)
    this.#streams = new services.StreamsClient(target, this.#credentials, { channelOverride })
  }

  get streams(): services.StreamsClient {
    if (this.#streams === undefined) throw new DaybookError('unavailable', 'not connected')
    return this.#streams
  }

  /** What goes with a call that may take `timeoutMs`. */
  argumentsFor(timeoutMs: number, requiresLeader: 'requires_leader' | 'any_node'): [Metadata, CallOptions] {
    const deadline = timeoutMs === Number.POSITIVE_INFINITY ? timeoutMs : Date.now() + timeoutMs
    return this.callArguments({ requiresLeader: requiresLeader === 'requires_leader' }, { deadline })
  }

  /** Calls under way go on until they end; the socket closes after the last of them. */
  disconnect(): void {
    this.#streams?.close()
  }
}

/** What is wrong with certificates is said when a store is opened, and not by every call. */
export function checkCertificates(address: KurrentAddress): void {
  try {
    new Connection(address).disconnect()
  } catch (cause) {
    if (cause instanceof DaybookError) throw cause
    const message = `The certificates of the KurrentDB URL cannot be used: ${cause instanceof Error ? cause.message : cause}.`
    throw new DaybookError('usage', message, { cause })
  }
}

function settings(address: KurrentAddress, leader: Endpoint | undefined) {
  const common = {
    ...(address.connectionName === undefined ? {} : { connectionName: address.connectionName }),
    ...(address.maxDiscoverAttempts === undefined
      ? {}
      : { maxDiscoverAttempts: address.maxDiscoverAttempts }),
    ...(address.discoveryIntervalMs === undefined ? {} : { discoveryInterval: address.discoveryIntervalMs }),
    ...(address.gossipTimeoutSeconds === undefined ? {} : { gossipTimeout: address.gossipTimeoutSeconds }),
    nodePreference: address.nodePreference,
  }
  if (leader !== undefined) return { ...common, endpoint: leader }
  if (address.discovery === 'dns') return { ...common, discover: address.hosts[0] }
  if (address.discovery === 'gossip') return { ...common, endpoints: address.hosts }
  return { ...common, endpoint: address.hosts[0] }
}

function userOf(address: KurrentAddress): { username: string; password: string } | undefined {
  return address.tls ? address.credentials : undefined
}

function readCertificates(address: KurrentAddress) {
  if (!address.tls) return {}
  const { tlsCaFile, userCertFile, userKeyFile } = address
  return {
    ...(tlsCaFile === undefined ? {} : { rootCertificate: readPem('tlsCAFile', tlsCaFile) }),
    ...(userCertFile === undefined ? {} : { userCertFile: readPem('userCertFile', userCertFile) }),
    ...(userKeyFile === undefined ? {} : { userKeyFile: readPem('userKeyFile', userKeyFile) }),
    ...(address.tlsVerify ? {} : { verifyOptions: { rejectUnauthorized: false } }),
  }
}

function readPem(option: string, file: string): Buffer {
  if (!existsSync(file)) throw new DaybookError('usage', `${option}: there is no file ${file}.`)
  return readFileSync(file)
}
