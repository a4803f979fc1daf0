import { z } from 'zod'
import { unreachable } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import { DocumentName } from '../kernel/words.ts'
import { givenText, inputSchema, readInput } from './input.ts'
import { type Finding, failed, returned, type Tool, type ToolResult } from './port.ts'

const path = givenText(1_000).describe('A document, for example insights.md')
const content = givenText(limits.documentBytesMax)

const MemoryInput = z.discriminatedUnion('command', [
  z.object({
    command: z.literal('view'),
    path: path.optional().describe('A document; leave it out to list them all'),
  }),
  z.object({
    command: z.literal('write_section'),
    document: path,
    heading: givenText(limits.headingCharsMax).describe('Your heading, without ##'),
    text: content.describe('The whole section, from its ## heading line on'),
  }),
  z.object({ command: z.literal('create'), path, file_text: content.describe('The whole document') }),
  z.object({
    command: z.literal('str_replace'),
    path,
    old_str: content.min(1),
    new_str: content,
  }),
  z.object({ command: z.literal('insert'), path, insert_line: z.int().nonnegative(), insert_text: content }),
])
type MemoryInput = z.infer<typeof MemoryInput>

export interface MemoryReading {
  readonly text: string
  readonly findings: readonly Finding[]
}

/** What became of an edit, as the writer is told. */
export interface MemoryReply {
  readonly saved: boolean
  readonly message: string
  readonly findings: readonly Finding[]
}

/** The memory, as one call of one agent may use it. */
export interface MemoryDesk {
  documents(): Promise<readonly { readonly document: string; readonly headings: readonly string[] }[]>
  /** null: there is no such document. */
  read(document: string): Promise<MemoryReading | null>
  /** Whether this very call has changed the document: it was interrupted after its edit, and runs again. */
  editedBefore(document: string): Promise<boolean>
  writeSection(edit: { document: string; heading: string; text: string }): Promise<MemoryReply>
  /** The document as the agent would have it; what is not its own is refused, by name. */
  writeDocument(edit: { document: string; text: string }): Promise<MemoryReply>
}

/** The shared memory as a tool, in the shape that Claude's memory tool has. Keyed by the call. */
export function memoryTool(deskFor: (key: string) => MemoryDesk): Tool {
  return {
    name: 'memory',
    description:
      'Reads and writes the team memory (insights.md and other documents). You may change only the sections you own; "write_section" is the simplest way: give the whole text of your section.',
    inputSchema: { ...inputSchema(MemoryInput), type: 'object' },
    class: 'keyed',
    onlyReads(input) {
      const read = readInput(MemoryInput, input)
      return !('problem' in read) && read.value.command === 'view'
    },
    async run(input, { key }) {
      const read = readInput(MemoryInput, input)
      return 'problem' in read ? failed(read.problem) : perform(read.value, deskFor(key))
    },
  }
}

async function perform(input: MemoryInput, desk: MemoryDesk): Promise<ToolResult> {
  if (input.command === 'view') return view(input.path, desk)
  const named = input.command === 'write_section' ? input.document : input.path
  const name = DocumentName.safeParse(documentOf(named))
  if (!name.success)
    return failed(
      `${JSON.stringify(named.slice(0, 100))} names no document: ${name.error.issues[0]?.message}.`,
    )
  const document = name.data
  switch (input.command) {
    case 'write_section': {
      const heading = input.heading.replace(/^\s*#{1,6}(?=\s|$)/u, '').trim()
      if (heading === '') return failed('heading: name your section, without ##.')
      return reply(await desk.writeSection({ document, heading, text: input.text }))
    }
    case 'create':
      return reply(await desk.writeDocument({ document, text: input.file_text }))
    case 'str_replace':
      return edit(document, desk, (text) => replaceOnce(text, input.old_str, input.new_str))
    case 'insert':
      return edit(document, desk, (text) => insertAt(text, input.insert_line, input.insert_text))
    default:
      return unreachable(input)
  }
}

async function view(path: string | undefined, desk: MemoryDesk): Promise<ToolResult> {
  const document = path === undefined ? '' : documentOf(path)
  if (document === '' || document === 'memories') {
    const documents = await desk.documents()
    const lines = documents.map(
      (entry) => `${entry.document}.md: ${entry.headings.join(', ') || 'no sections'}`,
    )
    return returned(lines.join('\n') || 'The memory is empty.')
  }
  const reading = await desk.read(document)
  return reading === null ? noDocument(document) : returned(reading.text, reading.findings)
}

async function edit(
  document: string,
  desk: MemoryDesk,
  change: (text: string) => { text: string } | { problem: string },
): Promise<ToolResult> {
  if (await desk.editedBefore(document)) return returned(`Saved before in ${document}.md.`)
  const reading = await desk.read(document)
  if (reading === null) return noDocument(document)
  const changed = change(reading.text)
  if ('problem' in changed) return failed(changed.problem)
  return reply(await desk.writeDocument({ document, text: changed.text }))
}

function reply(result: MemoryReply): ToolResult {
  return result.saved ? returned(result.message, result.findings) : failed(result.message, result.findings)
}

function noDocument(document: string): ToolResult {
  return failed(`There is no document ${document}.md. Use view without a path to list the documents.`)
}

/** `/memories/insights.md`, `@.superagent/memory/insights.md` and `insights` are all the document insights. */
export function documentOf(path: string): string {
  const name = path.trim().replace(/\/+$/u, '').split('/').at(-1) ?? ''
  return name.replace(/^@/u, '').replace(/\.md$/iu, '').toLowerCase()
}

/** The text with `from`, which must stand in it exactly once, replaced by `to` as it is. */
export function replaceOnce(text: string, from: string, to: string): { text: string } | { problem: string } {
  const at = text.indexOf(from)
  if (at < 0) return { problem: 'old_str does not occur in the document. View it and copy the text exactly.' }
  if (text.indexOf(from, at + 1) >= 0)
    return { problem: 'old_str occurs more than once. Give more of the text around it.' }
  return { text: text.slice(0, at) + to + text.slice(at + from.length) }
}

/** The text with lines added after its line number `line`, from 1; 0 is the top. */
export function insertAt(text: string, line: number, added: string): { text: string } | { problem: string } {
  const lines = text.split('\n')
  const count = lines.at(-1) === '' ? lines.length - 1 : lines.length
  if (line > count) return { problem: `insert_line is ${line}, and the document has ${count} lines.` }
  return { text: lines.toSpliced(line, 0, ...added.replace(/\n$/u, '').split('\n')).join('\n') }
}
