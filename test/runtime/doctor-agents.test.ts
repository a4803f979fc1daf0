import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { applyPatch } from 'diff'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { registerAgents } from '../../src/cli/commands/agents.ts'
import { doctorAgents } from '../../src/runtime/doctor-agents.ts'

const fixtures = fileURLToPath(new URL('../agents/fixtures/agents', import.meta.url))
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'daybook-doctor-'))
  cpSync(fixtures, folder, { recursive: true })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function run(...words: string[]) {
  const out: string[] = []
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0)
  const program = new Command('daybook').option('--json')
  registerAgents(program)
  try {
    await program.parseAsync(['agents', 'doctor', ...words], { from: 'user' })
    return { out: out.join(''), code: process.exitCode ?? 0 }
  } finally {
    write.mockRestore()
    process.exitCode = 0
  }
}

test('--json has exactly the promised shape, twice the same', async () => {
  const { out, code } = await run(folder, '--json')
  const report = JSON.parse(out)
  expect(Object.keys(report)).toEqual(['agents', 'skipped', 'diagnostics'])
  expect(Object.keys(report.agents[0])).toEqual([
    ...[
      'name',
      'file',
      'description',
      'tools',
      'model',
      'color',
      'examples',
      'recovered',
      'section',
      'sections',
    ],
    ...['template', 'worksWith', 'handoffRequirements', 'summaryFields', 'diagnostics'],
  ])
  expect(report.agents[1]).toMatchObject({
    name: 'harbour-pilot',
    file: 'craft/harbour-pilot.md',
    section: { document: 'insights', heading: 'Harbour Traffic' },
    template: { subheadings: ['Arrivals', 'Collaboration Patterns'], lastUpdated: true },
    recovered: true,
  })
  expect(Object.keys(report.skipped[0])).toEqual(['file', 'reason'])
  expect(code).toBe(0)
  expect(await run(folder, '--json')).toEqual({ out, code })
})

test('an agent that cannot be loaded gives 3 and is named; other findings give 0', async () => {
  writeFileSync(join(folder, 'evil.md'), '---js\nx\n---\n')
  const { out, code } = await run(folder)
  expect(code).toBe(3)
  expect(out).toMatch(/evil\.md: front_matter_engine: .*only YAML is read/u)
  expect(out).toContain(
    '4 agents, 1 recovered from broken front matter (--fix prints a patch), 1 cannot be loaded',
  )
})

test('text from a file cannot steer the terminal', async () => {
  writeFileSync(join(folder, 'odd.md'), '---\nname: odd\ndescription: d\ntools: "\\e[2J\\u202eX"\n---\n')
  const { out } = await run(folder)
  expect(out).not.toContain('\u001b[2J')
  expect(out).not.toContain('\u202e')
  expect(out).toContain('�[2J�X')
})

test('--fix prints a patch that mends the file, and writes nothing', async () => {
  const before = readFileSync(join(folder, 'craft/harbour-pilot.md'), 'utf8')
  const { out } = await run(folder, '--fix')
  expect(readFileSync(join(folder, 'craft/harbour-pilot.md'), 'utf8')).toBe(before)
  expect(out).toMatch(/^--- a\/craft\/harbour-pilot\.md\n\+\+\+ b\/craft\/harbour-pilot\.md\n@@ /u)
  const mended = applyPatch(before, out)
  expect(mended).not.toBe(false)
  const old = (await doctorAgents(folder)).report.agents[1]!
  writeFileSync(join(folder, 'craft/harbour-pilot.md'), mended as string)
  const { report, patch } = await doctorAgents(folder)
  expect(patch).toBe('')
  const diagnostics = old.diagnostics.filter(({ code }) => code !== 'front_matter_recovered')
  expect(report.agents[1]).toEqual({ ...old, recovered: false, diagnostics })
})

test('nothing in the folder changes', async () => {
  const before = readdirSync(folder, { recursive: true })
  await run(folder)
  expect(readdirSync(folder, { recursive: true })).toEqual(before)
})
