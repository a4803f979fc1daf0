import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { within } from './planned-file.ts'

/** This installation's command line: what a hook starts, without looking for it. */
const script = fileURLToPath(new URL(`../../cli/main${extname(import.meta.url)}`, import.meta.url))

/** Where the launcher lies in Daybook's own folder, which git does not keep: it is this machine's. */
export function launcherPath(dir: string): string {
  return join(dir, 'run')
}

/**
 * Starts Daybook as it is installed here. A hook has no time to look for a package, and a file that a team shares
 * must not name one machine's paths: so the shared file names this one. The heap begins larger, for a hook is over
 * before it would pay to keep it small.
 */
export function launcherText(node: string = process.execPath): string {
  return `#!/bin/sh
# Written by "daybook init" for this machine. A clone without it does nothing.
node=${quoted(node)}
[ -x "$node" ] || node=node
[ -e ${quoted(script)} ] || exit 0
exec "$node" --min-semi-space-size=16 ${quoted(script)} "$@"
`
}

/** The command of a hook in a file that everybody shares: it says nothing and succeeds where nothing is set up. */
export function hookCommand(folder: string, dir: string): string {
  return `sh ${launcherFor(folder, dir, '$CLAUDE_PROJECT_DIR')} hook 2>/dev/null || true`
}

/** How an MCP client starts the server: as the command that everybody has, or as it is installed here. */
export function mcpServer(folder: string, dir: string): { command: string; args: string[] } {
  if (isOnPath('daybook', process.env.PATH ?? '')) return { command: 'daybook', args: ['mcp'] }
  const place = within(folder, launcherPath(dir))
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Claude Code puts the folder in.
  const path = place === null ? launcherPath(dir) : join('${CLAUDE_PROJECT_DIR:-.}', place)
  return { command: 'sh', args: [path, 'mcp'] }
}

function launcherFor(folder: string, dir: string, root: string): string {
  const place = within(folder, launcherPath(dir))
  return place === null ? quoted(launcherPath(dir)) : `"${root}/${place}"`
}

/** Folders of npm and npx are on the path only while they run. */
function isOnPath(command: string, path: string): boolean {
  return path
    .split(delimiter)
    .filter((folder) => folder !== '' && !/node_modules|_npx/u.test(folder))
    .some((folder) => isRunnable(join(folder, command)))
}

function isRunnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return existsSync(path)
  } catch {
    return false
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
