import type { Json } from '../../kernel/event.ts'
import type { Tool, ToolResult } from '../../tools/port.ts'
import type { Secrets } from './secrets.ts'

/** The same tool, whose results are redacted before a model or the log gets them. */
export function redactingTool(tool: Tool, secrets: Secrets): Tool {
  const { probe, settled, onlyReads } = tool
  return {
    name: tool.name,
    description: tool.description,
    inputSchema: tool.inputSchema,
    class: tool.class,
    ...(onlyReads === undefined ? {} : { onlyReads: onlyReads.bind(tool) }),
    run: async (input, run) => redactedResult(await tool.run(input, run), secrets),
    ...(probe === undefined
      ? {}
      : {
          probe: async (input: Json, run) => {
            const found = await probe.call(tool, input, run)
            return found === null ? null : redactedResult(found, secrets)
          },
        }),
    ...(settled === undefined ? {} : { settled: settled.bind(tool) }),
  }
}

async function redactedResult(result: ToolResult, secrets: Secrets): Promise<ToolResult> {
  if (result.kind === 'waiting') return { ...result, reason: (await secrets.text(result.reason)).value }
  const { value: output } = await secrets.text(result.output)
  const { value: findings } = await secrets.json(result.findings as unknown as Json)
  return { ...result, output, findings: findings as unknown as typeof result.findings }
}
