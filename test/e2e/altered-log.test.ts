import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Json } from '../../src/kernel/event.ts'
import type { Proof } from '../../src/runtime/proof/prove.ts'
import { alterations, altered, pathsOf, pick } from '../altered.ts'
import { daybook, type RunResult, rehearsedChain, result } from '../cli/given.ts'
import { mulberry32 } from '../memory/generated-texts.ts'

/**
 * Somebody changes the log's file behind Daybook's back: one place of one event at a time, in every type of event. All
 * that is asked then has an answer or an error of ours, and what prove and verify cover is found and named.
 *
 * A longer campaign, about 30 alterations a round: ALTERED_ROUNDS=14 ALTERED_SEED=11 vitest run test/e2e/altered-log
 */
const rounds = Number(process.env.ALTERED_ROUNDS ?? 1)
const seed = Number(process.env.ALTERED_SEED ?? 20_260_301)

interface Row {
  readonly pos: number
  readonly stream: string
  readonly type: string
  readonly data: string
  readonly meta: string
}

type Part = 'data' | 'meta' | 'type'

interface Alteration {
  readonly row: Row
  readonly part: Part
  readonly how: string
  /** First name of the path; null where a byte of the text was changed, whatever it is of. */
  readonly field: string | null
  readonly text: string
}

let folder = ''
let run = {} as RunResult
let rows: Row[] = []
let ids = { session: '', handoff: '' }
let remove = () => {}

beforeAll(async () => {
  ;({ folder, run } = await rehearsedChain((end) => {
    remove = end
  }))
  const look = <Result>(...args: string[]) => result<Result>(['--rehearsal', ...args], { cwd: folder })
  const [sessions, handoffs] = [
    await look<{ id: string }[]>('sessions'),
    await look<{ id: string }[]>('handoffs'),
  ]
  ids = { session: sessions.at(-1)!.id, handoff: handoffs.at(-1)!.id }
  await look('workflows', 'fork', run.workflow, '--at', `session:${sessions[0]!.id}`)
  await look('memory', 'assign', 'API Contracts', '--to', 'people')
  await look('undo', sessions[0]!.id, '--yes')
  await look('seal')
  const log = new DatabaseSync(join(folder, '.daybook/rehearsal/log.db'))
  const all = `SELECT e.pos, s.name AS stream, e.type, e.data, e.meta FROM events e JOIN streams s ON s.sid = e.sid`
  rows = log.prepare(`${all} ORDER BY e.pos`).all() as unknown as Row[]
  log.close()
})
afterAll(() => remove())

/** What `prove` puts together again or compares, by event type: nothing may be altered below these fields. */
const proved: Readonly<Record<string, readonly string[]>> = {
  SessionStarted: ['model', 'parameters'],
  ContextGiven: ['system', 'tools'],
  ModelCalled: ['appended', 'requestDigest', 'call'],
  ModelAnswered: ['content', 'digest', 'call'],
  ToolCalled: ['toolUse', 'call', 'tool', 'input'],
  ToolReturned: ['toolUse', 'output'],
}

function alterationOf(row: Row, part: Part, random: () => number): Alteration | null {
  const how = pick(random, [...alterations, 'byte' as const])
  const before = row[part]
  if (how === 'byte' || part === 'type') {
    const at = Math.floor(random() * before.length)
    const text = before.slice(0, at) + pick(random, ['x', '"', '{', '0', ' ']) + before.slice(at + 1)
    return text === before ? null : { row, part, how: 'byte', field: null, text }
  }
  const tree = JSON.parse(before) as Json
  const paths = pathsOf(tree)
  if (paths.length === 0) return null
  const path = pick(random, paths)
  const text = JSON.stringify(altered(tree, { path, how, random }))
  return text === before ? null : { row, part, how, field: path[0]!, text }
}

function place(alteration: Alteration, kept: 'views' | 'no_views'): string {
  const copy = join(folder, 'altered')
  rmSync(copy, { recursive: true, force: true })
  cpSync(join(folder, '.daybook/rehearsal'), copy, { recursive: true })
  if (kept === 'no_views')
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(copy, `views.db${suffix}`), { force: true })
  const log = new DatabaseSync(join(copy, 'log.db'))
  const { row, part, text } = alteration
  log.prepare(`UPDATE events SET ${part} = ? WHERE pos = ?`).run(text, row.pos)
  log.close()
  return copy
}

