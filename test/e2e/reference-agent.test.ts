import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { RecordedEvent } from '../../src/kernel/event.ts'
import { daybook, put, spawned, temporaryFolder } from '../cli/given.ts'
import { apiKey, serverWith } from '../models/ask.ts'
import type { Block, MessagesRequest, Play } from '../models/server/play.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

interface Reference {
  readonly file: string
  readonly agent: string
  readonly heading: string
  /** A line of the template that its file shows. */
  readonly template: string
}

const own: Reference = {
  file: here('../agents/fixtures/reference/aqueduct-architect.md'),
  agent: 'aqueduct-architect',
  heading: 'Water Works',
  template: '### Flow Baselines',
}
const reference: Reference = {
  file: here('../../../shared/seed/backend-architect.md'),
  agent: 'backend-architect',
  heading: 'System Architecture',
  template: '### Collaboration Patterns',
}
const present = existsSync(reference.file)
if (!present) console.warn(`SKIPPED: ${reference.file} is not there, so the reference agent is not run`)

const other = `---
name: street-planner
description: Use this agent when streets are planned.
tools: Read, Write
---

You plan streets. You own the section \`## Street Plan\` of \`.superagent/memory/insights.md\`.
`
const foreign = '## Street Plan\n\n- **Width**: 12 feet, for two carts.\n'
const ownSection = (heading: string, line: string) =>
  `## ${heading}\n\n### Key Decisions\n- **Store**: ${line} - Rationale: it is asked by key - Performance: 3 ms\n\nLast updated: 2020-01-01\n`
const summary = '**Work Done**: it is planned.\n**Collaboration Needs**: none'

const textOf = (content: MessagesRequest['messages'][number]['content'] | MessagesRequest['system']) =>
  typeof content === 'string'
    ? content
    : (content ?? []).map((block) => String((block as { text?: string }).text ?? '')).join('\n')

describe.each([own, reference])(
  '$agent with a local Messages server',
  ({ file, agent, heading, template }) => {
    /** The server tells the agent to write the whole file, with its own section changed and a foreign one. */
    async function told() {
      const folder = temporaryFolder(onTestFinished)
      const insights = join(folder, '.superagent/memory/insights.md')
      const standing = `# Memory\n\nA person wrote this.\n\n${ownSection(heading, 'one table')}\n${foreign}`
      put(insights, standing)
      put(join(folder, 'agents', `${agent}.md`), readFileSync(file, 'utf8'))
      put(join(folder, 'agents', 'street-planner.md'), other)
      put(join(folder, 'notes.txt'), 'A file of the workspace that nobody asked for.\n')
      const changed = standing
        .replace('one table', 'two tables')
        .replace('12 feet, for two carts', '3 feet, for nobody')
      const write = {
        type: 'tool_use',
        name: 'Write',
        input: { file_path: '.superagent/memory/insights.md', content: changed },
      }
      const plays: Play[] = [{ content: ['I write it down.', write] }, { content: summary }]
      const server = await serverWith(plays)
      const env = { ANTHROPIC_API_KEY: apiKey, ANTHROPIC_BASE_URL: server.url, NO_COLOR: '1' }
      const look = async <Result>(...args: string[]) => {
        const { stdout } = await daybook([...args, '--agents', 'agents', '--json'], { cwd: folder })
        return stdout
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as Result)
      }
      const flags = ['--entry', agent, '--agents', 'agents', '--allow-bash', '--json']
      const ran = await spawned(['run', 'Plan the store', ...flags], { cwd: folder, env })
      expect({ code: ran.code, said: ran.code === 0 ? '' : ran.stderr }).toEqual({ code: 0, said: '' })
      return { insights, standing, server, look }
    }

    const skipped = file === reference.file && !present

    test.skipIf(skipped)(
      'told to Write insights.md with its own and a foreign section changed, saves its own alone',
      async () => {
        const { insights, standing, server, look } = await told()
        const written = readFileSync(insights, 'utf8')
        const [date] = /(?<=^Last updated: )\d{4}-\d\d-\d\d$/mu.exec(written) ?? []
        expect(date).not.toBe('2020-01-01')
        expect(written).toBe(standing.replace('one table', 'two tables').replace('2020-01-01', String(date)))

        const events = await look<RecordedEvent>('log')
        const refused = events.filter(({ type }) => type === 'EditRefused').map(({ data }) => data)
        expect(refused).toMatchObject([
          { document: 'insights', heading: 'Street Plan', owner: 'street-planner', code: 'not_owner' },
        ])
        const results = server.requests[1]!.body.messages.at(-1)!.content as readonly Block[]
        const result = String((results[0] as { content?: string }).content)
        expect(result).toContain(`Saved "${heading}"`)
        expect(result).toMatch(/Refused: .*street-planner/u)
        expect(events.find(({ type }) => type === 'ToolReturned')?.data).toMatchObject({ output: result })

        const [lines] = await look<{ text: string; by: unknown }[]>('memory', 'blame')
        const authorOf = (words: string) =>
          JSON.stringify(lines?.find(({ text }) => text.includes(words))?.by)
        expect(authorOf('two tables')).toContain(agent)
        expect(authorOf('12 feet')).not.toContain(agent)
        expect((await look('rebuild', '--check'))[0]).toMatchObject({ equal: true, differences: [] })
      },
    )

    test.skipIf(skipped)(
      'is shown its template, the recorded sections, the tools that its file allows, and nothing else',
      async () => {
        const { server } = await told()
        const { body, headers } = server.requests[0]!
        const system = textOf(body.system)
        expect(system).toContain(template)
        expect(system).toContain(`## ${heading}`)

        const [first, ...more] = body.messages
        expect(more).toEqual([])
        const opening = textOf(first!.content)
        const shown = [
          ...opening.matchAll(/^<section document="insights" heading="([^"]*)" owner="([^"]*)"/gmu),
        ]
        expect(shown.map(([, name, owner]) => [name, owner])).toEqual([
          [heading, agent],
          ['Street Plan', 'street-planner'],
        ])
        expect(opening).toContain('one table')
        expect(opening).toContain(foreign.trimEnd())

        const named = /^tools: (.*)$/mu.exec(readFileSync(file, 'utf8'))![1]!.split(', ')
        expect(new Set(body.tools?.map(({ name }) => name))).toEqual(
          new Set([...named, 'memory', 'hand_off']),
        )
        expect(Object.keys(body).sort()).toEqual(
          ['cache_control', 'max_tokens', 'messages', 'model', 'stream', 'system', 'tools'].sort(),
        )
        const sent = JSON.stringify(body)
        expect(sent).not.toContain('nobody asked for')
        expect(sent).not.toContain(apiKey)
        expect(headers.authorization).toBe(`Bearer ${apiKey}`)
      },
    )
  },
)
