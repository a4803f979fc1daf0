import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { type CallToolResult, Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { onTestFinished } from 'vitest'
import { createApp } from '../../src/api/app.ts'
import { type Daybook, openDaybook } from '../../src/runtime/daybook.ts'
import { serve } from '../../src/runtime/serve.ts'
import { resolveSettings } from '../../src/runtime/settings.ts'
import { writeSection } from '../../src/runtime/write-section.ts'
import { crew, newFolder } from '../api/given.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

export const dayMs = 24 * 60 * 60 * 1_000

/** A project with agents, by default three, and a section of the planner that is two days old. */
export async function project(agents: Readonly<Record<string, string>> = crew): Promise<string> {
  const folder = newFolder()
  mkdirSync(join(folder, 'agents'))
  for (const [name, file] of Object.entries(agents)) writeFileSync(join(folder, 'agents', `${name}.md`), file)
  const clock = { now: () => Date.now() - 2 * dayMs }
  const daybook = await openDaybook(settingsOf(folder), { agents: 'sync', documents: 'sync', clock })
  await writeSection(daybook, {
    document: 'insights',
    section: 'System Plans',
    text: '## System Plans\n\n- Uploads go through one queue.\n',
    by: { kind: 'agent', id: 'system-planner' },
    precondition: { kind: 'absent' },
    via: 'api',
  })
  await daybook.close()
  return folder
}

function settingsOf(folder: string) {
  const places = { dir: join(folder, 'log'), agents: join(folder, 'agents'), memory: join(folder, 'memory') }
  return resolveSettings(places, {}, folder)
}

export interface Served {
  readonly url: string
  readonly daybook: Daybook
}

/** A real server over the project's log, which works on nothing itself. */
export async function served(folder: string, key: string | null = null): Promise<Served> {
  const daybook = await openDaybook(settingsOf(folder), { agents: 'sync', documents: 'sync' })
  const options = { daybook, key, version: '0.0.0', log: () => undefined }
  const serving = await serve(daybook, {
    host: '127.0.0.1',
    port: 0,
    key,
    work: 'waits',
    answer: (stopping) => createApp({ ...options, stopping }).fetch,
    say: () => undefined,
  })
  onTestFinished(async () => {
    await serving.stop()
    await daybook.close()
  })
  return { url: `${serving.url}/mcp`, daybook }
}

/** The protocol that a client offers, and no other. */
export type Protocol = '2025-06-18' | '2025-11-25' | '2026-07-28'

function clientOf(protocol: Protocol): Client {
  const about = { name: 'test', version: '1.0.0' }
  const options =
    protocol === '2026-07-28'
      ? { versionNegotiation: { mode: { pin: protocol } } }
      : { supportedProtocolVersions: [protocol] }
  const client = new Client(about, options)
  onTestFinished(() => client.close())
  return client
}

/** The official client, to a process of its own that serves on stdin and stdout. */
export async function overStdio(
  folder: string,
  protocol: Protocol,
  args: readonly string[] = [],
): Promise<Client> {
  const client = clientOf(protocol)
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [main, 'mcp', ...args],
      cwd: folder,
      env: {
        PATH: process.env.PATH ?? '',
        DAYBOOK_DIR: join(folder, 'log'),
        DAYBOOK_AGENTS: join(folder, 'agents'),
        DAYBOOK_MEMORY: join(folder, 'memory'),
      },
      stderr: 'ignore',
    }),
  )
  return client
}

/** The official client, to a server. */
export async function overHttp(url: string, protocol: Protocol, key?: string): Promise<Client> {
  const client = clientOf(protocol)
  const headers: Record<string, string> = key === undefined ? {} : { Authorization: `Bearer ${key}` }
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }))
  return client
}

/** What a tool answered, as data; `text` is what a model reads first. */
export interface Said {
  readonly isError: boolean
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: what is in an answer is what the test is about
  readonly data: any
}

export async function call(client: Client, name: string, args: Record<string, unknown> = {}): Promise<Said> {
  const result = (await client.callTool({ name, arguments: args })) as CallToolResult
  const [first] = result.content
  return {
    isError: result.isError === true,
    text: first?.type === 'text' ? first.text : '',
    data: result.structuredContent,
  }
}
