/** The tools that work in the workspace, under the names that agent files give them. */
export const workspaceTools = [
  'Read',
  'Write',
  'Edit',
  'MultiEdit',
  'Glob',
  'Grep',
  'LS',
  'Bash',
  'WebFetch',
] as const
export type WorkspaceTool = (typeof workspaceTools)[number]

export interface Allowance {
  /** Of Bash: the only commands, as `git diff:*`; null: without such a limit. */
  readonly only: readonly string[] | null
}

/**
 * What an agent file's `tools` allow of the workspace's tools: null allows all, and an empty list nothing. Capital
 * letters, hyphens and underscores do not matter. `Bash(git diff:*)` allows those commands; of other tools a
 * limit in parentheses cannot be kept here, so they are not allowed by it.
 */
export function allowedTools(tools: readonly string[] | null): ReadonlyMap<WorkspaceTool, Allowance> {
  if (tools === null) return new Map(workspaceTools.map((tool) => [tool, { only: null }]))
  const allowed = new Map<WorkspaceTool, Allowance>()
  for (const { name, limit } of tools.map(spelled)) {
    if (name === null || (limit !== null && name !== 'Bash')) continue
    const before = allowed.get(name)
    const rules = (limit ?? '').split(',').flatMap((rule) => rule.trim() || [])
    const isAny = limit === null || rules.includes('*') || before?.only === null
    allowed.set(name, { only: isAny ? null : [...(before?.only ?? []), ...rules] })
  }
  return allowed
}

/** The workspace's tool that is meant, and what stands in parentheses after it. */
function spelled(tool: string): { name: WorkspaceTool | null; limit: string | null } {
  const paren = tool.indexOf('(')
  const word = plain(paren < 0 ? tool : tool.slice(0, paren))
  const name = workspaceTools.find((known) => plain(known) === word) ?? null
  return { name, limit: paren < 0 ? null : tool.slice(paren + 1).replace(/\)\s*$/u, '') }
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]/gu, '')
}

/**
 * What an agent is told about tools that its file names and this session does not offer. A function of the file
 * and the offered names alone, so that a proof finds the same words.
 */
export function notesOnTools(tools: readonly string[] | null, offered: readonly string[]): string[] {
  const has = new Set(offered.map(plain))
  const wanted = (tools ?? workspaceTools).map((tool) => tool.trim()).filter((tool) => tool !== '')
  const missing = wanted.filter((tool) => !has.has(plain(tool.split('(', 1)[0] ?? '')))
  const others = missing.filter((tool) => spelled(tool).name !== 'Bash')
  const notes: string[] = []
  if (others.length > 0)
    notes.push(`Your file names tools that are not offered here: ${others.join(', ')}. Work without them.`)
  if (others.length < missing.length)
    notes.push('Commands (Bash) run only where a person allowed them, and nobody did here.')
  return notes
}
