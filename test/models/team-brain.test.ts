import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { answerOf, ask, request } from './ask.ts'

test('the server runs as a process of its own: it prints its address, plays, and ends when told', async () => {
  const main = fileURLToPath(new URL('server/main.ts', import.meta.url))
  const child = spawn(process.execPath, [main], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const url = line.toString().trim()
  const system = 'You write.\n\n## Session Summary\n**Work Done**: [What]\n**Collaboration Needs**: [Who]\n'
  const { content, stopReason } = answerOf(await ask(url, { request: { system } }))
  expect(stopReason).toBe('end_turn')
  expect(content[0]?.text).toBe(
    '## Session Summary\n\n**Work Done**: as played\n**Collaboration Needs**: none',
  )
  const opening = 'You keep "## Notes" in insights.md. Do what is needed.'
  const messages = [{ ...request.messages[0]!, content: opening }]
  expect(answerOf(await ask(url, { request: { messages } })).content[1]).toMatchObject({
    name: 'memory',
    input: { command: 'write_section', document: 'insights', heading: 'Notes' },
  })
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
})
