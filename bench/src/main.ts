import { spawn } from 'node:child_process'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** Every comparison, one after the other, as tables. `npm run bench -- store` runs only that one. */
const all = [
  'store',
  'kurrent',
  'seals',
  'http',
  'start-up',
  'work',
  'memory',
  'long-session',
  'hooks',
  'routing',
  'hazards',
] as const
const wanted = process.argv.slice(2)
const chosen = all.filter((name) => wanted.length === 0 || wanted.includes(name))

interface Line {
  readonly what: string
  readonly perSecond?: Readonly<Record<string, number>>
  readonly ratio?: number
  readonly ms?: Readonly<Record<string, number>>
  readonly timesFaster?: number
  readonly memoryMb?: number
  /** Plain numbers, and MiB, by what they are. */
  readonly figures?: Readonly<Record<string, number>>
  readonly mb?: Readonly<Record<string, number>>
}

console.log(
  `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 1024 ** 3)} GiB, Node ${process.versions.node}`,
)
for (const name of chosen) {
  console.log(`\n${name}`)
  const child = spawn(process.execPath, [join(import.meta.dirname, `${name}.ts`)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: child.stdout })) show(JSON.parse(line) as Line)
  if (child.exitCode !== 0 && child.exitCode !== null) process.exitCode = 1
}

function show({ what, perSecond, ratio, ms, timesFaster, memoryMb, figures, mb }: Line): void {
  console.log(`  ${what}`)
  for (const [name, rate] of Object.entries(perSecond ?? {}))
    console.log(`    ${name.padEnd(36)} ${String(rate).padStart(9)} events/s`)
  if (ratio !== undefined)
    console.log(`    ${'the first to the second'.padEnd(36)} ${ratio.toFixed(2).padStart(9)}`)
  for (const [name, each] of Object.entries(ms ?? {}))
    console.log(`    ${name.padEnd(36)} ${String(each).padStart(9)} ms`)
  for (const [name, figure] of Object.entries(figures ?? {}))
    console.log(`    ${name.padEnd(36)} ${String(figure).padStart(9)}`)
  for (const [name, size] of Object.entries(mb ?? {}))
    console.log(`    ${name.padEnd(36)} ${String(size).padStart(9)} MiB`)
  if (timesFaster !== undefined)
    console.log(`    ${'times faster'.padEnd(36)} ${timesFaster.toFixed(2).padStart(9)}`)
  if (memoryMb !== undefined) console.log(`    ${'memory'.padEnd(36)} ${String(memoryMb).padStart(9)} MiB`)
}
