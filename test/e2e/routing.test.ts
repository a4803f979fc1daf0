import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { put, result, temporaryFolder } from '../cli/given.ts'

const need = 'Load tests for the new bridge'

function agentFile(name: string, description: string, section: string): string {
  return [
    '---',
    `name: ${name}`,
    `description: "${description}"`,
    '---',
    `You are ${name}.`,
    '',
    '1. **Find your section**: Look for',
    `"## ${section}" in @.superagent/memory/insights.md`,
    '',
  ].join('\n')
}

/** A project with a surveyor whose section names nobody, and two agents who could test a load. */
async function project() {
  const cwd = temporaryFolder(onTestFinished)
  const insights = join(cwd, '.superagent/memory/insights.md')
  put(join(cwd, '.claude/agents/surveyor.md'), agentFile('surveyor', 'Measures land.', 'Surveys'))
  put(
    join(cwd, '.claude/agents/load-tester.md'),
    agentFile('load-tester', 'Runs load tests on structures, bridges too.', 'Loads'),
  )
  put(join(cwd, '.claude/agents/weigher.md'), agentFile('weigher', 'Weighs carts.', 'Weights'))
  put(insights, '## Surveys\n\n- The river is 40 m wide.\n')
  await result(['init', '--yes'], { cwd })
  return {
    route: (...flags: string[]) =>
      result<Decision>(['route', '--from', 'surveyor', '--need', need, ...flags], { cwd }),
    /** Saves the section as a person would, and takes it into the log. */
    async save(text: string): Promise<string> {
      writeFileSync(insights, text)
      const { position } = await result<{ position: string }>(['rebuild'], { cwd })
      return position
    },
    text: () => readFileSync(insights, 'utf8'),
    last: async () => (await result<{ position: string }>(['rebuild', '--check'], { cwd })).position,
    event: async (position: string) => {
      const after = String(Number(position) - 1)
      const event = await result<{ id: string; type: string; meta: { recordedAt: string } }>(
        ['log', '--after', after, '--limit', '1'],
        {
          cwd,
        },
      )
      return event
    },
  }
}

interface Decision {
  readonly chosen: string | null
  readonly candidates: readonly {
    readonly agent: string
    readonly because: readonly { readonly rule: string; readonly evidence: string; readonly event?: string }[]
  }[]
}

test('a pattern that an agent has in its section decides who gets its work, by the event that recorded it', async () => {
  const { route, save, text, last, event } = await project()
  const before = await last()
  expect((await route()).chosen).toBe('load-tester')

  const recorded = await save(
    `${text()}\n### Collaboration Patterns\n- **Works well with**: weigher for load tests\n`,
  )
  const chosen = await route()
  expect(chosen.chosen).toBe('weigher')
  const edit = await event(recorded)
  expect(edit.type).toBe('DocumentEdited')
  expect(chosen.candidates[0]).toMatchObject({ agent: 'weigher' })
  const evidence = { event: edit.id, by: 'unknown:disk', at: edit.meta.recordedAt }
  expect(chosen.candidates[0]?.because).toContainEqual(expect.objectContaining(evidence))

  await save(text().replace(/\n### Collaboration Patterns[\s\S]*$/u, ''))
  expect((await route()).chosen).toBe('load-tester')

  expect((await route('--at', before)).chosen).toBe('load-tester')
  expect((await route('--at', recorded)).chosen).toBe('weigher')
  expect((await route('--at', `event:${edit.id}`)).chosen).toBe('weigher')
})
