import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { expiry } from '../../src/cli/commands/keys.ts'
import { agentFile } from '../api/given.ts'
import { inProcess } from './in-process.ts'

function projectFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-keys-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, '.claude/agents'), { recursive: true })
  const about = { description: 'Writes texts for people', heading: 'Texts' }
  writeFileSync(join(folder, '.claude/agents/text-writer.md'), agentFile('text-writer', about))
  return folder
}

test('a key is made, listed and revoked; it is shown once', async () => {
  const folder = projectFolder()
  const made = await inProcess(
    ['keys', 'create', 'night shift', '--role', 'operator', '--expires', '30 days'],
    folder,
  )
  expect(made).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^daybook_[0-9a-f]{16}_[\w-]{43}\n$/u),
  })
  const listed = await inProcess(['keys', 'list', '--json'], folder)
  const [key] = JSON.parse(listed.stdout)
  expect(key).toMatchObject({ name: 'night shift', role: 'operator', agent: null, status: 'active' })
  expect(listed.stdout + listed.stderr).not.toContain(made.stdout.trim().slice(-43))
  const log = await inProcess(['log', '--json'], folder)
  expect(log.stdout).toContain('KeyCreated')
  expect(log.stdout).not.toContain(made.stdout.trim().slice(-43))
  expect((await inProcess(['keys', 'create', 'night shift', '--role', 'reader'], folder)).code).toBe(1)
  const revoked = await inProcess(['keys', 'revoke', 'night shift', '--json'], folder)
  expect(JSON.parse(revoked.stdout)).toMatchObject({ id: key.id, status: 'revoked' })
  expect((await inProcess(['keys', 'create', 'night shift', '--role', 'reader'], folder)).code).toBe(0)
})

test("an agent's key is for an agent that is registered", async () => {
  const folder = projectFolder()
  const create = ['keys', 'create', 'writer', '--role', 'agent', '--json']
  expect((await inProcess(create, folder)).stderr).toContain('say which')
  const unknown = await inProcess([...create, '--agent', 'text-riter'], folder)
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('text-writer') })
  const made = await inProcess([...create, '--agent', 'text-writer'], folder)
  expect(JSON.parse(made.stdout)).toMatchObject({ role: 'agent', agent: 'text-writer', status: 'active' })
})

test('wrong words end with 2', async () => {
  const folder = projectFolder()
  for (const words of [
    ['x'],
    ['x', '--role', 'root'],
    ['-x', '--role', 'admin'],
    ['x', '--role', 'admin', '--expires', 'soon'],
  ])
    expect((await inProcess(['keys', 'create', ...words], folder)).code, words.join(' ')).toBe(2)
})

test('a key expires at a time, or after a while', () => {
  const nowMs = Date.parse('2026-03-01T09:00:00.000Z')
  expect(expiry('30 days', nowMs)).toBe('2026-03-31T09:00:00.000Z')
  expect(expiry('in 2 hours', nowMs)).toBe('2026-03-01T11:00:00.000Z')
  expect(expiry('2027-01-31', nowMs)).toBe('2027-01-31T00:00:00.000Z')
  for (const text of ['soon', '0', '', '5', 'tomorrow', '2027-99-99'])
    expect(() => expiry(text, nowMs), text).toThrow(/expected an ISO time/u)
})
