import type { AgentDefinition } from '../agents/events.ts'
import type { Opinion } from '../handoffs/events.ts'
import type { RoutingDecision, RoutingQuestion } from '../handoffs/router.ts'
import type { RoutingKnowledge } from '../handoffs/routing/knowledge.ts'
import { opinionQuestion, readOpinion } from '../handoffs/second-opinion.ts'
import { limits } from '../kernel/limits.ts'
import type { ModelResult } from '../models/port.ts'
import type { ModelChoice } from './work-on.ts'

/** Asks somebody about a close call; never throws: what went wrong stands in the opinion. */
export type SecondOpinion = (
  question: RoutingQuestion,
  decision: RoutingDecision,
  knowledge: RoutingKnowledge,
) => Promise<Opinion>

/** Asks a model once, in a bounded time; `choose` may find no key. The agents' own models make no difference. */
export function opinionOfModel(choose: (agent: AgentDefinition) => ModelChoice): SecondOpinion {
  return async (question, decision, knowledge) => {
    const { system, prompt, schema, between } = opinionQuestion(question, decision, knowledge)
    try {
      const { model, name } = choose({ ...knowledge.agents[0]!.definition, model: null })
      const result = await model.answer(
        {
          model: name,
          system,
          tools: [],
          messages: [{ role: 'user', content: prompt }],
          outputTokensMax: limits.secondOpinionTokensMax,
          answerSchema: schema,
        },
        { signal: AbortSignal.timeout(limits.secondOpinionMs) },
      )
      return opinionIn(result, { model: name, between })
    } catch (error) {
      return failed({ model: 'none', between }, error instanceof Error ? error.message : String(error))
    }
  }
}

type Asked = Pick<Opinion, 'model' | 'between'>

function opinionIn(result: ModelResult, asked: Asked): Opinion {
  if ('failure' in result) return failed(asked, `${result.failure.kind}: ${result.failure.message}`)
  const { content, costUsd } = result.answer
  const text = content.map((block) => (block.type === 'text' ? String(block.text) : '')).join('')
  const read = readOpinion(text, asked.between)
  if (read === null)
    return { ...failed(asked, 'The answer was not in the form that was asked for.'), costUsd }
  return { ...asked, ...read, costUsd }
}

function failed(asked: Asked, why: string): Opinion {
  return { ...asked, chosen: null, reason: '', costUsd: 0, failed: why.slice(0, limits.noteCharsMax) }
}
