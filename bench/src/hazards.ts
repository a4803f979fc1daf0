import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Case } from '../../test/security/case.ts'
import { httpCases } from '../../test/security/cases/http.ts'
import { agents, insights } from '../../test/security/targets/project.ts'
import { ask, type HttpTarget, key } from '../../test/security/targets/server.ts'

/**
 * How long a server takes to answer what is hostile: every case of HTTP in the security suite that waits for no limit
 * of its own, one at a time, with a plain GET /healthz before each one. The server is a process of its own.
 *
 * `node bench/src/hazards.ts [--times 100]`; one JSON line a figure.
 */
const flag = process.argv.indexOf('--times')
const times = flag < 0 ? 100 : Number(process.argv[flag + 1])
const folder = mkdtempSync(join(tmpdir(), 'daybook-hazards-'))
for (const place of ['agents', 'memory']) mkdirSync(join(folder, place))
for (const [name, file] of Object.entries(agents)) writeFileSync(join(folder, 'agents', `${name}.md`), file)
writeFileSync(join(folder, 'memory', 'insights.md'), insights)

const open = await serving({})
const locked = await serving({ DAYBOOK_API_KEY: key })
const target: HttpTarget = {
  url: open.url,
  canary: join(folder, 'canary'),
  ask: (sent) => ask(open.url, sent),
  askLocked: (sent) => ask(locked.url, sent),
  hasty: async () => open.url,
  state: async () => ({ events: [], documents: {}, files: {} }),
}
try {
  const plain: number[] = []
  const fired = httpCases.filter(({ waits }) => !waits)
  for (const [hazard, cases] of Map.groupBy(fired, (one) => one.hazard)) {
    const ms: number[] = []
    const codes = new Set<string>()
    for (const one of cases) for (const code of await fireMany(one, ms, plain)) codes.add(code)
    tell(`${hazard} (${cases.length} cases, ${ms.length} answers: ${[...codes].sort().join(', ')})`, ms)
  }
  tell(`GET /healthz, in between (${plain.length} answers)`, plain)
} finally {
  for (const { stop } of [open, locked]) await stop()
  rmSync(folder, { recursive: true, force: true })
}

async function fireMany(one: Case<HttpTarget>, ms: number[], plain: number[]): Promise<Set<string>> {
  const fire = await one.aim(target)
  const codes = new Set<string>()
  for (let count = 0; count < Math.ceil((times * 2) / casesLike(one)); count += 1) {
    plain.push(await timed(() => target.ask({ path: '/healthz' })))
    let code = ''
    ms.push(
      await timed(async () => {
        code = (await fire()).code
      }),
    )
    codes.add(code)
  }
  return codes
}

/** Each kind of hazard is fired about as often, however many cases it has. */
function casesLike({ hazard }: Case<HttpTarget>): number {
  return httpCases.filter((one) => one.hazard === hazard).length
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await act()
  return performance.now() - began
}

function tell(what: string, all: readonly number[]): void {
  const sorted = all.toSorted((one, other) => one - other)
  const at = (part: number) => Number((sorted[Math.ceil(sorted.length * part) - 1] ?? 0).toFixed(1))
  console.log(JSON.stringify({ what, ms: { p50: at(0.5), p99: at(0.99) } }))
}

async function serving(env: Readonly<Record<string, string>>) {
  const main = join(import.meta.dirname, '../../src/cli/main.ts')
  const places = ['--rehearsal', '--agents', 'agents', '--memory', 'memory']
  const child = spawn(process.execPath, [main, ...places, 'serve', '--port', '0', '--json'], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const { url } = JSON.parse(line) as { url: string }
  return {
    url,
    async stop() {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}
