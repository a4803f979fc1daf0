import type { Model, ModelRequest } from '../../../src/models/port.ts'
import { rehearsalModel } from '../../../src/models/rehearsal.ts'
import { modelChoice as choose, estimateCost, type ModelChoiceOptions } from '../../../src/runtime/models.ts'
import type { ModelFor } from '../../../src/runtime/work-on.ts'
import { rehearse } from '../../../src/sessions/rehearsal.ts'
import { crewAnswer } from '../crew.ts'
import { ask } from '../outside-client.ts'
import { orders, place } from '../point.ts'

export { estimateCost }

/**
 * The models, with a place to die before, during and after every call. In a rehearsal the crew of the campaign
 * plays its script, and whoever has none does what an agent file asks, as in every rehearsal; its calls are
 * counted outside, as the Messages server counts Claude's.
 */
export function modelChoice(options: ModelChoiceOptions): ModelFor {
  const original = choose(options)
  return (agent, workflow) => {
    const { model, name } = original(agent, workflow)
    if (!workflow.rehearsal) return { model: dying(model), name }
    const script = (request: ModelRequest) => crewAnswer(request) ?? rehearse(agent, request)
    return { model: dying(counted(rehearsalModel(script))), name }
  }
}

function dying(model: Model): Model {
  return {
    runner: model.runner,
    async answer(request, call) {
      const here = place('effect:model_call')
      here.pass('before')
      let heard = false
      const onText = (text: string) => {
        if (!heard) here.pass('during')
        heard = true
        call.onText?.(text)
      }
      const result = await model.answer(request, { ...call, onText })
      if (orders.plant === 'asks_again') await model.answer(request, call)
      here.pass('after')
      return result
    },
  }
}

function counted(model: Model): Model {
  return {
    runner: model.runner,
    async answer(request, call) {
      const { id: requestId } = await ask<{ id: string }>('model', request)
      const result = await model.answer(request, call)
      return 'failure' in result ? result : { answer: { ...result.answer, requestId } }
    },
  }
}
