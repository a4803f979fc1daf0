import { listWaiting, type Waiting } from '../../runtime/waiting.ts'
import type { Ask } from '../ask.ts'
import { said } from '../running-server.ts'

export const allWaiting: Ask<object, readonly Waiting[]> = {
  open: { mode: 'read' },
  here: ({ project }) => listWaiting(project),
  there: async ({ client }) => (await said(client.v1.waiting.$get({ query: {} }))).waiting,
}
