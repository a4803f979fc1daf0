import { createRoute, z } from '@hono/zod-openapi'
import { taskStateOf } from '../../handoffs/task-state.ts'
import { streamOf } from '../../kernel/event.ts'
import { AgentName, agentKey } from '../../kernel/words.ts'
import { agentNamed } from '../../runtime/callers.ts'
import { found } from '../../runtime/inbox/held.ts'
import { showHandoff } from '../../runtime/work-views.ts'
import { AgentCard, Task } from '../a2a-schemas.ts'
import { agentCard, type CardPlace, daybookCard } from '../agent-card.ts'
import { answers } from '../answers.ts'
import { type ApiContext, newRoutes } from '../context.ts'

/** Who is here and how work stands, in the words of A2A. */
export function a2aRoutes() {
  const app = newRoutes()
  app.openapi(
    createRoute({
      method: 'get',
      path: '/.well-known/agent-card.json',
      summary: 'The A2A card of this Daybook: every agent is a skill',
      responses: answers('The card', AgentCard),
    }),
    async (c) => {
      const { view } = c.var.daybook.project
      await view.refresh()
      const { version } = c.var.server
      return c.json(
        daybookCard(
          view.agents().map(({ definition }) => definition),
          { ...placeOf(c), version },
        ),
        200,
      )
    },
  )
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/agents/{name}/card',
      summary: 'The A2A card of one agent',
      request: { params: z.object({ name: AgentName }) },
      responses: answers('The card', AgentCard),
    }),
    async (c) => {
      const { view } = c.var.daybook.project
      await view.refresh()
      const { definition } = agentNamed(view, c.req.valid('param').name, 'not_found')
      const stream = view.agentStreams().get(streamOf('agent', agentKey(definition.name)))
      return c.json(agentCard(definition, { ...placeOf(c), revision: (stream?.revision ?? 0) + 1 }), 200)
    },
  )
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/handoffs/{id}/task',
      summary: 'A handoff as an A2A task',
      request: { params: z.object({ id: z.string().max(100) }) },
      responses: answers('The task', Task),
    }),
    async (c) => {
      const { project } = c.var.daybook
      const details = await showHandoff(project, c.req.valid('param').id)
      const { handoff } = await found(project, details.id)
      return c.json(taskOf(details, taskStateOf(handoff.status)), 200)
    },
  )
  return app
}

function placeOf(c: ApiContext): CardPlace {
  return { origin: new URL(c.req.url).origin, access: c.var.keys === 'asked' ? 'bearer' : 'open' }
}

function taskOf(handoff: Awaited<ReturnType<typeof showHandoff>>, state: string): Task {
  const { id, workflow: contextId, need, answer, reason, missing, history, status, from, to } = handoff
  const message = (messageId: string, role: 'ROLE_USER' | 'ROLE_AGENT', text: string) => ({
    messageId,
    contextId,
    taskId: id,
    role,
    parts: [{ text }],
  })
  const last = history.at(-1)
  const said = missing.length > 0 ? `Needed first: ${missing.join('; ')}` : reason
  return {
    id,
    contextId,
    status: {
      state,
      timestamp: last?.at ?? '',
      ...(said === null ? {} : { message: message(last?.event ?? id, 'ROLE_AGENT', said) }),
    },
    artifacts:
      answer === null
        ? []
        : [
            {
              artifactId: `${id}-answer`,
              name: 'answer',
              parts: [{ text: answer, mediaType: 'text/markdown' }],
            },
          ],
    history: [message(history[0]?.event ?? id, 'ROLE_USER', need)],
    metadata: { status, from, to },
  }
}
