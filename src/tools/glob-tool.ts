import { z } from 'zod'
import { limits } from '../kernel/limits.ts'
import { inputSchema, readInput } from './input.ts'
import { globMatcher } from './pattern.ts'
import { failed, returned, type Tool } from './port.ts'
import { answering } from './problem.ts'
import { walk } from './walk.ts'
import type { Workspace } from './workspace.ts'

const GlobInput = z.object({
  pattern: z
    .string()
    .min(1)
    .max(limits.globPatternCharsMax)
    .describe('For example src/**/*.ts; a pattern without a slash is for names in any folder'),
  path: z.string().max(limits.toolPathCharsMax).optional().describe('The folder to look in'),
})

export function globTool(workspace: Workspace): Tool {
  return {
    name: 'Glob',
    description:
      'Lists the files of the workspace whose paths fit a pattern, by name. Links, .git and node_modules are passed over.',
    inputSchema: inputSchema(GlobInput),
    class: 'pure',
    async run(input, { signal }) {
      const read = readInput(GlobInput, input)
      if ('problem' in read) return failed(read.problem)
      const { pattern, path = '.' } = read.value
      return answering(async () => {
        const fits = globMatcher(pattern)
        const { relative } = await workspace.locate(path)
        const found: string[] = []
        const { cut } = await walk(workspace, { path, signal }, async (visited) => {
          const below = relative === '' ? visited.path : visited.path.slice(relative.length + 1)
          if (visited.kind === 'file' && fits(below)) found.push(visited.path)
          return found.length < limits.searchMatchesMax ? 'go_on' : 'stop'
        })
        return returned(listing(found, cut))
      })
    },
  }
}

/** What was found, one a line, and whether there may be more. */
export function listing(lines: readonly string[], cut: string | null): string {
  const found = lines.length === 0 ? 'Nothing was found.' : lines.join('\n')
  return cut === null ? found : `${found}\n(There may be more: ${cut}.)`
}
