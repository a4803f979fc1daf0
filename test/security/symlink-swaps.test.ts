import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { grepTool } from '../../src/tools/grep-tool.ts'
import { readTool } from '../../src/tools/read-tool.ts'
import { writeTool } from '../../src/tools/write-tool.ts'
import { type GivenDesk, givenDesk, use } from '../tools/given-desk.ts'

async function givenSwapping(): Promise<GivenDesk> {
  const desk = await givenDesk()
  await writeFile(join(desk.outside, 'target.txt'), 'secret')
  const script = join(import.meta.dirname, 'swapping.sh')
  const swapping = spawn('bash', [script, desk.root, desk.outside], { stdio: 'ignore', detached: true })
  onTestFinished(async () => {
    const ended = once(swapping, 'exit')
    process.kill(-swapping.pid!, 'SIGKILL')
    await ended
  })
  return desk
}

const raceMs = 2_000
/** A busy machine may not get to swap anything for a while. */
const raceMsMax = 20_000

test('a link that is swapped in during a call is not followed', async () => {
  const desk = await givenSwapping()
  const counts = { own: 0, refused: 0, written: 0 }
  const signal = new AbortController().signal
  const began = performance.now()
  const isRun = () => Object.values(counts).every((count) => count > 0)
  while (performance.now() - began < (isRun() ? raceMs : raceMsMax)) {
    for (const file_path of ['real/target.txt', 'plain.txt']) {
      const read = await use(readTool(desk), { file_path })
      expect(read.output).not.toBe('secret')
      if (read.isError) counts.refused += 1
      else counts.own += 1
      const write = await use(writeTool(desk), { file_path, content: 'written' })
      if (!write.isError) counts.written += 1
    }
    const grep = await grepTool(desk.workspace).run({ pattern: 'secret' }, { key: 'k', signal })
    expect(grep).toMatchObject({ output: expect.stringContaining('Nothing was found') })
  }
  expect(await readFile(join(desk.outside, 'target.txt'), 'utf8')).toBe('secret')
  expect((await readdir(desk.outside)).filter((name) => name !== 'effects')).toEqual(['target.txt'])
  // The race was run: some calls met the file, some the link.
  expect(counts.own).toBeGreaterThan(0)
  expect(counts.refused).toBeGreaterThan(0)
  expect(counts.written).toBeGreaterThan(0)
})
