import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { EventStoreDBClient } from '@eventstore/db-client'
import { onTestFinished } from 'vitest'
import { Codec } from '../../../src/store/codec.ts'
import { type KurrentStore, openKurrentStore } from '../../../src/store/kurrent/kurrent-store.ts'
import { systemClock, toyCatalogue } from '../../contract/given.ts'
import { type ServerOptions, startTestServer, type TestServer } from './server/test-server.ts'

/** A node that stops when its test is over. */
export async function givenServer(options: ServerOptions = {}): Promise<TestServer> {
  const server = await startTestServer(options)
  onTestFinished(() => server.stop())
  return server
}

/** A store that closes when its test is over. */
export async function givenStore(url: string, project = 'tests'): Promise<KurrentStore> {
  const codec = new Codec(toyCatalogue)
  const store = await openKurrentStore(url, { codec, clock: systemClock, project })
  onTestFinished(() => store.close())
  return store
}

/** The client as its documentation uses it: what the adapter has to do better than. */
export function bareClient(url: string): EventStoreDBClient {
  const client = EventStoreDBClient.connectionString(url)
  onTestFinished(() => void client.dispose())
  return client
}

/** What `doing` comes to within `ms`: it may never come to anything, which is `pending`. */
export async function within(ms: number, doing: Promise<unknown>): Promise<'done' | 'failed' | 'pending'> {
  const outcome = doing.then(
    () => 'done' as const,
    () => 'failed' as const,
  )
  return Promise.race([outcome, sleep(ms, 'pending' as const, { ref: false })])
}

/**
 * Runs a module in a process of its own, where it may die of what nobody catches. `client(url)` and
 * `jsonEvent` of the bare client are there, `process.argv[1…]` are the arguments.
 */
export function inProcess(module: string, ...args: string[]) {
  const prelude = `import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client'
    const client = (url) => EventStoreDBClient.connectionString(url)
    const note = () => jsonEvent({ type: 'Noted', data: { text: 'x' } })\n`
  const child = spawn(process.execPath, ['--input-type=module', '-e', prelude + module, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  const lookers = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk
      for (const look of lookers) look()
    })
  return {
    exited: new Promise<{ code: number | null; output: string }>((resolve) =>
      child.on('close', (code) => resolve({ code, output })),
    ),
    said: (word: string) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (output.includes(word)) resolve()
        }
        lookers.add(look)
        look()
      }),
  }
}
