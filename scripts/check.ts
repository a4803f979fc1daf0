import { resolve } from 'node:path'
import process from 'node:process'
import { docs } from './docs.ts'
import { describeFinding, type Step } from './finding.ts'
import { lint } from './lint.ts'
import { planted } from './planted.ts'
import { tidy } from './tidy.ts'
import { types } from './types.ts'

/** Everything but the tests. Uses no network; exit code 1 when any step finds an error. */
const steps: readonly Step[] = [types, lint, planted, tidy, docs]
const root = resolve(import.meta.dirname, '..')

/** Resolves to the number of errors. */
async function runStep(step: Step): Promise<number> {
  const startedMs = performance.now()
  const found = await step.run(root)
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1)
  const errors = found.filter((finding) => finding.level === 'error').length
  const warnings = found.length - errors
  const verdict = errors > 0 ? `FAILED, ${errors} errors` : 'ok'
  process.stdout.write(
    `${step.name}: ${verdict}${warnings > 0 ? `, ${warnings} warnings` : ''} (${seconds} s)\n`,
  )
  for (const finding of found) process.stdout.write(`  ${describeFinding(finding)}\n`)
  return errors
}

let errors = 0
for (const step of steps) errors += await runStep(step)
process.stdout.write(errors > 0 ? `check failed: ${errors} errors\n` : 'check passed\n')
process.exitCode = errors > 0 ? 1 : 0