const always = () => [
  ['prove', run.workflow, '--json'],
  ['prove', ids.session],
  ['rebuild', '--check'],
  ['verify'],
  ['memory', 'show', '--at', String(rows.length - 2)],
  ['handoffs', 'show', ids.handoff],
  ['log'],
]
const sometimes = () => [
  ['memory', 'show'],
  ['memory', 'log'],
  ['memory', 'blame'],
  ['sessions'],
  ['sessions', 'show', ids.session],
  ['workflows', 'show', run.workflow],
  ['handoffs'],
  ['waiting'],
  ['decisions'],
  ['agents'],
  ['doctor'],
  ['log', '--json'],
  ['export', '-'],
  ['route', '--from', 'backend-developer', '--need', 'integration tests'],
  ['rebuild'],
]

const crash =
  /AssertionError|TypeError|RangeError|SyntaxError|please report it|\n\s+at |Cannot read prop|is not a function|is not iterable/u

async function faultsOf(alteration: Alteration, random: () => number): Promise<string[]> {
  const { row, part, field } = alteration
  const copy = place(alteration, random() < 0.5 ? 'views' : 'no_views')
  const faults: string[] = []
  for (const args of [...always(), pick(random, sometimes())]) {
    const ran = await daybook(['--dir', copy, ...args], { cwd: folder })
    const said = `${args.slice(0, 2).join(' ')} ended with ${ran.code}: ${ran.stderr}${ran.stdout}`.slice(
      0,
      700,
    )
    if (ran.signal !== null || ran.code === null || ran.code > 3) faults.push(said)
    // What an agent or a tool said may well name an error; what a command says of itself may not.
    else if (crash.test(ran.stderr) || (ran.code !== 0 && crash.test(ran.stdout))) faults.push(said)
    else if (ran.code === 1 && !ran.stderr.includes('daybook: ')) faults.push(said)
    const isSealed = row.type !== 'LogSealed'
    if (args[0] === 'verify' && isSealed && (ran.code !== 3 || !/position \d+/u.test(ran.stdout)))
      faults.push(said)
    if (args[0] === 'prove' && args[2] === '--json') {
      const isOfRun = row.meta.includes(`"correlation":"${run.workflow}"`)
      const isProved =
        isOfRun && part === 'data' && field !== null && (proved[row.type] ?? []).includes(field)
      const proof = ran.code === 3 ? (JSON.parse(ran.stdout) as Proof) : null
      const { event = '', message = '' } = proof?.firstDifference ?? {}
      if (isProved && proof === null) faults.push(`not found: ${said}`)
      if (proof !== null && event === '' && !/position \d+/u.test(message)) faults.push(`no place: ${said}`)
    }
  }
  return faults
}

test(
  'a log altered anywhere is read to an answer or to an error of ours, and what is proved is found',
  async () => {
    const random = mulberry32(seed)
    const types = [...new Set(rows.map(({ type }) => type))]
    expect(types.length).toBeGreaterThan(18)
    const found: unknown[] = []
    let tried = 0
    for (let round = 0; round < rounds; round += 1)
      for (const type of types)
        for (const part of ['data', 'meta', 'type'] as const) {
          if (part !== 'data' && random() < 0.8) continue
          const row = pick(
            random,
            rows.filter((one) => one.type === type),
          )
          const alteration = alterationOf(row, part, random)
          if (alteration === null) continue
          tried += 1
          const faults = await faultsOf(alteration, random)
          const { how, field, text } = alteration
          if (faults.length > 0)
            found.push({ seed, pos: row.pos, type, part, how, field, text: text.slice(0, 300), faults })
          expect(found.length, JSON.stringify(found, null, 1)).toBeLessThan(
            process.env.ALTERED_ROUNDS === undefined ? 1 : 40,
          )
        }
    if (process.env.ALTERED_ROUNDS !== undefined) console.warn(`${tried} alterations, seed ${seed}`)
    expect(found).toEqual([])
  },
  60_000 + 60_000 * rounds,
)
