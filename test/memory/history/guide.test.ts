import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import type { MemoryLogEntry } from '../../../src/runtime/memory/memory-log.ts'
import { daybook, goal, temporaryFolder } from '../../cli/given.ts'

const guide = readFileSync(new URL('../../../docs/memory.md', import.meta.url), 'utf8')

/** The guide's commands, as a shell divides them. */
const commands = [...guide.matchAll(/^```sh\n([\s\S]*?)^```$/gmu)]
  .flatMap((block) => block[1]!.trim().split('\n'))
  .map((line) => [...line.matchAll(/"([^"]*)"|(\S+)/gu)].map((word) => word[1] ?? word[2]!))

// Each command opens the log as a process of its own would: a busy machine takes minutes for all of them.
test('every command of the guide does what it is shown for, after a rehearsal', async () => {
  const cwd = temporaryFolder(onTestFinished)
  const ran = await daybook(['run', goal, '--rehearse', '--json'], { cwd })
  expect(ran).toMatchObject({ code: 0 })
  const log = await daybook(['--rehearsal', 'memory', 'log', '--json'], { cwd })
  const changes = JSON.parse(log.stdout) as MemoryLogEntry[]
  const { event, session, sections } = changes.find((change) => change.session !== null)!
  expect(commands.length).toBeGreaterThan(15)
  for (const [program, ...args] of commands) {
    expect(program).toBe('daybook')
    const filled = args.map((word) =>
      word.replace('EVENT', event).replace('SESSION', session!).replace('HEADING', sections[0]!.heading),
    )
    const { code, stdout, stderr } = await daybook(['--rehearsal', ...filled], { cwd })
    expect({ filled, code, stderr }).toMatchObject({ code: 0 })
    expect(stdout.trim(), filled.join(' ')).not.toBe('')
  }
}, 600_000)
