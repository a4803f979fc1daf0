import { onTestFinished } from 'vitest'
import { claudeModel } from '../../src/models/claude.ts'
import type { Waits } from '../../src/models/patience.ts'
import type { ModelFailure, ModelRequest, ModelResult } from '../../src/models/port.ts'
import { shippedPrices } from '../../src/models/prices.ts'
import {
  type MessagesServer,
  type MessagesServerOptions,
  startMessagesServer,
} from './server/messages-server.ts'

/** Long enough that nothing else looks like it, so that finding it anywhere is a leak. */
export const apiKey = 'local-key-0123456789abcdef'

export const request: ModelRequest = {
  model: 'claude-sonnet-5-5',
  system: 'You answer briefly.',
  tools: [
    {
      name: 'memory',
      description: 'Keeps texts.',
      inputSchema: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
    },
  ],
  messages: [{ role: 'user', content: 'Say hello.' }],
  outputTokensMax: 1_000,
}

/** A server for one test. It ends with the test, and so do its connections. */
export async function serverWith(script: MessagesServerOptions['script']): Promise<MessagesServer> {
  const server = await startMessagesServer({ script })
  onTestFinished(() => server.close())
  return server
}

export interface Asked {
  readonly waits?: Partial<Waits>
  readonly request?: Partial<ModelRequest>
  readonly signal?: AbortSignal
  readonly onText?: (text: string) => void
  readonly onNotice?: (notice: string) => void
}

/** One call of the real adapter, with the real SDK. */
export function ask(url: string, asked: Asked = {}): Promise<ModelResult> {
  const { waits = {}, onText, onNotice } = asked
  const model = claudeModel({
    access: { apiKey, baseUrl: url },
    prices: shippedPrices,
    waits,
    ...(onNotice === undefined ? {} : { onNotice }),
  })
  const signal = asked.signal ?? new AbortController().signal
  return model.answer(
    { ...request, ...asked.request },
    onText === undefined ? { signal } : { signal, onText },
  )
}

export function answerOf(result: ModelResult) {
  if ('answer' in result) return result.answer
  throw new Error(`expected an answer, found ${result.failure.kind}: ${result.failure.message}`)
}

export function failureOf(result: ModelResult): ModelFailure {
  if ('failure' in result) return result.failure
  throw new Error('expected a failure, found an answer')
}
