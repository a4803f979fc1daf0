import { z } from 'zod'
import { limits } from '../kernel/limits.ts'
import { type FileDesk, readText } from './file-desk.ts'
import { inputSchema, readInput } from './input.ts'
import { failed, returned, type Tool } from './port.ts'
import { answering, ToolProblem } from './problem.ts'

const ReadInput = z.object({
  file_path: z.string().min(1).max(limits.toolPathCharsMax).describe('The file, relative to the workspace'),
  offset: z.int().min(1).optional().describe('The first line to read, from 1'),
  limit: z.int().min(1).optional().describe('How many lines to read'),
})

export function readTool(desk: FileDesk): Tool {
  return {
    name: 'Read',
    description:
      'Reads a text file of the workspace, as it is. A document of the team memory (insights.md and others) is read from the log.',
    inputSchema: inputSchema(ReadInput),
    class: 'pure',
    async run(input, { key }) {
      const read = readInput(ReadInput, input)
      if ('problem' in read) return failed(read.problem)
      const { file_path, offset, limit } = read.value
      return answering(async () => {
        const { text, findings } = await readText(desk, file_path, key)
        if (offset === undefined && limit === undefined)
          return returned(text === '' ? 'The file is empty.' : text, findings)
        return returned(linesOf(text, offset ?? 1, limit), findings)
      })
    },
  }
}

function linesOf(text: string, first: number, count: number | undefined): string {
  const lines = text.split('\n')
  if (first > lines.length)
    throw new ToolProblem(`offset is ${first}, and the file has ${lines.length} lines.`)
  return lines.slice(first - 1, count === undefined ? undefined : first - 1 + count).join('\n')
}
