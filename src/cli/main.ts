#!/usr/bin/env node
import module from 'node:module'

const nodeMajorMin = 24
const isFit = Number.parseInt(process.versions.node, 10) >= nodeMajorMin

// A hook has a tenth of a second, and never gets in the way: it loads what it needs and nothing else.
const isHook = process.argv[2] === 'hook' && !process.argv.some((arg) => arg === '--help' || arg === '-h')

if (isHook) {
  process.on('uncaughtException', () => process.exit(0))
  module.enableCompileCache()
  const { hookCommand } = isFit ? await import('./hook.ts') : { hookCommand: () => undefined }
  await hookCommand(process.argv.slice(3))
} else {
  watchOutput()
  if (isFit) await runCommand()
  else tooOld()
}

function watchOutput(): void {
  // A reader that goes away (head, less) is no failure of ours; what was found out before it left still counts.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0)
    process.stderr.write(`daybook: The result cannot be written: ${error.message}\n`)
    process.exit(1)
  })
  // Nobody listens to what is said about the work: the work goes on.
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

function tooOld(): void {
  process.stderr.write(
    `daybook: this is Node ${process.versions.node}, and Daybook needs ${nodeMajorMin} or newer. In the repository "npm run --silent daybook -- COMMAND" uses the one that npm ci installed.\n`,
  )
  process.exitCode = 1
}

async function runCommand(): Promise<void> {
  // Escapes are for terminals, whatever else the environment says about colours.
  if (!process.stdout.isTTY && !process.env.FORCE_COLOR) process.env.NO_COLOR ??= '1'
  // Halves the start of every command after the first.
  module.enableCompileCache()
  // Loaded only now: an older Node could not even read what they import.
  const { program } = await import('./program.ts')
  const { report } = await import('./output.ts')
  try {
    await program().parseAsync(process.argv)
  } catch (error) {
    process.exitCode = await report(error)
  }
}
