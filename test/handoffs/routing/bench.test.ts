import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { registerRouteBench } from '../../../src/cli/commands/route-bench.ts'
import { route } from '../../../src/handoffs/router.ts'
import { textPolicy } from '../../../src/handoffs/routing/policy.ts'
import { readAgentFolder } from '../../../src/runtime/agent-folder.ts'
import { answerCases, summed } from '../../../src/runtime/bench-answers.ts'
import { routeBench } from '../../../src/runtime/route-bench.ts'
import { ask, definitionOf } from './knowledge.ts'

const here = import.meta.dirname
const own = {
  agents: join(here, 'agents'),
  patterns: join(here, 'patterns.jsonl'),
  cases: join(here, 'cases.jsonl'),
}
const outside = join(here, 'out-of-domain.jsonl')
const volt = join(here, '../../../../shared/routing/volt')
const voltPaths = {
  agents: join(volt, 'agents'),
  patterns: join(volt, 'patterns.jsonl'),
  cases: join(volt, 'cases.jsonl'),
}
const hasVolt = existsSync(volt)
if (!hasVolt)
  console.warn('SKIPPED: ../shared/routing/volt is not there, so the large routing set is not measured')

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daybook-bench-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('the labelled cases of our own stay right', async () => {
  const result = await routeBench(own)
  expect(result.n).toBe(32)
  expect(result.top1).toBeGreaterThanOrEqual(0.6)
  expect(result.top3).toBeGreaterThanOrEqual(0.7)
})

test('needs from outside every domain go to nobody', async () => {
  expect(await routeBench({ ...own, cases: outside })).toMatchObject({ n: 24, top1: 1, abstained: 1 })
})

test.skipIf(!hasVolt)(
  'on 407 real cases the chosen agent is right in more than 58 of 100, also with weights that had not seen the sender',
  async () => {
    const result = await routeBench(voltPaths)
    expect(result.n).toBe(407)
    expect(result.top1).toBeGreaterThanOrEqual(0.58)
    expect(result.top3).toBeGreaterThanOrEqual(0.76)
    expect(result.abstained).toBeLessThanOrEqual(0.03)
    const { folds, top1, top3, gap, calibration } = result.crossValidated!
    expect(folds).toBe(60)
    expect(top1).toBeGreaterThanOrEqual(0.58)
    expect(top3).toBeGreaterThanOrEqual(0.76)
    expect(gap.top1).toBeCloseTo(result.top1 - top1, 4)
    expect(calibration.ece).toBeLessThanOrEqual(0.06)
  },
  180_000,
)

test.skipIf(!hasVolt)(
  "from the agents' own texts alone it would be right in fewer than 28 of 100 of those",
  async () => {
    const { top1 } = await routeBench({ ...voltPaths, policy: textPolicy })
    expect(top1).toBeLessThan(0.28)
  },
  120_000,
)

test.skipIf(!hasVolt)(
  'among 158 real agents at most three of 24 needs from outside find somebody',
  async () => {
    const { top1 } = await routeBench({ ...voltPaths, cases: outside })
    expect(top1).toBeGreaterThanOrEqual(21 / 24 - 1e-3)
  },
  120_000,
)

const twoAgents = [
  definitionOf({ name: 'sender', description: 'Sends work.', worksWith: ['receiver for odd matters'] }),
  definitionOf({ name: 'receiver', description: 'Takes work.' }),
]

test('the edge that a case was made from is withheld, declared or recorded, whoever asks', () => {
  const patterns = [{ from: 'Sender', to: 'receiver', note: 'Odd  matters' }]
  const asked = { query: 'odd matters', targets: ['receiver'] }
  const chosen = (from?: string) =>
    answerCases({ definitions: twoAgents, patterns, cases: [{ ...asked, ...(from ? { from } : {}) }] })[0]!
      .chosen
  expect(chosen('sender')).toBe(null)
  expect(chosen()).toBe(null)
})

test('an edge with another note stays', () => {
  const patterns = [{ from: 'sender', to: 'receiver', note: 'odd matters of law' }]
  const cases = [{ from: 'sender', query: 'odd matters', targets: ['receiver'] }]
  expect(answerCases({ definitions: twoAgents, patterns, cases })[0]).toMatchObject({
    chosen: 'receiver',
    rank: 1,
  })
})

test("an agent's examples help live and are withheld in the bench", () => {
  const example = { context: null, user: 'untangle the fishing nets', assistant: null, commentary: null }
  const definitions = [
    twoAgents[0]!,
    {
      ...twoAgents[1]!,
      examples: [example],
      description: 'Takes work. Examples:\n<example>user: "untangle the fishing nets"</example>',
    },
  ]
  const agents = definitions.map((definition, at) => ({
    definition,
    event: `00000000-0000-7000-8000-00000000000${at}`,
  }))
  const need = 'untangle the fishing nets'
  expect(route(ask({ need }), { agents, recorded: [], asOf: null }).chosen).toBe('receiver')
  const cases = [{ query: need, targets: ['receiver'] }]
  expect(answerCases({ definitions, patterns: [], cases })[0]!.chosen).toBe(null)
})

test('a case without targets is right when nobody is chosen, and nobody is wrong for any other', () => {
  const cases = [
    { query: 'bake a cake', targets: [] },
    { query: 'bake a cake', targets: ['receiver'] },
    { query: 'takes work', targets: [] },
  ]
  const result = summed(answerCases({ definitions: twoAgents, patterns: [], cases }))
  expect(result).toMatchObject({ n: 3, abstained: 0.6667, top1: 0.3333, top3: 0.3333, mrr: 0.3333 })
})

test.each([
  [
    'cases',
    '{"id":"1","query":"x","targets":[]}\n{"id":"2","query":',
    /bad\.jsonl:2: expected .*targets.*found/u,
  ],
  ['cases', '{"id":"1","targets":[]}', /bad\.jsonl:1: expected/u],
  ['cases', '\n\n', /expected at least one case/u],
  ['patterns', '{"from":"a"}', /bad\.jsonl:1: expected .*"to"/u],
] as const)('a bad line of %s is named: %j', async (which, text, message) => {
  const bad = join(folder, 'bad.jsonl')
  await writeFile(bad, text)
  await expect(routeBench({ ...own, [which]: bad })).rejects.toThrow(message)
})

test('a missing file is named', async () => {
  const missing = join(folder, 'missing.jsonl')
  await expect(routeBench({ ...own, cases: missing })).rejects.toMatchObject({ code: 'not_found' })
})

test('the command prints the figures as JSON, and refuses an unknown policy', async () => {
  const program = new Command().exitOverride()
  registerRouteBench(program.command('route'))
  const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  const args = ['route', 'bench', '--agents', own.agents, '--patterns', own.patterns, '--cases', own.cases]
  try {
    await program.parseAsync([...args, '--json'], { from: 'user' })
    const printed = JSON.parse(String(out.mock.calls[0]![0])) as object
    expect(Object.keys(printed)).toEqual([
      ...['n', 'top1', 'top3', 'mrr', 'abstained', 'p50Ms', 'calibration', 'crossValidated'],
    ])
  } finally {
    out.mockRestore()
  }
  await expect(program.parseAsync([...args, '--policy', 'guess-1'], { from: 'user' })).rejects.toThrow(
    /patterns-2, text-2/u,
  )
})

test('our own agents can all be loaded, and every case names known ones', async () => {
  const names = (await readAgentFolder(own.agents)).agents.map(({ definition }) => definition.name)
  const cases = (await readFile(own.cases, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  for (const { from, targets } of cases)
    for (const name of [from, ...targets]) if (name) expect(names).toContain(name)
})
