import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { put, type RunResult, result, temporaryFolder } from '../cli/given.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

interface Reference {
  readonly folder: string
  readonly agent: string
  readonly heading: string
  readonly goal: string
}

/** An agent file as people write them: front matter that is no YAML, a fenced template, a stray fence, a summary. */
const own: Reference = {
  folder: here('../agents/fixtures/reference'),
  agent: 'aqueduct-architect',
  heading: 'Water Works',
  goal: 'Plan the channel for the hill quarter',
}
const reference: Reference = {
  folder: here('../../../shared/seed'),
  agent: 'backend-architect',
  heading: 'System Architecture',
  goal: 'Design the API of a photo sharing service',
}
const present = existsSync(reference.folder)
if (!present) console.warn(`SKIPPED: ${reference.folder} is not there, so the reference agent is not run`)

const standing = '# Memory\n\n## Notes\n\nA person wrote this.'

interface Doctored {
  readonly agents: { template: { subheadings: string[] }; summaryFields: string[]; recovered: boolean }[]
}
interface Session {
  readonly id: string
  readonly agent: string
  readonly status: string
  readonly events: { type: string; data: Record<string, unknown> }[]
}
interface Decision {
  readonly choice: string
  readonly rationale: string | null
  readonly agent: string
  readonly event: string
}

describe.each([own, reference])('$agent in rehearsal', ({ folder: agents, agent, heading, goal }) => {
  test.skipIf(agents === reference.folder && !present)(
    'writes its section, sums up in its own fields, hands over what it needs, and leaves a decision with its rationale',
    async () => {
      const folder = temporaryFolder(onTestFinished)
      const insights = join(folder, '.daybook/rehearsal/memory/insights.md')
      put(insights, standing)
      const options = { cwd: folder }
      const look = <Result>(...args: string[]) => result<Result>(['--rehearsal', ...args], options)
      const doctored = await look<Doctored>('agents', 'doctor', agents)
      const { template, summaryFields, recovered } = doctored.agents[0]!
      expect({ recovered, subheadings: template.subheadings.length, fields: summaryFields.length }).toEqual({
        recovered: true,
        subheadings: 6,
        fields: 8,
      })

      const run = await result<RunResult>(['run', goal, '--rehearse', '--agents', agents], options)
      expect(run).toMatchObject({ status: 'completed', sessions: 1 })

      const text = readFileSync(insights, 'utf8')
      expect(text.startsWith(`${standing}\n\n## ${heading}\n`)).toBe(true)
      const section = text.slice(text.indexOf(`## ${heading}`))
      expect(section.match(/^### .*$/gmu)?.map((line) => line.slice(4).trim())).toEqual(template.subheadings)
      expect(section.match(/^##? /gmu)).toHaveLength(1)
      const documents = await look<{ sections: { heading: string; owner: string; at: string }[] }[]>(
        'memory',
        'list',
      )
      const last = documents[0]?.sections.at(-1)
      expect(last).toMatchObject({ heading, owner: agent })
      expect(section).toContain(`Last updated: ${last?.at.slice(0, 10)}`)

      const [session] = await look<Session[]>('sessions')
      const { events } = await look<Session>('sessions', 'show', session!.id)
      const summary = events.find(({ type }) => type === 'SummaryRecorded')?.data
      const fields = summary?.fields as { label: string; text: string }[]
      expect(fields.map(({ label }) => label)).toEqual(summaryFields)
      expect(fields.every((field) => field.text.trim() !== '')).toBe(true)
      expect(summary?.missing).toEqual([])

      const handoffs = await look<{ from: string; need: string }[]>('handoffs')
      const needs = handoffs.filter(({ from }) => from === agent)
      expect(needs.length).toBeGreaterThanOrEqual(1)
      expect(new Set(needs.map(({ need }) => need)).size).toBe(needs.length)

      const decisions = await look<Decision[]>('decisions')
      const decided = decisions.find(({ rationale, choice }) => rationale !== null && choice.includes(goal))
      expect(decided).toMatchObject({
        agent,
        event: expect.any(String),
        rationale: expect.stringMatching(/\w/u),
      })
      const check = await look('rebuild', '--check')
      expect(check).toMatchObject({ equal: true, differences: [] })
    },
  )
})
