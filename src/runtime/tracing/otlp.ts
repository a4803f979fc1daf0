import { ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace'
import { limits } from '../../kernel/limits.ts'
import { packageVersion } from '../settings.ts'
import type { SpanSink, TracedSpan } from './span.ts'

/**
 * Sends spans to a receiver of OTLP over HTTP, as the standard variables `OTEL_EXPORTER_OTLP_*`, `OTEL_SERVICE_NAME`
 * and `OTEL_RESOURCE_ATTRIBUTES` say. This file loads OpenTelemetry's SDK: import it only when somebody wants spans.
 * A receiver that does not answer loses what does not fit into the queue; `onProblem` hears of it once.
 */
export function otlpSink(onProblem: (message: string) => void): SpanSink {
  // The SDK asks for ids as it begins a span: those of the log are laid ready for it.
  const ids = { trace: '', span: '' }
  const provider = new TracerProvider({
    resource: defaultResource().merge(
      resourceFromAttributes({
        'service.name': process.env.OTEL_SERVICE_NAME ?? 'daybook',
        'service.version': packageVersion(),
      }),
    ),
    idGenerator: { generateTraceId: () => ids.trace, generateSpanId: () => ids.span },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: telling(new OTLPTraceExporter({ timeoutMillis: limits.tracesSendMs }), onProblem),
        maxQueueSize: limits.tracesQueuedMax,
        scheduledDelayMillis: limits.tracesDelayMs,
        exportTimeoutMillis: limits.tracesSendMs,
      }),
    ],
  })
  const tracer = provider.getTracer('daybook', packageVersion())
  return {
    emit(span) {
      ids.trace = span.traceId
      ids.span = span.spanId
      const { name, attributes } = span
      const kind = span.kind === 'client' ? SpanKind.CLIENT : SpanKind.INTERNAL
      const links = span.links.map((link) => ({ context: contextOf(span.traceId, link.spanId), ...link }))
      const made = tracer.startSpan(
        name,
        { kind, attributes, links, startTime: span.startMs },
        parentOf(span),
      )
      if (span.error !== null) {
        made.setAttribute('error.type', span.error)
        made.setStatus({ code: SpanStatusCode.ERROR })
      }
      made.end(span.endMs)
    },
    async close() {
      const late = AbortSignal.timeout(limits.tracesCloseMs)
      const over = new Promise<void>((resolve) => late.addEventListener('abort', () => resolve()))
      await Promise.race([provider.shutdown().catch(() => undefined), over])
    },
  }
}

function parentOf({ traceId, parentId }: TracedSpan) {
  return parentId === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, contextOf(traceId, parentId))
}

function contextOf(traceId: string, spanId: string) {
  return { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true }
}

function telling(exporter: SpanExporter, onProblem: (message: string) => void): SpanExporter {
  let told = false
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.code !== 0 && !told) {
          told = true
          onProblem(`Traces are not taken: ${result.error?.message ?? 'no reason was given'}. Work goes on.`)
        }
        done(result)
      }),
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  }
}
