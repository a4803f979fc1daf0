import { readSync, writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import { limits } from '../kernel/limits.ts'
import { runHook } from '../runtime/hook/run-hook.ts'

/** Said to a process that carries out what waits, beside Claude Code. */
export const catchUpFlag = '--catch-up'

/**
 * `daybook hook`: reads what Claude Code says on stdin and answers on stdout. Whatever happens it ends with 0 and
 * within `limits.hookMs`: what could not be done waits, and `daybook doctor` says why.
 */
export async function hookCommand(args: readonly string[]): Promise<void> {
  const isCatchUp = args.includes(catchUpFlag)
  const input = isCatchUp ? null : readStdin()
  const clock = { now: () => Date.now() }
  const { answer, rest } = await runHook({
    input,
    env: process.env,
    cwd: process.cwd(),
    clock,
    atEnd: 'exit',
  })
  if (rest === 'late') await goOnBeside()
  if (answer !== null) write(`${JSON.stringify(answer)}\n`)
  // Not waited for: a store that hangs, or the rest of what was cut off.
  process.exit(0)
}

/**
 * Past the stream, which takes longer to set up than all there is to read. Empty when there is nothing, or far too
 * much: input without an end is left after `limits.hookPayloadBytesMax`.
 */
function readStdin(): string {
  if (isatty(0)) return ''
  try {
    const pieces: Buffer[] = []
    for (let bytes = 0; bytes <= limits.hookPayloadBytesMax; ) {
      const piece = Buffer.allocUnsafe(pieceBytes)
      const read = readSync(0, piece)
      if (read === 0) return Buffer.concat(pieces).toString('utf8')
      pieces.push(piece.subarray(0, read))
      bytes += read
    }
    return ''
  } catch {
    return ''
  }
}

const pieceBytes = 64 * 1024

async function goOnBeside(): Promise<void> {
  const { spawn } = await import('node:child_process')
  const script = process.argv[1]
  if (script === undefined) return
  const child = spawn(process.execPath, [script, 'hook', catchUpFlag], { detached: true, stdio: 'ignore' })
  child.on('error', () => undefined)
  child.unref()
}

/** Past the stream, which takes longer to set up than all there is to say. A reader that is slow is waited for, one that is gone is not. */
function write(text: string): void {
  let rest = Buffer.from(text)
  for (let tries = 0; rest.length > 0 && tries < writeTriesMax; tries += 1)
    try {
      rest = rest.subarray(writeSync(1, rest))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    }
}

const writeTriesMax = 1_000
