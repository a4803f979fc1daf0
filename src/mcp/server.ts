import { McpServer } from '@modelcontextprotocol/server'
import type { McpContext } from './context.ts'
import { addPrompts } from './prompts.ts'
import { addResources } from './resources.ts'
import { addTool, type McpTool } from './tool.ts'
import { handoffTools } from './tools/handoff-tools.ts'
import { inboxTools } from './tools/inbox-tools.ts'
import { memoryTools } from './tools/memory-tools.ts'
import { whyTool } from './tools/why-tool.ts'

const instructions = `Daybook keeps the shared memory of a team of agents and passes work between them; everything is on record.
Read the memory before you begin. You may write only the sections that you own: read yours with read_memory, then give write_section the whole new text with the revision you read. Hand work over with hand_off, once per need. Take work from your inbox with accept_handoff, name it as "working_on" in what you do for it, and end it with complete_handoff and your Session Summary.`

/** Every tool, as a connection that speaks as this agent is offered it; null: as anybody who says who it is. */
export function toolsFor(speaker: string | null): readonly McpTool[] {
  return [...memoryTools(speaker), ...handoffTools(speaker), ...inboxTools(speaker), whyTool]
}

/**
 * One server for one connection or one request: it holds no state, everything it answers comes from the log.
 * `told`: somebody tells its client when a resource changes.
 */
export function mcpServer(context: McpContext, changes: 'told' | 'untold'): McpServer {
  const server = new McpServer(
    { name: 'daybook', title: 'Daybook', version: context.version },
    {
      instructions,
      capabilities: { resources: { subscribe: changes === 'told', listChanged: changes === 'told' } },
    },
  )
  for (const tool of toolsFor(context.speaker)) addTool(server, context, tool)
  addResources(server, context)
  addPrompts(server, context)
  return server
}
