import { cut } from '../kernel/cut.ts'
import { limits } from '../kernel/limits.ts'
import { nearest } from '../kernel/nearest.ts'
import { splitList } from '../kernel/pattern-items.ts'
import type { Diagnostic } from './events.ts'
import { type PlainValue, plainText } from './plain-value.ts'

/** Tools that agent files name: those of Claude Code, and Daybook's own. */
const knownTools = [
  ...['Read', 'Write', 'Edit', 'MultiEdit', 'Glob', 'Grep', 'LS', 'Bash', 'BashOutput', 'KillShell'],
  ...['WebFetch', 'WebSearch', 'NotebookEdit', 'NotebookRead', 'TodoWrite', 'TodoRead', 'Task', 'Agent'],
  ...['Skill', 'SlashCommand', 'AskUserQuestion', 'EnterPlanMode', 'ExitPlanMode', 'LSP'],
  ...['ListMcpResources', 'ListMcpResourcesTool', 'ReadMcpResource', 'ReadMcpResourceTool'],
  ...['memory', 'hand_off'],
]
const known = new Set(knownTools)

/** What people write for a tool that has another name. */
const otherWords = new Map(
  Object.entries({
    search: 'Grep',
    find: 'Glob',
    list: 'LS',
    shell: 'Bash',
    terminal: 'Bash',
    execute: 'Bash',
    fetch: 'WebFetch',
    browser: 'WebFetch',
    todo: 'TodoWrite',
    notebook: 'NotebookEdit',
    subagent: 'Task',
  }),
)

/**
 * Reads `tools`: a comma list, a YAML list and a single word are lists; an empty list allows nothing; a missing
 * key, and `*`, inherit everything (null).
 */
export function readTools(value: PlainValue | undefined): {
  tools: string[] | null
  diagnostics: Diagnostic[]
} {
  if (value === undefined) return { tools: null, diagnostics: [] }
  if (value === null || (typeof value === 'string' && value.trim() === '')) {
    return { tools: null, diagnostics: [emptyTools] }
  }
  if (value instanceof Map || typeof value === 'boolean') return { tools: null, diagnostics: [oddTools] }
  const items = Array.isArray(value) ? value.map(plainText) : wordsOf(String(value))
  const tools = [...new Set(items.map((item) => item.trim()).filter((item) => item !== ''))]
  if (tools.length === 1 && tools[0] === '*') return { tools: null, diagnostics: [] }
  const kept = tools.slice(0, limits.toolsMax).map((tool) => cut(tool, 200))
  return { tools: kept, diagnostics: kept.flatMap(unknownTool) }
}

/** `Read, Bash(git add:*, git diff:*)` has two tools; without any comma, blanks part known names. */
function wordsOf(list: string): string[] {
  const text = list.trim()
  if (text === '[]') return []
  const inner = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text
  const items = splitList(inner).map((item) => item.replace(/^(["'])(.*)\1$/u, '$2'))
  if (items.length !== 1) return items
  const words = text.split(/\s+/u)
  return words.every((word) => known.has(word)) ? words : items
}

function unknownTool(tool: string): Diagnostic[] {
  const paren = tool.indexOf('(')
  const name = (paren < 0 ? tool : tool.slice(0, paren)).trim()
  if (known.has(name) || /^mcp__\S+$/u.test(name)) return []
  const word = nearest(name, [...knownTools, ...otherWords.keys()])
  const close = word === null ? null : (otherWords.get(word) ?? word)
  const hint = close === null ? 'Correct it or remove it.' : `Did you mean "${close}"?`
  const examples = knownTools.slice(0, 8).join(', ')
  return [
    {
      code: 'unknown_tool',
      message: `tools lists "${cut(name, 100)}"; known tools are ${examples} … and mcp__<server>__<tool>. ${hint}`,
    },
  ]
}

const emptyTools: Diagnostic = {
  code: 'tools_empty',
  message:
    'tools has no value, which is read as if the key were missing: every tool is inherited. Write "tools: []" to allow nothing, or list the tools.',
}
const oddTools: Diagnostic = {
  code: 'tools_unreadable',
  message:
    'tools was expected to be a list, as in "tools: Read, Grep"; what is there is no list, and was read as if the key were missing: every tool is inherited.',
}
