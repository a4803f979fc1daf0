import { afterAll, beforeAll } from 'vitest'
import { handoffCases } from './cases/handoff.ts'
import { fireAll } from './fire-all.ts'
import { type ServerTarget, serverTarget } from './targets/server.ts'

let target: ServerTarget
beforeAll(async () => {
  target = await serverTarget({ external: 'all' })
})
afterAll(() => target.close())

fireAll(handoffCases, () => target)
