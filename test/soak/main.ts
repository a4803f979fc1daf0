import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import '../setup.ts'
import type { Figures, Soak } from './campaign.ts'

/**
 * Runs every campaign of this folder, one after the other, and ends with 1 when one of them finds something.
 * Seeds and figures go to `soak-results/`.
 *
 *     npm run soak -- [--only NAME ...] [--scale 0.01] [--seed N]
 */
interface Outcome {
  readonly name: string
  readonly seed: number
  readonly scale: number
  readonly startedAt: string
  readonly seconds: number
  readonly ok: boolean
  readonly figures: Figures
  readonly error: string | null
  /** What was said on the way. */
  readonly lines: readonly string[]
}

const results = join(import.meta.dirname, '../../soak-results')
const linesKept = 1_000

async function campaigns(): Promise<Soak[]> {
  const files = readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith('.ts') && file !== 'main.ts')
    .sort()
  const modules = await Promise.all(files.map((file) => import(`./${file}`) as Promise<{ soak?: Soak }>))
  return modules.flatMap(({ soak }) => (soak === undefined ? [] : [soak]))
}

async function carryOut(soak: Soak, { seed, scale }: { seed: number; scale: number }): Promise<Outcome> {
  const startedAt = new Date().toISOString()
  const beganMs = performance.now()
  const lines: string[] = []
  const report = (line: string) => {
    const seconds = ((performance.now() - beganMs) / 1_000).toFixed(1).padStart(8)
    process.stderr.write(`${soak.name} ${seconds} s  ${line}\n`)
    if (lines.length < linesKept) lines.push(line)
  }
  report(`seed ${seed}, scale ${scale}`)
  const ended = await soak.run({ seed, scale, report }).then(
    (figures) => ({ ok: true, figures, error: null }),
    (error: Error) => ({ ok: false, figures: {}, error: error.stack ?? error.message }),
  )
  if (ended.error !== null) report(`FAILED (seed ${seed}): ${ended.error}`)
  const seconds = Math.round((performance.now() - beganMs) / 100) / 10
  const outcome = { name: soak.name, seed, scale, startedAt, seconds, ...ended, lines }
  const file = join(results, `${soak.name}-${startedAt.replaceAll(':', '-')}.json`)
  mkdirSync(results, { recursive: true })
  writeFileSync(file, `${JSON.stringify(outcome, null, 2)}\n`)
  return outcome
}

function table(outcomes: readonly Outcome[]): string {
  const wide = Math.max(...outcomes.map(({ name }) => name.length))
  return outcomes
    .map(({ name, ok, seconds, seed, figures, error }) => {
      const found = ok
        ? Object.entries(figures)
            .map(([key, value]) => `${key} ${value}`)
            .join(', ')
        : (error?.split('\n')[0] ?? '')
      return `${ok ? 'ok    ' : 'FAILED'} ${name.padEnd(wide)} ${seconds.toFixed(1).padStart(9)} s  seed ${seed}  ${found}`
    })
    .join('\n')
}

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    scale: { type: 'string', default: '1' },
    seed: { type: 'string' },
  },
})
const scale = Number(values.scale)
const seed = Number(values.seed ?? Date.now() % 2 ** 31)
const all = await campaigns()
const chosen = all.filter(({ name }) => values.only.length === 0 || values.only.includes(name))
const known = all.map(({ name }) => name)
if (!(scale > 0) || !Number.isInteger(seed) || values.only.some((name) => !known.includes(name))) {
  process.stderr.write(
    `usage: npm run soak -- [--only NAME ...] [--scale 0.01] [--seed N]\ncampaigns: ${known.join(', ')}\n`,
  )
  process.exit(2)
}
const outcomes: Outcome[] = []
for (const soak of chosen) outcomes.push(await carryOut(soak, { seed, scale }))
process.stdout.write(`${table(outcomes)}\n`)
process.exitCode = outcomes.every(({ ok }) => ok) ? 0 : 1
