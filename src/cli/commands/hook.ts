import type { Command } from 'commander'

export function registerHook(program: Command): void {
  program
    .command('hook')
    .description('for Claude Code: takes what a hook is given on stdin and puts it on record')
    .option('--catch-up', 'carry out what waits, and nothing else')
    .addHelpText(
      'after',
      '\nEnds with 0 whatever happens, in time, and says nothing on stderr: "daybook doctor" tells what went wrong.\n"daybook init" writes the hooks into .claude/settings.json.',
    )
    .action(async ({ catchUp }: { catchUp?: true }) => {
      const { hookCommand } = await import('../hook.ts')
      await hookCommand(catchUp === true ? ['--catch-up'] : [])
    })
}
