import type { Command } from 'commander'
import { agentNamed } from '../../runtime/callers.ts'
import { contextOf, withDaybook } from '../context.ts'
import { version } from '../version.ts'

export function registerMcp(program: Command): void {
  program
    .command('mcp')
    .description('serve MCP on stdin and stdout, for Claude Code, editors and other clients')
    .option('--agent <name>', 'speak as this agent; without it, each call says who it is')
    .action(async (options: { agent?: string }, command: Command) => {
      const context = contextOf(command)
      const { say } = context.output
      await withDaybook(context, { agents: 'sync', documents: 'sync' }, async (daybook) => {
        // Loaded only here: no other command should wait for it.
        const { serveOverStdio } = await import('../../mcp/stdio.ts')
        const { view } = daybook.project
        const speaker =
          options.agent === undefined
            ? null
            : agentNamed(view, options.agent, 'unknown_agent').definition.name
        const stopping = new AbortController()
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort())
        const connection = daybook.project.ids.next()
        await serveOverStdio({ daybook, speaker, connection, version: version(), log: say }, stopping.signal)
      })
    })
}
