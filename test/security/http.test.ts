import { afterAll, beforeAll } from 'vitest'
import { httpCases } from './cases/http.ts'
import { fireAll } from './fire-all.ts'
import { type ServerTarget, serverTarget } from './targets/server.ts'

let target: ServerTarget
beforeAll(async () => {
  target = await serverTarget()
})
afterAll(() => target.close())

fireAll(httpCases, () => target)
