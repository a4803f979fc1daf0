import gossipServices from '@eventstore/db-client/generated/gossip_grpc_pb.js'
import gossip from '@eventstore/db-client/generated/gossip_pb.js'
import featureServices from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js'
import features from '@eventstore/db-client/generated/serverfeatures_pb.js'
import services from '@eventstore/db-client/generated/streams_grpc_pb.js'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import { appendCall } from './append-call.ts'
import { batchAppendCall } from './batch-append-call.ts'
import { deleteCall, tombstoneCall } from './delete-calls.ts'
import { Faults } from './faults.ts'
import { Gate } from './gate.ts'
import { admission, type Node } from './node.ts'
import { readCall } from './read-call.ts'
import { ServerLog } from './server-log.ts'

export interface ServerOptions {
  /** A log of its own when absent; nodes of one cluster share theirs. */
  readonly log?: ServerLog
  readonly port?: number
  readonly credentials?: string
  readonly certificate?: { readonly key: string; readonly cert: string }
}

/** One node that speaks EventStoreDB's protocol, as far as Daybook's adapter and the bare client use it. */
export interface TestServer extends Node {
  readonly port: number
  /** The port without the gate before it: for measuring. */
  readonly innerPort: number
  readonly gate: Gate
  readonly url: string
  /** The nodes that this one says the cluster has; itself alone when empty. */
  readonly members: { readonly port: number; readonly state: 'leader' | 'follower' }[]
  /** Whether `BatchAppend` is offered. */
  offersBatch: boolean
  stop(): Promise<void>
}

const receiveBytesMax = 17 * 1024 * 1024

export async function startTestServer(options: ServerOptions = {}): Promise<TestServer> {
  const grpc = new Server({ 'grpc.max_receive_message_length': receiveBytesMax })
  const tls = options.certificate
  const credentials =
    tls === undefined
      ? ServerCredentials.createInsecure()
      : ServerCredentials.createSsl(null, [
          { private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.cert) },
        ])
  const innerPort = await new Promise<number>((resolve, reject) => {
    grpc.bindAsync('127.0.0.1:0', credentials, (error, port) => (error ? reject(error) : resolve(port)))
  })
  const gate = await Gate.before(innerPort, options.port)
  const server: TestServer = {
    log: options.log ?? new ServerLog(),
    faults: new Faults(),
    leader: undefined,
    credentials: options.credentials,
    cut: () => gate.cut(),
    openCalls: 0,
    calls: new Map(),
    port: gate.port,
    innerPort,
    gate,
    url: `esdb://127.0.0.1:${gate.port}?tls=${tls !== undefined}`,
    members: [],
    offersBatch: true,
    async stop() {
      server.faults.speak()
      grpc.forceShutdown()
      await gate.close()
    },
  }
  addServices(grpc, server)
  return server
}

function addServices(grpc: Server, server: TestServer): void {
  grpc.addService(services.StreamsService, {
    append: (call, answer) => void appendCall(server, call, answer).catch(() => undefined),
    batchAppend: (call) => void batchAppendCall(server, call),
    read: (call) => void readCall(server, call).catch(() => undefined),
    delete: (call, answer) => void deleteCall(server, call, answer),
    tombstone: (call, answer) => void tombstoneCall(server, call, answer),
  } as import('@eventstore/db-client/generated/streams_grpc_pb.js').IStreamsServer)
  grpc.addService(featureServices.ServerFeaturesService, {
    getSupportedMethods: async (call, answer) => {
      const refused = await admission(server, 'getSupportedMethods', call.metadata)
      answer(refused ?? null, supported(server))
    },
  } as import('@eventstore/db-client/generated/serverfeatures_grpc_pb.js').IServerFeaturesServer)
  grpc.addService(gossipServices.GossipService, {
    read: (_call, answer) => answer(null, cluster(server)),
  } as import('@eventstore/db-client/generated/gossip_grpc_pb.js').IGossipServer)
}

function supported(server: TestServer): features.SupportedMethods {
  const batch = new features.SupportedMethod()
    .setServiceName('event_store.client.streams.streams')
    .setMethodName('batchappend')
  const methods = new features.SupportedMethods().setEventStoreServerVersion('24.6.0')
  return server.offersBatch ? methods.addMethods(batch) && methods : methods
}

function cluster(server: TestServer): gossip.ClusterInfo {
  const own = { port: server.port, state: server.leader === undefined ? 'leader' : 'follower' } as const
  const info = new gossip.ClusterInfo()
  for (const { port, state } of server.members.length === 0 ? [own] : server.members) {
    const { LEADER, FOLLOWER } = gossip.MemberInfo.VNodeState
    const member = new gossip.MemberInfo()
      .setIsAlive(true)
      .setState(state === 'leader' ? LEADER : FOLLOWER)
      .setHttpEndPoint(new gossip.EndPoint().setAddress('127.0.0.1').setPort(port))
    info.addMembers(member)
  }
  return info
}
