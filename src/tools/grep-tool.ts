import { constants } from 'node:fs'
import { setImmediate as yieldOnce } from 'node:timers/promises'
import { z } from 'zod'
import { limits } from '../kernel/limits.ts'
import { openInside } from './folder.ts'
import { listing } from './glob-tool.ts'
import { inputSchema, readInput } from './input.ts'
import { globMatcher, type Matcher, matcherOf } from './pattern.ts'
import { failed, returned, type Tool } from './port.ts'
import { answering } from './problem.ts'
import { type Visited, walk } from './walk.ts'
import type { Workspace } from './workspace.ts'

const context = z.int().min(0).max(limits.grepContextLinesMax).optional()
const GrepInput = z.object({
  pattern: z
    .string()
    .min(1)
    .max(limits.grepPatternCharsMax)
    .describe('A regular expression in RE2 syntax (as ripgrep has), matched line by line'),
  path: z.string().max(limits.toolPathCharsMax).optional().describe('A file, or the folder to search'),
  glob: z.string().max(limits.globPatternCharsMax).optional().describe('Only files that fit, as *.ts'),
  output_mode: z
    .enum(['content', 'files_with_matches', 'count'])
    .optional()
    .describe('files_with_matches when absent'),
  '-i': z.boolean().optional().describe('Capital and small letters are the same'),
  '-A': context.describe('Lines after each match'),
  '-B': context.describe('Lines before each match'),
  '-C': context.describe('Lines around each match'),
  head_limit: z.int().min(1).max(limits.searchMatchesMax).optional().describe('At most so many lines'),
})
type GrepInput = z.infer<typeof GrepInput>

export function grepTool(workspace: Workspace): Tool {
  return {
    name: 'Grep',
    description:
      'Searches the text files of the workspace for a pattern. Links, binary files, .git and node_modules are passed over.',
    inputSchema: inputSchema(GrepInput),
    class: 'pure',
    async run(input, { signal }) {
      const read = readInput(GrepInput, input)
      if ('problem' in read) return failed(read.problem)
      const asked = read.value
      return answering(async () => {
        const matches = matcherOf(asked.pattern, asked['-i'] === true ? 'either_case' : 'exact')
        const wanted = asked.glob === undefined ? () => true : globMatcher(asked.glob)
        const most = asked.head_limit ?? limits.searchMatchesMax
        const deadline = Date.now() + limits.searchMs
        const lines: string[] = []
        const { cut } = await walk(workspace, { path: asked.path ?? '.', signal }, async (visited) => {
          if (visited.kind !== 'file' || !wanted(visited.path)) return 'go_on'
          const text = await textOf(visited)
          if (text === null) return 'go_on'
          const room = most - lines.length
          const found = await searchText(text, { asked, matches, room, deadline, path: visited.path })
          lines.push(...found)
          return lines.length < most && Date.now() < deadline ? 'go_on' : 'stop'
        })
        return returned(listing(lines, cut))
      })
    },
  }
}

const flags = constants.O_RDONLY | constants.O_NONBLOCK

/** Text of an ordinary file that is not too large and no binary; null for any other. */
async function textOf({ folder, name }: Visited): Promise<string | null> {
  const file = await openInside(folder, name, { flags }).catch(() => null)
  if (file === null) return null
  try {
    const stats = await file.stat()
    if (!stats.isFile() || stats.size > limits.toolFileBytesMax) return null
    const bytes = await file.readFile()
    return bytes.subarray(0, 8_192).includes(0) ? null : bytes.toString('utf8')
  } finally {
    await file.close()
  }
}

interface Search {
  readonly asked: GrepInput
  readonly matches: Matcher
  /** Lines that may still be given. */
  readonly room: number
  readonly deadline: number
  readonly path: string
}

/** Lines between two breaths: others get their turn, and the clock is looked at. */
const linesAtOnce = 200

async function searchText(text: string, search: Search): Promise<string[]> {
  const { asked, matches, room, deadline, path } = search
  const mode = asked.output_mode ?? 'files_with_matches'
  const lines = text.split('\n')
  const hits: number[] = []
  for (const [index, line] of lines.entries()) {
    if (index % linesAtOnce === linesAtOnce - 1) {
      await yieldOnce()
      if (Date.now() > deadline) break
    }
    if (!matches(line.slice(0, limits.grepLineCharsMax).replace(/\r$/u, ''))) continue
    hits.push(index)
    if (mode === 'files_with_matches' || (mode === 'content' && hits.length >= room)) break
  }
  if (hits.length === 0) return []
  if (mode === 'files_with_matches') return [path]
  if (mode === 'count') return [`${path}:${hits.length}`]
  return shownLines(lines, hits, asked)
    .slice(0, room)
    .map(({ index, sign }) => `${path}${sign}${index + 1}${sign}${(lines[index] ?? '').replace(/\r$/u, '')}`)
}

/** Matches with the lines around them, each line once: `:` for a match, `-` beside one. */
function shownLines(lines: readonly string[], hits: readonly number[], asked: GrepInput) {
  const before = asked['-B'] ?? asked['-C'] ?? 0
  const after = asked['-A'] ?? asked['-C'] ?? 0
  const matched = new Set(hits)
  const around = new Set<number>()
  for (const hit of hits) {
    const last = Math.min(lines.length - 1, hit + after)
    for (let index = Math.max(0, hit - before); index <= last; index += 1) around.add(index)
  }
  return [...around].sort((a, b) => a - b).map((index) => ({ index, sign: matched.has(index) ? ':' : '-' }))
}
