import { afterAll, beforeAll } from 'vitest'
import { memoryCases } from './cases/memory-update.ts'
import { fireAll } from './fire-all.ts'
import { type ServerTarget, serverTarget } from './targets/server.ts'

let target: ServerTarget
beforeAll(async () => {
  target = await serverTarget()
})
afterAll(() => target.close())

fireAll(memoryCases, () => target)
