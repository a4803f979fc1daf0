import { describe, expect, test } from 'vitest'
import type { AgentDefinition } from '../../src/agents/events.ts'
import { limits } from '../../src/kernel/limits.ts'
import { sessionEvents } from '../../src/sessions/events.ts'
import { readSummary } from '../../src/sessions/summary.ts'
import { definition } from '../projections/events.ts'

const asks = (...summaryFields: string[]) =>
  definition('tester', { summaryFields }) as unknown as AgentDefinition

describe('a summary', () => {
  test('is read by the labels of the agent’s file, in its order, and says which are missing', () => {
    const text =
      '## Session Summary\n\n**Collaboration Needs**: None\n**Work Done**: Two cases.\nAnd a third.'
    const { fields, missing, raw } = readSummary(
      text,
      asks('Work Done', 'Key Decisions', 'Collaboration Needs'),
    )
    expect(fields.map(({ label }) => label).sort()).toEqual(['Collaboration Needs', 'Work Done'])
    expect(fields.find(({ label }) => label === 'Work Done')?.text).toContain('And a third.')
    expect(missing).toEqual(['Key Decisions'])
    expect(raw).toBe(text)
  })

  test('keeps labels that nobody asked for, after the others', () => {
    const { fields } = readSummary('**Risk**: High.\n**Work Done**: All.', asks('Work Done'))
    expect(fields.map(({ label }) => label)).toEqual(['Work Done', 'Risk'])
  })

  test('of an agent that asks for none has what it says', () => {
    expect(readSummary('**Work Done**: All.', asks())).toMatchObject({
      fields: [{ label: 'Work Done', text: 'All.' }],
      missing: [],
    })
    expect(readSummary('', asks())).toEqual({ fields: [], missing: [], raw: '' })
  })

  test('of any size is one that a log can hold', () => {
    const long = `**Work Done**: ${'x'.repeat(limits.summaryCharsMax - 19)}😀${'y'.repeat(1_000)}`
    const many = Array.from({ length: 400 }, (_, index) => `**Label ${index}**: value`).join('\n')
    const cutInRaw = `${'x'.repeat(limits.summaryCharsMax - 1)}😀`
    for (const text of [long, many, cutInRaw]) {
      const read = readSummary(text, asks('Work Done'))
      expect(sessionEvents.SummaryRecorded.safeParse(read).success).toBe(true)
    }
  })
})
