import type { Json } from '../../src/kernel/event.ts'
import { returned, type Tool, type ToolClass, type ToolRun } from '../../src/tools/port.ts'
import { ask } from './outside-client.ts'

/** One tool of each class whose effect is on the server outside. */
const classes = {
  lookup: 'pure',
  charge: 'keyed',
  deploy: 'probeable',
  announce: 'unsafe',
} as const satisfies Record<string, ToolClass>

export function outsideTools(): Tool[] {
  return Object.entries(classes).map(([name, kind]) => toolOf(name, kind))
}

function toolOf(name: string, kind: ToolClass): Tool {
  const tool: Tool = {
    name,
    description: `Asks the server outside to ${name}.`,
    inputSchema: { type: 'object', properties: { token: { type: 'string' } }, required: ['token'] },
    class: kind,
    run: async (input, call) => returned((await asked(name, input, call)).said ?? ''),
  }
  if (kind !== 'probeable') return tool
  return {
    ...tool,
    async probe(input, call) {
      const { said } = await asked(`look/${name}`, input, call)
      return said === null ? null : returned(said)
    },
  }
}

/** Only a keyed tool may say its key: the others have to be safe without. A look is for the key. */
function asked(path: string, input: Json, { key, signal }: ToolRun): Promise<{ said: string | null }> {
  const { token = '' } = (input ?? {}) as { token?: string }
  return ask(`tools/${path}`, { token, key }, signal)
}
