import { z } from 'zod'
import { limits } from '../kernel/limits.ts'
import { changeFile, type FileDesk, probeChange } from './file-desk.ts'
import { inputSchema, readInput } from './input.ts'
import { failed, type Tool } from './port.ts'
import { shown } from './problem.ts'
import { type Replacement, replaceAllOf } from './replace-text.ts'

const file_path = z
  .string()
  .min(1)
  .max(limits.toolPathCharsMax)
  .describe('The file, relative to the workspace')
const Replace = z.object({
  old_string: z.string().min(1).max(limits.documentBytesMax).describe('The text to replace, exactly'),
  new_string: z.string().max(limits.documentBytesMax).describe('The text to put in its place'),
  replace_all: z.boolean().optional().describe('Replace it everywhere; otherwise it must occur once'),
})
const EditInput = Replace.extend({ file_path })
const MultiEditInput = z.object({
  file_path,
  edits: z
    .array(Replace)
    .min(1)
    .max(limits.multiEditsMax)
    .describe('One after the other, each on the result of the one before; all of them or none'),
})

const onDocuments =
  'Of a document of the team memory only your own section is saved; changes of other sections are refused, by their owner.'

export function editTool(desk: FileDesk): Tool {
  return replacing(desk, {
    name: 'Edit',
    description: `Replaces a text in a file of the workspace. ${onDocuments}`,
    input: EditInput,
    edits: (input) => [input],
  })
}

export function multiEditTool(desk: FileDesk): Tool {
  return replacing(desk, {
    name: 'MultiEdit',
    description: `Replaces several texts in one file of the workspace, all of them or none. ${onDocuments}`,
    input: MultiEditInput,
    edits: (input) => input.edits,
  })
}

interface Replacing<Input> {
  readonly name: string
  readonly description: string
  readonly input: z.ZodType<Input>
  readonly edits: (input: Input) => readonly Replacement[]
}

function replacing<Input extends { file_path: string }>(desk: FileDesk, tool: Replacing<Input>): Tool {
  const { name, description } = tool
  return {
    name,
    description,
    inputSchema: inputSchema(tool.input),
    class: 'probeable',
    async run(input, run) {
      const read = readInput(tool.input, input)
      if ('problem' in read) return failed(read.problem)
      const { file_path: path } = read.value
      const edit = (before: string) => replaceAllOf(before, tool.edits(read.value))
      return changeFile(desk, { path, to: { edit }, done: `Edited ${shown(path)}` }, run)
    },
    probe: (_input, run) => probeChange(desk, run),
    settled: (key) => desk.effects.forget(key),
  }
}
