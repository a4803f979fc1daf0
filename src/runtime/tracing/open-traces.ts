import { DaybookError } from '../../kernel/errors.ts'
import type { EventStore } from '../../store/port.ts'
import type { WorkflowWork } from '../workflow-work.ts'
import { TracedLog } from './traced-log.ts'

/** What `DAYBOOK_TRACES` says: nothing, spans, or spans with prompts and answers. Throws `usage` for anything else. */
export function tracesWanted(env: NodeJS.ProcessEnv): 'off' | 'otlp' | 'otlp_with_content' {
  const wanted = env.DAYBOOK_TRACES ?? ''
  if (wanted === '' || wanted === 'off' || env.OTEL_SDK_DISABLED === 'true') return 'off'
  if (wanted === 'otlp' || wanted === 'otlp_with_content') return wanted
  const message = `DAYBOOK_TRACES is "${wanted.slice(0, 40)}": expected "otlp", "otlp_with_content" or "off".`
  throw new DaybookError('usage', message)
}

export interface OpenTraces {
  readonly env: NodeJS.ProcessEnv
  readonly store: Pick<EventStore, 'readStream'>
  readonly workflow: (id: string) => WorkflowWork | null
  readonly onNotice: (notice: string) => void
}

/** Null when no traces are wanted: then nothing of OpenTelemetry is loaded. */
export async function openTraces({ env, store, workflow, onNotice }: OpenTraces): Promise<TracedLog | null> {
  const wanted = tracesWanted(env)
  if (wanted === 'off') return null
  const { otlpSink } = await import('./otlp.ts')
  const content = wanted === 'otlp_with_content' ? 'all' : 'none'
  return new TracedLog({ store, sink: otlpSink(onNotice), content, workflow })
}
