import type { Json } from '../../kernel/event.ts'
import type { Model, ModelBlock, ModelResult } from '../../models/port.ts'
import type { Secrets } from './secrets.ts'

/**
 * The same model, whose answers are redacted before anybody sees them. A signed block of thinking would be refused by
 * the server when a word of it were changed, so one that holds a secret is dropped whole.
 */
export function redactingModel(model: Model, secrets: Secrets): Model {
  const { costMax } = model
  return {
    runner: model.runner,
    ...(costMax === undefined ? {} : { costMax: costMax.bind(model) }),
    answer: async (request, call) => redactedResult(await model.answer(request, call), secrets),
  }
}

async function redactedResult(result: ModelResult, secrets: Secrets): Promise<ModelResult> {
  if ('answer' in result) {
    const content = await redactedBlocks(result.answer.content, secrets)
    return { answer: { ...result.answer, content } }
  }
  const { partial, message } = result.failure
  const failure = { ...result.failure, message: (await secrets.text(message)).value }
  return {
    failure:
      partial === undefined ? failure : { ...failure, partial: await redactedBlocks(partial, secrets) },
  }
}

async function redactedBlocks(blocks: readonly ModelBlock[], secrets: Secrets): Promise<ModelBlock[]> {
  const redacted = await Promise.all(
    blocks.map(async (block) => {
      const { signature: _, ...said } = block
      const { value, redactions } = await secrets.json(said as Json)
      if (redactions.length === 0) return [block]
      return block.signature === undefined ? [value as unknown as ModelBlock] : []
    }),
  )
  return redacted.flat()
}
