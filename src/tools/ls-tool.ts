import { z } from 'zod'
import { limits } from '../kernel/limits.ts'
import { listing } from './glob-tool.ts'
import { inputSchema, readInput } from './input.ts'
import { failed, returned, type Tool } from './port.ts'
import { answering } from './problem.ts'
import { walk } from './walk.ts'
import type { Workspace } from './workspace.ts'

const LsInput = z.object({
  path: z.string().max(limits.toolPathCharsMax).optional().describe('The folder; the workspace when absent'),
})

const ends = { file: '', folder: '/', other: ' (no ordinary file)' } as const

export function lsTool(workspace: Workspace): Tool {
  return {
    name: 'LS',
    description: 'Lists what is in a folder of the workspace, by name; folders end with a slash.',
    inputSchema: inputSchema(LsInput),
    class: 'pure',
    async run(input, { signal }) {
      const read = readInput(LsInput, input)
      if ('problem' in read) return failed(read.problem)
      return answering(async () => {
        const lines: string[] = []
        const { cut } = await walk(
          workspace,
          { path: read.value.path ?? '.', signal, depth: 'this_folder' },
          async ({ name, kind }) => {
            lines.push(`${name}${ends[kind]}`)
            return lines.length < limits.searchMatchesMax ? 'go_on' : 'stop'
          },
        )
        return returned(listing(lines, cut))
      })
    },
  }
}
