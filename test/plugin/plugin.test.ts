import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { toolsFor } from '../../src/mcp/server.ts'

const root = resolve(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const json = (file: string) => JSON.parse(read(file)) as Record<string, unknown>

/** What the schema says against a value; null when it fits. */
function against(schema: string, value: unknown): string | null {
  const ajv = new Ajv2020({ allErrors: true })
  const fits = ajv.compile(json(`test/plugin/${schema}.schema.json`))
  return fits(value) ? null : ajv.errorsText(fits.errors)
}

describe('the Claude Code plugin is what Claude Code documents', () => {
  const files = [
    ['plugin', '.claude-plugin/plugin.json'],
    ['marketplace', '.claude-plugin/marketplace.json'],
    ['hooks', 'hooks/hooks.json'],
    ['mcp', '.mcp.json'],
  ] as const
  test.each(files)('%s: %s', (schema, file) => {
    expect(against(schema, json(file))).toBeNull()
  })

  test('what it does not document is not taken', () => {
    const hooks = { hooks: { SubagentBegin: [] } }
    expect(against('hooks', hooks)).toContain('additional properties')
    expect(against('hooks', { hooks: { Stop: [{ hooks: [{ type: 'command' }] }] } })).toContain('command')
    expect(against('plugin', { ...json('.claude-plugin/plugin.json'), name: 'Day Book' })).toContain(
      'pattern',
    )
    expect(against('plugin', { ...json('.claude-plugin/plugin.json'), agents: ['agents'] })).toContain(
      'pattern',
    )
    expect(against('marketplace', { name: 'daybook', plugins: [] })).toContain('owner')
    expect(against('mcp', { daybook: { command: 'daybook' } })).toContain('mcpServers')
  })
})

test('it is the version that is published, and offers itself and none of the shipped cast', () => {
  const plugin = json('.claude-plugin/plugin.json')
  expect(plugin.version).toBe(json('package.json').version)
  expect(plugin.agents).toEqual([])
  expect(json('.claude-plugin/marketplace.json').plugins).toMatchObject([{ name: plugin.name, source: './' }])
})

test('every hook runs "daybook hook", for a bounded time, and nothing where Daybook is not installed', () => {
  const { hooks } = json('hooks/hooks.json') as {
    hooks: Record<string, { matcher?: string; hooks: { command: string; timeout: number }[] }[]>
  }
  expect(Object.keys(hooks).sort()).toEqual([
    'FileChanged',
    'PostToolUse',
    'SessionEnd',
    'SessionStart',
    'SubagentStart',
    'SubagentStop',
  ])
  for (const run of Object.values(hooks).flatMap((groups) => groups.flatMap((group) => group.hooks))) {
    expect(run.command).toBe('command -v daybook >/dev/null || exit 0; daybook hook')
    expect(run.timeout).toBeLessThanOrEqual(10)
  }
  const tools = hooks.PostToolUse?.[0]?.matcher?.split('|')
  expect(tools).toEqual(expect.arrayContaining(['Edit', 'Write', 'MultiEdit', 'Bash']))
})

describe('its commands', () => {
  const commands = readdirSync(join(root, 'commands'))
  const known = toolsFor(null).map(({ name }) => name)

  test('are there', () => {
    expect(commands).toEqual(expect.arrayContaining(['handoff.md', 'why.md', 'inbox.md', 'memory.md']))
  })

  test.each(commands)('%s has front matter that can be read, and uses tools that there are', (file) => {
    const [, front = '', body = ''] =
      /^---\n([\s\S]*?)\n---\n([\s\S]*)$/u.exec(read(`commands/${file}`)) ?? []
    const { description, 'argument-hint': hint, 'allowed-tools': allowed, ...others } = parse(front)
    expect({ description, hint }).toEqual({ description: expect.any(String), hint: expect.any(String) })
    expect(others).toEqual({})
    expect(body).toContain('$ARGUMENTS')
    const tools = allowed.split(', ').map((name: string) => name.replace('mcp__plugin_daybook_daybook__', ''))
    expect(known).toEqual(expect.arrayContaining(tools))
    const called = [...body.matchAll(/[Cc]all `(\w+)`/gu)].map(([, name]) => name)
    expect(called.length).toBeGreaterThan(0)
    expect(tools).toEqual(expect.arrayContaining(called))
  })
})
