import { spawn } from 'node:child_process'
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
  const input = isCatchUp ? null : await readStdin()
  const clock = { now: () => Date.now() }
  const { answer, rest } = await runHook({ input, env: process.env, cwd: process.cwd(), clock })
  if (rest === 'late') goOnBeside()
  if (answer !== null) await written(`${JSON.stringify(answer)}\n`)
  // Not waited for: a store that hangs, or the rest of what was cut off.
  process.exit(0)
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > limits.hookPayloadBytesMax) return ''
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function goOnBeside(): void {
  const script = process.argv[1]
  if (script === undefined) return
  const child = spawn(process.execPath, [script, 'hook', catchUpFlag], { detached: true, stdio: 'ignore' })
  child.on('error', () => undefined)
  child.unref()
}

function written(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()))
}
