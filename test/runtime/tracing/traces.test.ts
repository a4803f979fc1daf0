import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import type { RecordedEvent } from '../../../src/kernel/event.ts'
import { openDaybook } from '../../../src/runtime/daybook.ts'
import { runWorker } from '../../../src/runtime/run-worker.ts'
import { packageRoot, resolveSettings, shippedAgents } from '../../../src/runtime/settings.ts'
import { startWorkflow } from '../../../src/runtime/start-workflow.ts'
import { tracesWanted } from '../../../src/runtime/tracing/open-traces.ts'
import { spanIdOf, traceIdOf } from '../../../src/runtime/tracing/span.ts'
import { TracedLog } from '../../../src/runtime/tracing/traced-log.ts'
import { defaultLimits } from '../../../src/runtime/workflow-defaults.ts'
import { type ReceivedSpan, receiver } from './receiver.ts'

const goal = 'Design the endpoint that lists invoices'

afterEach(() => void vi.unstubAllEnvs())

/** A rehearsed workflow, from its start to its end, in one process. */
async function rehearsed(env: Readonly<Record<string, string>>) {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  const dir = mkdtempSync(join(tmpdir(), 'daybook-traces-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const place = { dir, agents: shippedAgents(), memory: join(dir, 'memory'), rehearsal: true }
  const notices: string[] = []
  const options = {
    agents: 'sync',
    documents: 'sync',
    onNotice: (notice: string) => void notices.push(notice),
  } as const
  const daybook = await openDaybook(resolveSettings(place, {}, dir), options)
  const { project, roster, person } = daybook
  const workflow = await startWorkflow(project, {
    goal,
    roster,
    entry: null,
    by: person,
    limits: { ...defaultLimits, depthMax: 3 },
    model: 'rehearsal',
    rehearsal: true,
  })
  await project.work.refresh()
  const stop = new AbortController()
  const { ended } = runWorker(daybook, { signal: stop.signal, onProblem: console.error })
  while ([...project.work.open()].length > 0)
    await project.reading.moved(project.reading.position, { timeoutMs: 1_000, signal: stop.signal })
  stop.abort()
  await ended
  const events = await Array.fromAsync(project.store.readAll())
  await daybook.close()
  return { workflow, events, notices }
}

const ofType = (events: readonly RecordedEvent[], type: string) =>
  events.filter((event) => event.type === type)
const named = (spans: readonly ReceivedSpan[], operation: string) =>
  spans.filter(({ attributes }) => attributes['gen_ai.operation.name'] === operation)

test('a workflow is one trace: its sessions, their model calls and tool calls, handoffs as links', async () => {
  const { url, spans, services } = await receiver()
  const { workflow, events } = await rehearsed({ DAYBOOK_TRACES: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: url })
  expect([...services]).toEqual(['daybook'])
  expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([traceIdOf(workflow)]))
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length)
  const byId = new Map(spans.map((span) => [span.spanId, span]))
  const [root, ...others] = named(spans, 'invoke_workflow')
  expect(others).toEqual([])
  expect(root).toMatchObject({ spanId: spanIdOf('workflow', workflow), name: 'invoke_workflow' })
  expect(root!.parentSpanId ?? '').toBe('')
  const counts = { invoke_agent: 'SessionStarted', chat: 'ModelCalled', execute_tool: 'ToolCalled' }
  for (const [operation, type] of Object.entries(counts))
    expect(named(spans, operation)).toHaveLength(ofType(events, type).length)
  for (const session of named(spans, 'invoke_agent')) {
    expect(session.parentSpanId).toBe(root!.spanId)
    expect(session.name).toBe(`invoke_agent ${session.attributes['gen_ai.agent.name']}`)
    expect(session.attributes['gen_ai.usage.output_tokens']).toBeGreaterThan(0)
  }
  for (const inner of [...named(spans, 'chat'), ...named(spans, 'execute_tool')]) {
    const session = byId.get(inner.parentSpanId!)!
    expect(session.attributes['gen_ai.conversation.id']).toBe(inner.attributes['gen_ai.conversation.id'])
    expect(inner.attributes['gen_ai.agent.name']).toBe(session.attributes['gen_ai.agent.name'])
  }
  for (const call of named(spans, 'chat')) {
    expect(call).toMatchObject({ name: 'chat rehearsal', kind: 3 })
    expect(call.attributes).toMatchObject({
      'gen_ai.request.model': 'rehearsal',
      'gen_ai.provider.name': 'daybook.rehearsal',
      'gen_ai.usage.input_tokens': expect.any(Number),
      'gen_ai.response.finish_reasons': [expect.any(String)],
    })
  }
  const linked = named(spans, 'invoke_agent').filter(({ links }) => links.length > 0)
  expect(linked.length).toBeGreaterThan(0)
  for (const { links, attributes } of linked) {
    expect(byId.get(links[0]!.spanId)?.attributes['gen_ai.operation.name']).toBe('invoke_agent')
    expect(attributes['daybook.handoff.id']).toBeTypeOf('string')
  }
  for (const span of spans) expect(BigInt(span.endTimeUnixNano) >= BigInt(span.startTimeUnixNano)).toBe(true)
  // Nobody asked for what was said.
  expect(JSON.stringify(spans)).not.toContain('invoices')
})

