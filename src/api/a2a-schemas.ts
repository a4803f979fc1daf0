import { z } from '@hono/zod-openapi'

/** The parts of A2A 1.0 (https://a2a-protocol.org, `specification/a2a.proto`) that Daybook speaks, as JSON. */

const strings = z.array(z.string()).readonly()

const Part = z.object({ text: z.string(), mediaType: z.string().optional() })

const Message = z.object({
  messageId: z.string(),
  contextId: z.string(),
  taskId: z.string(),
  role: z.enum(['ROLE_USER', 'ROLE_AGENT']),
  parts: z.array(Part),
})

export const AgentSkill = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  tags: strings,
  examples: strings.optional(),
})

export const AgentCard = z
  .object({
    name: z.string(),
    description: z.string(),
    version: z.string(),
    supportedInterfaces: z.array(
      z.object({ url: z.string(), protocolBinding: z.string(), protocolVersion: z.string() }),
    ),
    documentationUrl: z.string(),
    capabilities: z.object({
      streaming: z.boolean(),
      pushNotifications: z.boolean(),
      extendedAgentCard: z.boolean(),
    }),
    securitySchemes: z
      .record(z.string(), z.object({ httpAuthSecurityScheme: z.object({ scheme: z.string() }) }))
      .optional(),
    securityRequirements: z
      .array(z.object({ schemes: z.record(z.string(), z.object({ list: strings })) }))
      .optional(),
    defaultInputModes: strings,
    defaultOutputModes: strings,
    skills: z.array(AgentSkill),
  })
  .openapi('AgentCard')
export type AgentCard = z.infer<typeof AgentCard>

export const Task = z
  .object({
    id: z.string(),
    contextId: z.string(),
    status: z.object({ state: z.string(), timestamp: z.string(), message: Message.optional() }),
    artifacts: z.array(z.object({ artifactId: z.string(), name: z.string(), parts: z.array(Part) })),
    history: z.array(Message),
    metadata: z.object({ status: z.string(), from: z.string(), to: z.string().nullable() }),
  })
  .openapi('Task')
export type Task = z.infer<typeof Task>
