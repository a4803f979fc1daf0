import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { type AgentFolder, readAgentFolder } from '../../src/runtime/agent-folder.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const facts = (name: string) => JSON.parse(readFileSync(here(name), 'utf8')) as Record<string, unknown>[]
const cast = here('../../agents')
const seed = here('../../../shared/seed')
const corpus = here('../../../shared/corpus/superagent-zero-2/agents')
for (const folder of [seed, corpus]) {
  if (!existsSync(folder)) console.warn(`skipped: ${folder} is not there, so its files are not compared`)
}

/** What the hand-made labels say, taken from what was read. */
function labels({ agents }: AgentFolder) {
  return agents.map(({ source, definition }) => {
    const { claims, worksWith, template } = definition
    return {
      file: source,
      name: definition.name,
      color: definition.color,
      tools: definition.tools,
      examples: definition.examples.length,
      section: claims.find(({ document }) => document === 'insights') ?? null,
      sections: claims,
      template: template && { subheadings: template.subheadings, lastUpdated: template.lastUpdated },
      edges: worksWith.flatMap(({ target, note }) => (target === null ? [] : [{ to: target, note }])),
      text: worksWith.flatMap(({ target, raw }) => (target === null ? [raw] : [])),
      requirements: definition.requirements,
      summaryFields: definition.summaryFields,
    }
  })
}

async function compare(folder: string, expected: Record<string, unknown>[]) {
  const read = labels(await readAgentFolder(folder))
  const byFile = (one: Record<string, unknown>, other: Record<string, unknown>) =>
    String(one.file) < String(other.file) ? -1 : 1
  const wanted = [...expected].sort(byFile)
  const found = read.map((one, at) =>
    Object.fromEntries(Object.keys(wanted[at] ?? {}).map((key) => [key, one[key as keyof typeof one]])),
  )
  expect(found).toEqual(wanted)
}

test('the shipped cast says what was labelled by hand', async () => {
  await compare(cast, facts('cast-facts.json'))
  const read = await readAgentFolder(cast)
  expect(read.skipped).toEqual([])
  expect(read.agents.flatMap(({ diagnostics }) => diagnostics)).toEqual([])
})

describe.skipIf(!existsSync(corpus))('the corpus', () => {
  test('54 agents, none lost, and all that was labelled by hand', async () => {
    const expected = facts('corpus-facts.json')
    expect(expected).toHaveLength(54)
    await compare(corpus, expected)
    expect((await readAgentFolder(corpus)).skipped).toEqual([])
  })

  test('nine stray fences cost no session summary', async () => {
    const { agents } = await readAgentFolder(corpus)
    const stray = agents.filter(({ diagnostics }) => diagnostics.some(({ code }) => code === 'stray_fence'))
    expect(stray.map(({ definition }) => definition.summaryFields.length)).toEqual(Array(9).fill(8))
    const summaries = agents.filter(({ definition }) => definition.summaryFields.length > 0)
    const fields = new Set(summaries.flatMap(({ definition }) => definition.summaryFields))
    // One more file shows a summary, in a fence: a template for agents that it is to build. It declares none.
    expect(summaries).toHaveLength(45)
    expect(fields.size).toBe(187)
  })
})

test.skipIf(!existsSync(seed))('the reference agent', async () => {
  const [agent] = (await readAgentFolder(seed)).agents
  expect(agent!.definition).toMatchObject({
    name: 'backend-architect',
    color: 'purple',
    tools: ['Write', 'Read', 'MultiEdit', 'Bash', 'Grep'],
    model: null,
    recovered: true,
    claims: [{ document: 'insights', heading: 'System Architecture' }],
    template: { lastUpdated: true },
    worksWith: [],
    requirements: [],
  })
  expect(agent!.definition.examples).toHaveLength(3)
  expect(agent!.definition.template?.subheadings).toHaveLength(6)
  expect(agent!.definition.summaryFields).toHaveLength(8)
  expect(agent!.diagnostics.map(({ code }) => code)).toEqual(['front_matter_recovered'])
})
