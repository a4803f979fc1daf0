import { afterAll, beforeAll } from 'vitest'
import { modelCases } from './cases/model-output.ts'
import { fireAll } from './fire-all.ts'
import { type ModelTarget, modelTarget } from './targets/model.ts'

let target: ModelTarget
beforeAll(async () => {
  target = await modelTarget()
})
afterAll(() => target.close())

fireAll(modelCases, () => target)
