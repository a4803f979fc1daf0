import { changedJson, isObject, type JsonObject } from './json-text.ts'

/** By event, what makes Claude Code call the hook; null for an event that needs no matcher. */
const tools = 'Edit|Write|MultiEdit|Bash|Task|Agent'

/** Seconds that Claude Code waits for a hook; Daybook is over long before. */
const timeout = 10

/** What is in `.claude/settings.json` when the hooks are there: everything else in it stays as it is. */
export function withHooks(
  path: string,
  before: string | null,
  { command, documents }: { readonly command: string; readonly documents: readonly string[] },
): string {
  const matchers: Readonly<Record<string, string | null>> = {
    SessionStart: null,
    SessionEnd: null,
    SubagentStart: null,
    SubagentStop: null,
    PostToolUse: tools,
    FileChanged: documents.map((document) => `${document}.md`).join('|'),
  }
  return changedJson(path, before, (value) => {
    const hooks = { ...(isObject(value.hooks) ? value.hooks : {}) }
    for (const [event, matcher] of Object.entries(matchers)) {
      const others = groupsOf(hooks[event]).flatMap(withoutOurs)
      const hook = { type: 'command', command, timeout }
      hooks[event] = [...others, { ...(matcher === null ? {} : { matcher }), hooks: [hook] }]
    }
    return { ...value, hooks }
  })
}

/** The same file without them, for an undo where somebody changed it since. */
export function withoutHooks(path: string, before: string): string {
  return changedJson(path, before, (value) => {
    if (!isObject(value.hooks)) return value
    const hooks = Object.entries(value.hooks).flatMap(([event, groups]) => {
      const others = groupsOf(groups).flatMap(withoutOurs)
      return others.length === 0 ? [] : [[event, others] as const]
    })
    const { hooks: _, ...rest } = value
    return hooks.length === 0 ? rest : { ...value, hooks: Object.fromEntries(hooks) }
  })
}

/** What is in `.mcp.json` when the server is there. */
export function withServer(
  path: string,
  before: string | null,
  server: { readonly command: string; readonly args: readonly string[] },
): string {
  return changedJson(path, before, (value) => {
    const servers = isObject(value.mcpServers) ? value.mcpServers : {}
    return { ...value, mcpServers: { ...servers, daybook: { ...server } } }
  })
}

export function withoutServer(path: string, before: string): string {
  return changedJson(path, before, (value) => {
    if (!isObject(value.mcpServers)) return value
    const { daybook: _, ...others } = value.mcpServers
    const { mcpServers: __, ...rest } = value
    return Object.keys(others).length === 0 ? rest : { ...value, mcpServers: others }
  })
}

/** Whether the hooks are there, whatever else is. */
export function hasHooks(text: string): boolean {
  try {
    const { hooks } = JSON.parse(text) as { hooks?: JsonObject }
    return groupsOf(hooks?.PostToolUse).some((group) => withoutOurs(group).length === 0 || isOurs(group))
  } catch {
    return false
  }
}

function groupsOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

/** The group without our hook; nothing of a group that held only ours. */
function withoutOurs(group: JsonObject): JsonObject[] {
  const hooks = Array.isArray(group.hooks) ? group.hooks.filter(isObject) : []
  const others = hooks.filter((hook) => !isOurHook(hook))
  if (others.length === hooks.length) return [group]
  return others.length === 0 ? [] : [{ ...group, hooks: others }]
}

function isOurs(group: JsonObject): boolean {
  return Array.isArray(group.hooks) && group.hooks.some((hook) => isObject(hook) && isOurHook(hook))
}

/** By the end of its command, wherever the launcher is. */
function isOurHook({ command }: JsonObject): boolean {
  return typeof command === 'string' && /\bdaybook\b.*\bhook\b|\/run["']? hook\b/u.test(command)
}
