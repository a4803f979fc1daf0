import { z } from 'zod'
import { limits } from '../kernel/limits.ts'
import { changeFile, type FileDesk, probeChange } from './file-desk.ts'
import { inputSchema, readInput } from './input.ts'
import { failed, type Tool } from './port.ts'
import { shown } from './problem.ts'

const WriteInput = z.object({
  file_path: z.string().min(1).max(limits.toolPathCharsMax).describe('The file, relative to the workspace'),
  content: z.string().max(limits.documentBytesMax).describe('The whole text of the file'),
})

export function writeTool(desk: FileDesk): Tool {
  return {
    name: 'Write',
    description:
      'Writes a text file of the workspace, with the folders on its way. Of a document of the team memory only your own section is saved; changes of other sections are refused, by their owner.',
    inputSchema: inputSchema(WriteInput),
    class: 'probeable',
    async run(input, run) {
      const read = readInput(WriteInput, input)
      if ('problem' in read) return failed(read.problem)
      const { file_path: path, content: text } = read.value
      return changeFile(desk, { path, to: { text }, done: `Wrote ${shown(path)}` }, run)
    },
    probe: (_input, run) => probeChange(desk, run),
    settled: (key) => desk.effects.forget(key),
  }
}
