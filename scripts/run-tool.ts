import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'

const project = resolve(import.meta.dirname, '..')

export interface ToolResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs a program of the project's own node_modules in `cwd` and waits for its end. Rejects when it cannot be
 * started or is killed; an exit code other than 0 is a result like any other.
 */
export function runTool(name: string, args: readonly string[], cwd: string): Promise<ToolResult> {
  return new Promise((done, failed) => {
    const program = join(project, 'node_modules', '.bin', name)
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.on('error', (cause) => failed(new Error(`${program} did not start; run npm ci`, { cause })))
    child.on('close', (code, signal) => {
      if (code === null) failed(new Error(`${name} was ended by ${signal}`))
      else done({ code, stdout, stderr })
    })
  })
}
