import { streamId } from '../../kernel/event.ts'
import type { Usage } from '../../sessions/events.ts'
import type { WorkflowWork } from '../workflow-work.ts'
import { spanIdOf, type TracedSpan, traceIdOf } from './span.ts'
import type { Appended } from './traced-log.ts'

/** The event that began something. */
export interface Begun {
  readonly type: string
  readonly data: unknown
  readonly atMs: number
}

interface Ended {
  readonly event: Appended
  readonly begun: Begun
  readonly work: WorkflowWork | null
  readonly content: 'none' | 'all'
}

type Attributes = TracedSpan['attributes']
type About = Pick<TracedSpan, 'spanId' | 'parentId' | 'name' | 'kind' | 'attributes'> & Partial<TracedSpan>

/** The span of what just ended. Names follow OpenTelemetry's conventions; what they have no name for is `daybook.…`. */
export function spanOf(ended: Ended): TracedSpan | null {
  const about = aboutOf(ended)
  if (about === null) return null
  const { event, begun } = ended
  const attributes = { ...about.attributes, 'daybook.workflow.id': event.workflow! }
  return {
    traceId: traceIdOf(event.workflow!),
    startMs: begun.atMs,
    endMs: Math.max(event.atMs, begun.atMs),
    links: [],
    error: null,
    ...about,
    attributes,
  }
}

function aboutOf(ended: Ended): About | null {
  switch (ended.begun.type) {
    case 'WorkflowStarted':
      return workflowSpan(ended)
    case 'SessionStarted':
      return sessionSpan(ended)
    case 'ModelCalled':
      return callSpan(ended)
    case 'ToolCalled':
      return toolSpan(ended)
    default:
      return null
  }
}

function workflowSpan({ event }: Ended): About {
  return {
    spanId: spanIdOf('workflow', event.workflow!),
    parentId: null,
    name: 'invoke_workflow',
    kind: 'internal',
    attributes: { 'gen_ai.operation.name': 'invoke_workflow' },
    error: failureOf(event),
  }
}

function sessionSpan({ event, begun, work }: Ended): About {
  const id = streamId(event.stream)
  const { agent, handoff, model } = begun.data as { agent: string; handoff?: string; model: string }
  const usage = work?.sessions.get(id)?.usage
  return {
    spanId: spanIdOf('session', id),
    parentId: spanIdOf('workflow', event.workflow!),
    name: `invoke_agent ${agent}`,
    kind: 'internal',
    attributes: {
      'gen_ai.operation.name': 'invoke_agent',
      ...whose(id, { agent, model }),
      ...(usage === undefined ? {} : tokensOf(usage)),
      ...(handoff === undefined ? {} : { 'daybook.handoff.id': handoff }),
    },
    links: handoff === undefined ? [] : linksTo(handoff, work),
    error: failureOf(event),
  }
}

/** The session whose agent handed this over, if it was one. */
function linksTo(handoff: string, work: WorkflowWork | null): TracedSpan['links'] {
  const parent = work?.handoffs.get(handoff)?.request?.parent
  const session = parent == null ? undefined : work?.handoffs.get(parent)?.lease?.session
  if (session === undefined) return []
  return [{ spanId: spanIdOf('session', session), attributes: { 'daybook.handoff.id': handoff } }]
}

interface Answer {
  readonly call: string
  readonly stopReason?: string
  readonly usage?: Usage
  readonly model?: string
  readonly content?: unknown
  readonly kind?: string
}

function callSpan({ event, begun, work, content }: Ended): About {
  const id = streamId(event.stream)
  const { call, attempt, appended } = begun.data as { call: string; attempt: number; appended: unknown }
  const answer = event.data as Answer
  const session = work?.sessions.get(id)
  const model = modelOf(work, answer)
  return {
    spanId: spanIdOf('call', id, call, String(attempt)),
    parentId: spanIdOf('session', id),
    name: `chat ${model}`,
    kind: 'client',
    attributes: {
      'gen_ai.operation.name': 'chat',
      ...whose(id, { agent: session?.agent, model }),
      ...(answer.model === undefined ? {} : { 'gen_ai.response.model': answer.model }),
      ...(answer.stopReason === undefined ? {} : { 'gen_ai.response.finish_reasons': [answer.stopReason] }),
      ...(answer.usage === undefined ? {} : tokensOf(answer.usage)),
      'daybook.call.attempt': attempt,
      ...said(content, { 'gen_ai.input.messages': appended, 'gen_ai.output.messages': answer.content }),
    },
    error: event.type === 'ModelFailed' ? (answer.kind ?? 'failed') : null,
  }
}

function toolSpan({ event, begun, work, content }: Ended): About {
  const id = streamId(event.stream)
  const { tool, toolUse, input } = begun.data as { tool: string; toolUse: string; input: unknown }
  const { isError, output } = event.data as { isError: boolean; output: string }
  return {
    spanId: spanIdOf('tool', id, toolUse),
    parentId: spanIdOf('session', id),
    name: `execute_tool ${tool}`,
    kind: 'internal',
    attributes: {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': tool,
      'gen_ai.tool.type': 'function',
      'gen_ai.tool.call.id': toolUse,
      ...whose(id, { agent: work?.sessions.get(id)?.agent }),
      ...said(content, { 'gen_ai.tool.call.arguments': input, 'gen_ai.tool.call.result': output }),
    },
    error: isError ? 'tool_error' : null,
  }
}

function whose(
  session: string,
  about: { readonly agent?: string | undefined; readonly model?: string },
): Attributes {
  const { agent, model } = about
  return {
    'gen_ai.conversation.id': session,
    ...(agent === undefined || agent === '' ? {} : { 'gen_ai.agent.name': agent }),
    ...(model === undefined
      ? {}
      : {
          'gen_ai.request.model': model,
          'gen_ai.provider.name': model === 'rehearsal' ? 'daybook.rehearsal' : 'anthropic',
        }),
  }
}

/** Input counts everything that went in, as the conventions have it; what came from the cache is said beside it. */
function tokensOf({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }: Usage): Attributes {
  return {
    'gen_ai.usage.input_tokens': inputTokens + cacheReadTokens + cacheWriteTokens,
    'gen_ai.usage.output_tokens': outputTokens,
    'gen_ai.usage.cache_read.input_tokens': cacheReadTokens,
    'gen_ai.usage.cache_creation.input_tokens': cacheWriteTokens,
  }
}

function modelOf(work: WorkflowWork | null, answer: Answer): string {
  return work?.workflow.model ?? answer.model ?? 'unknown'
}

/** Prompts and answers, where they are wanted: an attribute holds them as JSON. */
function said(content: Ended['content'], about: Readonly<Record<string, unknown>>): Attributes {
  if (content === 'none') return {}
  return Object.fromEntries(Object.entries(about).map(([name, value]) => [name, JSON.stringify(value) ?? '']))
}

function failureOf({ type, data }: Appended): string | null {
  if (type.endsWith('Cancelled')) return 'cancelled'
  return type.endsWith('Failed') ? ((data as { code?: string }).code ?? 'failed') : null
}
