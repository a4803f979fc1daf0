import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { v7 } from 'uuid'
import { beforeAll, describe, expect, test } from 'vitest'
import { exportEvidence } from '../../src/runtime/evidence/export-evidence.ts'
import { verifyEvidence } from '../../src/runtime/evidence/verify-evidence.ts'
import { openStore } from '../../src/runtime/open-store.ts'
import type { Seal } from '../../src/runtime/seals/seal.ts'
import { defaultLimits } from '../../src/runtime/workflow-defaults.ts'
import type { EventStore } from '../../src/store/port.ts'
import { clock, event, newFolder, note, sealerFor } from '../seals/given-log.ts'
import { checkAsStranger } from './stranger.ts'

const by = { kind: 'person' as const, id: 'someone' }
const agent = v7()

let given: { store: EventStore; seals: string; seal: Seal; folder: string; evidence: string }

async function appendWorkflow(store: EventStore, workflow: string): Promise<void> {
  const meta = { actor: by, correlation: workflow }
  const roster = [{ agent: 'writer', event: agent }]
  const data = { goal: 'Say <hello> & "goodbye"', roster, limits: defaultLimits, model: 'rehearsal', by }
  const sample = (type: string, content: object) => ({ id: v7(), type, version: 1, data: content, meta })
  await store.append(`workflow-${workflow}`, [sample('WorkflowStarted', data)], { expected: 'no_stream' })
  for (const name of ['one', 'two', 'three']) {
    await store.append(`session-${workflow}-${name}`, [sample('Said', { name }), sample('Said', { name })], {
      expected: 'no_stream',
    })
    await note(store, `between ${name}`)
  }
}

beforeAll(async () => {
  const folder = newFolder()
  const store = await openStore(join(folder, 'log.db'), { clock })
  await note(store, 'before')
  await store.append('agent-writer', [{ ...event('the writer'), id: agent }], { expected: 'no_stream' })
  await appendWorkflow(store, 'w1')
  await appendWorkflow(store, 'w2')
  const seals = join(folder, 'seals')
  const line = await sealerFor(store, seals).seal()
  await note(store, 'after')
  const evidence = join(folder, 'evidence')
  given = { store, seals, seal: line!.seal, folder, evidence }
  await exportEvidence(store, { workflow: 'w1', folder: evidence, seals, seal: line!.seal })
})

function copied(): string {
  const copy = join(newFolder(), 'evidence')
  cpSync(given.evidence, copy, { recursive: true })
  return copy
}

describe('evidence of a workflow', () => {
  test('holds its events and those that it points at, and nothing else', () => {
    const lines = readFileSync(join(given.evidence, 'events.jsonl'), 'utf8').trimEnd().split('\n')
    const streams = lines.map((line) => (JSON.parse(line) as { stream: string }).stream)
    expect(new Set(streams)).toEqual(
      new Set(['agent-writer', 'workflow-w1', 'session-w1-one', 'session-w1-two', 'session-w1-three']),
    )
    expect(lines).toHaveLength(8)
  })

  test('checks by itself, without the store', async () => {
    expect(await verifyEvidence(given.evidence)).toEqual({
      ok: true,
      workflow: 'w1',
      events: 8,
      keyId: given.seal.keyId,
      line: null,
      problem: null,
      complete: true,
      open: ['workflow-w1', 'session-w1-one', 'session-w1-two', 'session-w1-three'],
      absent: [],
    })
  })

  test('a stranger can check it from the written description alone', () => {
    expect(checkAsStranger(given.evidence)).toBe(8)
    const copy = copied()
    const file = join(copy, 'events.jsonl')
    writeFileSync(file, readFileSync(file, 'utf8').replace('hello', 'hullo'))
    expect(() => checkAsStranger(copy)).toThrow()
  })

  test('its proofs are small', () => {
    const proofs = readFileSync(join(given.evidence, 'proofs.jsonl'), 'utf8').trimEnd().split('\n')
    for (const proof of proofs) expect(proof.length).toBeLessThan(1_500)
  })

  test('its page shows people what was said, and runs nothing', () => {
    const page = readFileSync(join(given.evidence, 'index.html'), 'utf8')
    expect(page).toContain('Say &lt;hello&gt; &amp; ')
    expect(page).not.toContain('<hello>')
    expect(page).not.toContain('<script')
    expect(page).toContain("default-src 'none'")
  })

  test.each(['events.jsonl', 'proofs.jsonl', 'seal.json', 'key.pem', 'manifest.json'])(
    'without %s it is none',
    async (name) => {
      const copy = copied()
      rmSync(join(copy, name))
      expect((await verifyEvidence(copy)).problem).toContain(name)
    },
  )

  test.each(['events.jsonl', 'proofs.jsonl', 'seal.json', 'key.pem', 'manifest.json'])(
    'no byte of %s can be changed',
    async (name) => {
      const copy = copied()
      const whole = readFileSync(join(given.evidence, name))
      const step = Math.ceil(whole.length / 150)
      for (let at = 0; at < whole.length; at += step) {
        const bytes = Buffer.from(whole)
        bytes[at] = bytes[at]! ^ 1
        writeFileSync(join(copy, name), bytes)
        expect((await verifyEvidence(copy)).ok, `${name}: byte ${at}`).toBe(false)
      }
    },
  )

  test('an event that is taken out, put in or moved is found', async () => {
    const lines = readFileSync(join(given.evidence, 'events.jsonl'), 'utf8').trimEnd().split('\n')
    const proofs = readFileSync(join(given.evidence, 'proofs.jsonl'), 'utf8').trimEnd().split('\n')
    const changes: ((list: string[]) => string[])[] = [
      (list) => list.toSpliced(3, 1),
      (list) => list.toSpliced(3, 0, list[2]!),
      (list) => list.with(3, list[4]!).with(4, list[3]!),
      (list) => list.slice(0, -1),
    ]
    for (const change of changes) {
      const copy = copied()
      writeFileSync(join(copy, 'events.jsonl'), `${change(lines).join('\n')}\n`)
      writeFileSync(join(copy, 'proofs.jsonl'), `${change(proofs).join('\n')}\n`)
      expect((await verifyEvidence(copy)).ok).toBe(false)
    }
  })

  test('refusals name what is wrong', async () => {
    const { store, seals, seal, evidence, folder } = given
    await expect(exportEvidence(store, { workflow: 'w2', folder: evidence, seals, seal })).rejects.toThrow(
      'not empty',
    )
    const other = join(folder, 'other')
    await expect(exportEvidence(store, { workflow: 'nobody', folder: other, seals, seal })).rejects.toThrow(
      'No sealed event belongs to a workflow nobody',
    )
    expect(readdirSync(folder)).not.toContain('other')
  })
})
