import { createHash } from 'node:crypto'
import { cpSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { VerifiedEvidence } from '../../src/runtime/evidence/verify-evidence.ts'
import { cast, daybook, goal, type RunResult, rehearsedChain, result, temporaryFolder } from '../cli/given.ts'
import { checkAsStranger } from './stranger.ts'

interface Event {
  readonly type: string
  readonly stream: string
  readonly revision: number
}

interface Cut {
  readonly name: string
  readonly keeps: (event: Event, index: number, all: readonly Event[]) => boolean
  /** What still shows when the signature is taken off, too. */
  readonly shows?: Partial<Record<'open' | 'absent', RegExp>>
}

let folder = ''
let run = {} as RunResult
let remove = () => {}

beforeAll(async () => {
  ;({ folder, run } = await rehearsedChain((end) => {
    remove = end
  }))
  await result(['--rehearsal', 'evidence', 'export', run.workflow, 'evidence'], { cwd: folder })
})
afterAll(() => remove())

const linesOf = (place: string, name: string) => readFileSync(join(place, name), 'utf8').trimEnd().split('\n')
const manifestOf = (place: string) => JSON.parse(readFileSync(join(place, 'manifest.json'), 'utf8'))
const eventsOf = (place: string) => linesOf(place, 'events.jsonl').map((line) => JSON.parse(line) as Event)

/** What somebody does who wants to hide events: their lines and proofs go, and the manifest is made to fit. */
function cut(keeps: Cut['keeps'], change: object = {}): string {
  const place = join(temporaryFolder(onTestFinished), 'evidence')
  cpSync(join(folder, 'evidence'), place, { recursive: true })
  const events = eventsOf(place)
  const kept = (_: string, index: number) => keeps(events[index]!, index, events)
  const lines = linesOf(place, 'events.jsonl').filter(kept)
  const proofs = linesOf(place, 'proofs.jsonl').filter(kept)
  const text = lines.map((line) => `${line}\n`).join('')
  writeFileSync(join(place, 'events.jsonl'), text)
  writeFileSync(join(place, 'proofs.jsonl'), proofs.map((line) => `${line}\n`).join(''))
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`
  const manifest = { ...manifestOf(place), events: lines.length, digest, ...change }
  writeFileSync(join(place, 'manifest.json'), `${JSON.stringify(manifest)}\n`)
  return place
}

async function verified(place: string): Promise<VerifiedEvidence & { code: number | null; text: string }> {
  const json = await daybook(['evidence', 'verify', place, '--json'], { cwd: folder })
  const people = await daybook(['evidence', 'verify', place], { cwd: folder })
  expect(people.code).toBe(json.code)
  return { ...(JSON.parse(json.stdout) as VerifiedEvidence), code: json.code, text: people.stdout }
}

const isOf = (kind: string) => (event: Event) => event.stream.startsWith(`${kind}-`)
const lastSession = (all: readonly Event[]) => all.findLast(isOf('session'))!.stream

const cuts: readonly Cut[] = [
  {
    name: 'the last event',
    keeps: (_, index, all) => index < all.length - 1,
    shows: { open: /workflow-/u },
  },
  {
    name: 'the end of a session',
    keeps: ({ stream, revision }, _, all) => stream !== lastSession(all) || revision < 5,
    shows: { open: /session-/u },
  },
  {
    name: 'a whole session',
    keeps: ({ stream }, _, all) => stream !== lastSession(all),
    shows: { absent: /session-/u },
  },
  { name: 'all sessions and handoffs', keeps: (event) => !isOf('session')(event) && !isOf('handoff')(event) },
  {
    name: 'an event of the memory, from the middle',
    keeps: (event, _, all) => event !== all.filter(isOf('memory'))[1],
  },
  { name: 'an agent', keeps: (event, _, all) => event !== all.find(isOf('agent')) },
  { name: 'everything but the first event of the workflow', keeps: ({ type }) => type === 'WorkflowStarted' },
]

test('whole evidence says that nothing was altered and nothing left out, and what that is worth', async () => {
  const whole = await verified(join(folder, 'evidence'))
  expect(whole).toMatchObject({ ok: true, complete: true, open: [], absent: [], code: 0 })
  expect(whole.text).toContain('Nothing was left out')
  expect(whole.text).toContain('Ask who signed')
  expect(checkAsStranger(join(folder, 'evidence'))).toBe(whole.events)
})

describe.each(cuts)('without $name', ({ keeps, shows = {} }) => {
  test('the signature of the manifest fails, and a stranger sees it, too', async () => {
    const place = cut(keeps)
    expect(eventsOf(place).length).toBeLessThan(eventsOf(join(folder, 'evidence')).length)
    const found = await verified(place)
    expect(found).toMatchObject({ ok: false, complete: false, code: 3 })
    expect(found.problem).toContain('manifest.json has a wrong signature')
    expect(() => checkAsStranger(place)).toThrow('signature of manifest')
  })

  test('and without the signature nobody says that it is complete', async () => {
    const found = await verified(cut(keeps, { signature: null }))
    expect(found).toMatchObject({ ok: true, complete: false, code: 0 })
    expect(found.text).toContain('Whether some were left out is not shown')
    expect(found.text).not.toContain('Nothing was left out')
    for (const [list, pattern] of Object.entries(shows)) {
      expect(found[list as 'open' | 'absent'].join(' ')).toMatch(pattern)
      expect(found.text).toMatch(pattern)
    }
  })
})

test('what was signed for one workflow or one seal stands for no other', async () => {
  const second = await result<RunResult>(['run', goal, '--rehearse', '--agents', cast, '--depth', '1'], {
    cwd: folder,
  })
  await result(['--rehearsal', 'evidence', 'export', second.workflow, 'second'], { cwd: folder })
  const { signature, seal } = manifestOf(join(folder, 'second'))
  const all = () => true
  for (const [change, says] of [
    [{ signature }, 'wrong signature'],
    [{ workflow: second.workflow }, 'wrong signature'],
    [{ seal }, 'another seal'],
    [{ seal, signature }, 'another seal'],
    [{ signature: JSON.parse(linesOf(folder, 'evidence/seal.json')[0]!).signature }, 'wrong signature'],
  ] as const)
    expect(await verified(cut(all, change))).toMatchObject({
      ok: false,
      code: 3,
      problem: expect.stringContaining(says),
    })
})

test('a folder of the first format, which nobody signed, is verified with a warning', async () => {
  const place = cut(() => true)
  const { workflow, events, digest } = manifestOf(place)
  const first = { format: 'daybook-evidence-v1', workflow, events, digest }
  writeFileSync(join(place, 'manifest.json'), `${JSON.stringify(first)}\n`)
  const found = await verified(place)
  expect(found).toMatchObject({ ok: true, complete: false, code: 0, events })
  expect(found.text).toContain('Whether some were left out is not shown')
})

test('where the private key is not at hand evidence is exported, and says that it is not signed', async () => {
  const place = temporaryFolder(onTestFinished)
  cpSync(folder, place, { recursive: true })
  const key = join(place, '.daybook/rehearsal/seals/signing-key.pem')
  await daybook(['--rehearsal', 'seal'], { cwd: place })
  renameSync(key, join(place, 'signing-key.pem'))
  const args = ['--rehearsal', 'evidence', 'export', run.workflow]
  const exported = await daybook([...args, 'unsigned'], { cwd: place })
  expect(exported).toMatchObject({ code: 0, stdout: expect.stringContaining('Not signed') })
  expect(await verified(join(place, 'unsigned'))).toMatchObject({ ok: true, complete: false, code: 0 })
  renameSync(join(place, 'signing-key.pem'), key)
  expect(await result([...args, 'signed'], { cwd: place })).toMatchObject({ complete: true })
})
