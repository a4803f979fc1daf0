import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { inProcess, type Ran } from './in-process.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The command line's entry, run by the Node that runs the tests. */
export const main = join(root, 'src/cli/main.ts')

/** The cast that Daybook ships. */
export const cast = join(root, 'agents')

/** A goal that the shipped cast takes up and hands on. */
export const goal = 'Build a REST API for orders'

export interface RunIn {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** Given on stdin. */
  readonly input?: string
  /** Of the process; on Linux as root only. */
  readonly uid?: number
  /** Another entry than that of this repository. */
  readonly main?: string
}

/** Runs one command to its end, in this process: in a tenth of the time, and one after the other. */
export function daybook(args: readonly string[], { cwd }: Pick<RunIn, 'cwd'>): Promise<Ran> {
  return inProcess(args, cwd)
}

/** Runs one command to its end in a process of its own. */
export async function spawned(
  args: readonly string[],
  { cwd, env, input, uid, main: entry = main }: RunIn,
): Promise<Ran> {
  const child = start(args, {
    cwd,
    main: entry,
    ...(env === undefined ? {} : { env }),
    ...(uid === undefined ? {} : { uid }),
  })
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(input ?? '')
  return ended(child)
}

export function start(
  args: readonly string[],
  { cwd, env, uid, main: entry = main }: Omit<RunIn, 'input'>,
): ChildProcess {
  return spawn(process.execPath, [entry, ...args], {
    cwd,
    env: { ...process.env, ...env },
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
}

export async function ended(child: ChildProcess): Promise<Ran> {
  const closed = new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve([code, signal]))
  })
  const [stdout, stderr, [code, signal]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    closed,
  ])
  return { code, signal, stdout, stderr }
}

/** The result of a command with `--json`; fails with what it said when it did not end well. */
export async function result<Result>(args: readonly string[], options: Pick<RunIn, 'cwd'>): Promise<Result> {
  const ran = await daybook([...args, '--json'], options)
  if (ran.code !== 0) throw new Error(`daybook ${args.join(' ')} ended with ${ran.code}: ${ran.stderr}`)
  return JSON.parse(ran.stdout.trimEnd().split('\n').at(-1) ?? '') as Result
}

export interface RunResult {
  readonly workflow: string
  readonly status: string
  readonly sessions: number
  readonly handoffs: number
  readonly events: number
  readonly position: string
}

/** A folder of its own, gone after the test. */
export function temporaryFolder(onEnd: (remove: () => void) => void): string {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-cli-'))
  onEnd(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A folder in which a short chain of the shipped agents was rehearsed, and what the run said. */
export async function rehearsedChain(
  onEnd: (remove: () => void) => void,
): Promise<{ folder: string; run: RunResult }> {
  const folder = temporaryFolder(onEnd)
  const args = ['run', goal, '--rehearse', '--agents', cast, '--depth', '2']
  return { folder, run: await result<RunResult>(args, { cwd: folder }) }
}

export function put(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}

/** Every file below a folder with its content, for comparison. Folders whose path begins with `except` are left out. */
export function snapshot(folder: string, except: string | null = null): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (except !== null && name.startsWith(except)) continue
    const path = join(folder, name)
    if (statSync(path).isFile()) found[name] = readFileSync(path, 'latin1')
  }
  return found
}