test('what was said goes along when that is asked for', async () => {
  const { url, spans } = await receiver()
  await rehearsed({ DAYBOOK_TRACES: 'otlp_with_content', OTEL_EXPORTER_OTLP_ENDPOINT: url })
  const [call] = named(spans, 'chat')
  expect(call!.attributes['gen_ai.input.messages']).toContain('invoices')
  expect(call!.attributes['gen_ai.output.messages']).toBeTypeOf('string')
})

test.each(['never', 503, 'nobody'] as const)('a receiver that answers %s breaks nothing', async (answer) => {
  const url = answer === 'nobody' ? 'http://127.0.0.1:9' : (await receiver(answer)).url
  const { workflow, events } = await rehearsed({ DAYBOOK_TRACES: 'otlp', OTEL_EXPORTER_OTLP_ENDPOINT: url })
  const ends = events.filter(({ stream }) => stream === `workflow-${workflow}`).map(({ type }) => type)
  expect(ends.at(-1)).toBe('WorkflowCompleted')
})

test('whoever ends what another process began tells the span of both, in the same trace', async () => {
  const { workflow, events } = await rehearsed({})
  const told: string[][] = []
  const traces = () => {
    const spans: string[] = []
    told.push(spans)
    const sink = {
      emit: (span: { traceId: string; spanId: string; parentId: string | null; startMs: number }) =>
        void spans.push([span.traceId, span.spanId, span.parentId, span.startMs].join(' ')),
      close: async () => undefined,
    }
    const readStream = (stream: string) => of(events.filter((event) => event.stream === stream))
    return new TracedLog({ store: { readStream }, sink, content: 'none', workflow: () => null })
  }
  const whole = traces()
  for (const event of events) whole.told(event.stream, [event], 0)
  await whole.close()
  // Two processes that take turns at every event.
  const pair = [traces(), traces()]
  for (const [index, event] of events.entries()) pair[index % 2]!.told(event.stream, [event], 0)
  for (const one of pair) await one.close()
  const [all, first, second] = told as [string[], string[], string[]]
  expect(all.length).toBeGreaterThan(10)
  expect(all.every((span) => span.startsWith(traceIdOf(workflow)))).toBe(true)
  expect([...first, ...second].sort()).toEqual([...all].sort())
  expect(Math.min(first.length, second.length)).toBeGreaterThan(0)
})

test.each([
  ['', false],
  ['otlp', true],
])('with DAYBOOK_TRACES="%s" the SDK is loaded: %s', (wanted, loaded) => {
  const path = (file: string) => JSON.stringify(join(packageRoot(), 'src/runtime', file))
  const script = `
    import { registerHooks } from 'node:module'
    const seen = []
    registerHooks({ resolve: (name, context, next) => (seen.push(name), next(name, context)) })
    await import(${path('daybook.ts')})
    const { openTraces } = await import(${path('tracing/open-traces.ts')})
    const traces = await openTraces({ env: process.env, store: {}, workflow: () => null, onNotice() {} })
    await traces?.close()
    console.log(seen.some((name) => /^@opentelemetry\\/(?:sdk|exporter|resources)/.test(name)))
  `
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: { ...process.env, DAYBOOK_TRACES: wanted },
  })
  expect(out.trim()).toBe(String(loaded))
})

test('what DAYBOOK_TRACES may say', () => {
  expect(tracesWanted({})).toBe('off')
  expect(tracesWanted({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318' })).toBe('off')
  expect(tracesWanted({ DAYBOOK_TRACES: 'otlp' })).toBe('otlp')
  expect(tracesWanted({ DAYBOOK_TRACES: 'otlp', OTEL_SDK_DISABLED: 'true' })).toBe('off')
  expect(() => tracesWanted({ DAYBOOK_TRACES: 'yes' })).toThrow(/expected "otlp"/u)
})

async function* of(events: readonly RecordedEvent[]): AsyncGenerator<RecordedEvent> {
  yield* events
}
