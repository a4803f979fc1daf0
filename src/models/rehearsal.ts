import type { Model, ModelAnswer, ModelRequest } from './port.ts'

/** The name under which rehearsals stand in the log, where a model's id would be. */
export const rehearsalModelName = 'rehearsal'

/**
 * A deterministic stand-in that follows a script: no model is called and nothing is paid. Tokens are
 * estimated at four characters each, so that budgets and ledgers have something to count.
 */
export function rehearsalModel(
  script: (request: ModelRequest) => Pick<ModelAnswer, 'content' | 'stopReason'>,
): Model {
  return {
    runner: 'rehearsal',
    async answer(request, { signal, onText }) {
      signal.throwIfAborted()
      const { content, stopReason } = script(request)
      for (const block of content) if (block.type === 'text') onText?.(String(block.text))
      const usage = {
        inputTokens: tokens(request.system.length + JSON.stringify(request.messages).length),
        outputTokens: tokens(JSON.stringify(content).length),
        cacheWriteTokens: 0,
        cacheReadTokens: 0,
      }
      return { answer: { content, stopReason, usage, costUsd: 0, model: rehearsalModelName } }
    },
  }
}

function tokens(chars: number): number {
  return Math.ceil(chars / 4)
}
