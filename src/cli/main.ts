#!/usr/bin/env node
import { report } from './output.ts'
import { program } from './program.ts'

// A reader that goes away (head, less) is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

try {
  await program().parseAsync(process.argv)
} catch (error) {
  process.exitCode = report(error)
}
