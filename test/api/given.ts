import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { createApp } from '../../src/api/app.ts'
import type { ApiOptions } from '../../src/api/context.ts'
import type { RecordedEvent } from '../../src/kernel/event.ts'
import type { ConnectionLimits } from '../../src/runtime/connection-limits.ts'
import { type Daybook, openDaybook } from '../../src/runtime/daybook.ts'
import { type Serving, serve } from '../../src/runtime/serve.ts'
import { resolveSettings } from '../../src/runtime/settings.ts'
import { proveAll } from '../proved.ts'

/** An agent file with a section of its own in insights.md; `patterns` stand under Collaboration Patterns. */
export function agentFile(
  name: string,
  about: { description: string; heading: string; patterns?: string },
): string {
  return `---
name: ${name}
description: ${about.description}
tools: Read
---

You are ${name}.

## Memory Protocol

Before starting any task, read \`.superagent/memory/insights.md\`. You own the section \`## ${about.heading}\`.

\`\`\`markdown
## ${about.heading}
### Collaboration Patterns
${about.patterns ?? ''}
\`\`\`
`
}

/** Three agents: the architect declares nothing about load tests, so two testers compete for them. */
export const crew: Readonly<Record<string, string>> = {
  'system-planner': agentFile('system-planner', {
    description: 'Plans systems and services, and decides their boundaries',
    heading: 'System Plans',
  }),
  'load-runner': agentFile('load-runner', {
    description: 'Runs load tests and measures throughput of services under load',
    heading: 'Load Results',
  }),
  'bench-keeper': agentFile('bench-keeper', {
    description: 'Keeps the benchmark machines and their schedules',
    heading: 'Bench Notes',
  }),
}

export interface Given {
  readonly agents?: Readonly<Record<string, string>>
  readonly folder?: string
  readonly key?: string
  readonly work?: 'runs' | 'waits'
  readonly requestsPerMinute?: number
  readonly eventStreams?: ApiOptions['eventStreams']
  readonly slowAnswerMs?: number
  readonly onAnswer?: ApiOptions['onAnswer']
  readonly connections?: Partial<ConnectionLimits>
}

export interface Served {
  readonly url: string
  readonly daybook: Daybook
  readonly serving: Serving
  readonly logged: string[]
  close(): Promise<void>
  events(): Promise<RecordedEvent[]>
}

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-api-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A real server on a free port of this machine, over a log of its own. */
export async function served(given: Given = {}): Promise<Served> {
  const folder = given.folder ?? newFolder()
  mkdirSync(join(folder, 'agents'), { recursive: true })
  for (const [name, file] of Object.entries(given.agents ?? crew))
    writeFileSync(join(folder, 'agents', `${name}.md`), file)
  const places = { dir: folder, agents: join(folder, 'agents'), rehearsal: true }
  const settings = resolveSettings(places, {}, folder)
  const daybook = await openDaybook(settings, { agents: 'sync', documents: 'sync' })
  const logged: string[] = []
  const options = { key: given.key ?? null, version: '0.0.0', log: (line: string) => logged.push(line) }
  const { eventStreams, requestsPerMinute, slowAnswerMs, onAnswer } = given
  const timings = {
    ...(eventStreams === undefined ? {} : { eventStreams }),
    ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
    ...(slowAnswerMs === undefined ? {} : { slowAnswerMs }),
    ...(onAnswer === undefined ? {} : { onAnswer }),
  }
  const serving = await serve(daybook, {
    host: '127.0.0.1',
    port: 0,
    key: given.key ?? null,
    work: given.work ?? 'waits',
    answer: (stopping) => createApp({ daybook, ...options, ...timings, stopping }).fetch,
    say: (line) => logged.push(line),
    ...(given.connections === undefined ? {} : { connections: given.connections }),
  })
  let closed = false
  const close = async () => {
    if (closed) return
    closed = true
    await serving.stop()
    await proveAll(daybook.project)
    await daybook.close()
  }
  onTestFinished(close)
  const events = () => Array.fromAsync(daybook.project.store.readAll())
  return { url: serving.url, daybook, serving, logged, close, events }
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: what is in an answer is what the test is about
  readonly body: any
}

export async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init)
  const text = await response.text()
  const json = /json/u.test(response.headers.get('Content-Type') ?? '')
  return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text }
}

export function send(url: string, body: unknown, headers: Record<string, string> = {}, method = 'POST') {
  return ask(url, {
    method,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

/** What every error must look like; nothing of the program's inside in it. */
export function expectProblem(
  { status, headers, body }: Answer,
  expected: { status: number; code: string },
): void {
  expect({ status, code: body.code, text: body }).toMatchObject(expected)
  expect(headers.get('Content-Type')).toBe('application/problem+json')
  expect(body).toMatchObject({ status: expected.status, type: `urn:daybook:problem:${expected.code}` })
  expect(body.title).toBeTypeOf('string')
  expect(body.detail.length).toBeGreaterThan(10)
  expect(body.request).toBe(headers.get('X-Request-Id'))
  expect(JSON.stringify(body)).not.toMatch(/\.ts:\d+|node_modules| {4}at /u)
}
