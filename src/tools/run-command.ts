import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { limits } from '../kernel/limits.ts'
import { codeOf, ToolProblem } from './problem.ts'

export interface Command {
  readonly command: string
  /** Absolute; where it runs. */
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Stands in the environment of everything the command starts, so that none of it is left behind. */
  readonly mark: string
}

export interface CommandEnd {
  /** Standard output and errors as they came; what is beyond `limits.bashOutputBytesMax` is only counted. */
  readonly output: string
  readonly bytesLeftOut: number
  readonly code: number | null
  readonly ended: 'itself' | 'timeout'
}

export const markVariable = 'DAYBOOK_CALL'

/**
 * Runs a command in bash, in a process group of its own and without input. Whatever it started ends with it: the
 * group, and on Linux also what left the group and still carries the mark. Rejects when `signal` aborts,
 * after everything has ended; with a `ToolProblem` when bash cannot be started.
 */
export async function runCommand(asked: Command): Promise<CommandEnd> {
  asked.signal.throwIfAborted()
  const child = spawn('/bin/bash', ['--noprofile', '--norc', '-c', asked.command], {
    cwd: asked.cwd,
    env: { ...asked.env, [markVariable]: asked.mark },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const collected = collect([child.stdout, child.stderr])
  const exited = (once(child, 'exit') as Promise<[number | null]>).catch((error: unknown) => {
    throw new ToolProblem(`bash cannot be started in the workspace (${codeOf(error) ?? error}).`)
  })
  const closed = once(child, 'close')
  closed.catch(() => undefined)
  const [code, ended] = await firstOf(child, exited, asked)
  await endGroup(child, asked.mark)
  await Promise.race([closed.catch(() => undefined), sleep(limits.bashKillMs)])
  child.stdout.destroy()
  child.stderr.destroy()
  asked.signal.throwIfAborted()
  return { ...collected(), code, ended }
}

/** Waits for the command's own end, its time, or an abort; those it gets a friendly signal for first. */
async function firstOf(
  child: ChildProcess,
  exited: Promise<[number | null]>,
  { timeoutMs, signal }: Command,
): Promise<[number | null, CommandEnd['ended']]> {
  const timer = new AbortController()
  const stop = AbortSignal.any([timer.signal, signal])
  const late = sleep(timeoutMs, 'late' as const, { signal: stop }).catch(() => 'aborted' as const)
  try {
    const first = await Promise.race([exited, late])
    if (first !== 'late' && first !== 'aborted') return [first[0], 'itself']
    signalGroup(child, 'SIGTERM')
    await Promise.race([exited, sleep(limits.bashKillMs)])
    return [null, 'timeout']
  } finally {
    timer.abort()
  }
}

async function endGroup(child: ChildProcess, mark: string): Promise<void> {
  signalGroup(child, 'SIGKILL')
  for (const pid of await marked(mark)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended meanwhile.
    }
  }
}

function signalGroup({ pid }: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // Nobody is left in the group.
  }
}

/** Processes that carry the mark: they left the group (setsid), which ends its members only. */
async function marked(mark: string): Promise<number[]> {
  if (process.platform !== 'linux') return []
  const entries = await readdir('/proc').catch(() => [] as string[])
  const pids = entries.filter((name) => /^\d+$/u.test(name))
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')
      return environment.split('\0').includes(`${markVariable}=${mark}`) ? [Number(pid)] : []
    }),
  )
  return found.flat()
}

function collect(streams: readonly Readable[]): () => { output: string; bytesLeftOut: number } {
  const chunks: Uint8Array[] = []
  let kept = 0
  let bytesLeftOut = 0
  const take = (chunk: Uint8Array) => {
    const part = chunk.subarray(0, Math.max(0, limits.bashOutputBytesMax - kept))
    if (part.byteLength > 0) chunks.push(part)
    kept += part.byteLength
    bytesLeftOut += chunk.byteLength - part.byteLength
  }
  for (const stream of streams) stream.on('data', take).on('error', () => undefined)
  return () => ({ output: new TextDecoder().decode(Buffer.concat(chunks)), bytesLeftOut })
}
