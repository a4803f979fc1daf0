import { describe, expect, onTestFinished, test } from 'vitest'
import { commandLine } from '../../src/cli/context.ts'
import { resolveSettings } from '../../src/runtime/settings.ts'
import { daybook, goal, result, temporaryFolder } from './given.ts'

/** What is said to be typed next, without the program's name. */
function hinted(text: string): string[] {
  return [...text.matchAll(/(?:: |^(?:next|memory) +)daybook (.*?)(?: {2,}.*)?$/gmu)].map(
    ([, next]) => next ?? '',
  )
}

describe('what is said to be typed next is about the place that the command was about', () => {
  test('a log that a flag named', async () => {
    const cwd = temporaryFolder(onTestFinished)
    const at = ['--dir', 'my log', '--memory', 'notes']
    const ran = await daybook(['run', goal, '--rehearse', ...at], { cwd })
    expect(hinted(ran.stdout)).toEqual(["--dir 'my log' --memory notes --rehearsal handoffs show ID"])
    const says = async (...args: string[]) => hinted((await daybook(args, { cwd })).stdout)
    expect(await says('export', 'log.jsonl', ...at)).toEqual([])
    expect(await says('import', 'log.jsonl', '--dir', 'other')).toEqual(['--dir other rebuild'])
    expect(await says('backup', 'a copy', '--dir', 'other')).toEqual([`--dir other restore '${cwd}/a copy'`])
    expect(await says('restore', 'a copy', '--dir', 'third')).toEqual(['--dir third rebuild'])
    expect(await says('restore', 'a copy')).toEqual(['rebuild'])
    expect(await says('restore', 'a copy', '--rehearsal')).toEqual(['--rehearsal rebuild'])
    const store = ['--store', 'sqlite:fourth.db']
    expect(await says('import', 'log.jsonl', ...store)).toEqual(['--store sqlite:fourth.db rebuild'])
    const [{ id }] = await result<[{ id: string }]>(['workflows', ...at], { cwd })
    const forked = await says('workflows', 'fork', id, '--at', 'now', ...at)
    expect(forked).toEqual(["--dir 'my log' --memory notes run --resume"])
  }, 60_000)

  test('what was typed next does what it says there, and the whole of a filter goes with it', async () => {
    const cwd = temporaryFolder(onTestFinished)
    await daybook(['run', goal, '--rehearse', '--dir', 'x'], { cwd })
    const first = await daybook(['log', '--dir', 'x', '--type', 'Handoff', '--limit', '1', '--json'], { cwd })
    const [next = ''] = hinted(first.stderr)
    expect(next).toMatch(/^--dir x log --after \d+ --type Handoff$/u)
    const second = await daybook([...next.split(' '), '--limit', '1', '--json'], { cwd })
    expect(JSON.parse(second.stdout)).toMatchObject({ type: expect.stringMatching(/^Handoff/u) })
  }, 60_000)

  test('a password in an address is not said again', () => {
    const store = 'esdb://ada:s3cret-pass-word@host:2113'
    const settings = resolveSettings({ store }, {}, '/')
    const line = commandLine({ settings, options: { store }, url: null }, 'rebuild')
    expect(line).toBe('daybook --store URL rebuild')
  })
})
