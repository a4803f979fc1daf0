import { once } from 'node:events'
import { request } from 'node:http'
import { expect, test } from 'vitest'
import { limits } from '../../src/kernel/limits.ts'
import { toolsFor } from '../../src/mcp/server.ts'
import { send } from '../api/given.ts'
import { ended, start } from '../cli/given.ts'
import { call, overHttp, overStdio, project, served } from './given.ts'

const accept = { Accept: 'application/json, text/event-stream' }
const list = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }

test('a page of another origin, another host name and a missing key are refused before anything is answered', async () => {
  const { url } = await served(await project())
  for (const Origin of ['https://evil.example', 'http://localhost:1', 'null']) {
    const answer = await send(url, list, { ...accept, Origin })
    expect({ Origin, status: answer.status }).toEqual({ Origin, status: 403 })
    expect(answer.body.code).toBe('foreign_origin')
  }
  expect(await statusFor(url, { Host: 'daybook.example' })).toBe(403)
  const own = await send(url, list, { ...accept, Origin: new URL(url).origin })
  expect(own.status).toBe(200)
})

test('with a key, only who sends it is answered', async () => {
  const { url } = await served(await project(), 'a-key-of-some-length')
  expect((await send(url, list, accept)).status).toBe(401)
  expect((await send(url, list, { ...accept, Authorization: 'Bearer a-key-of-some-length' })).status).toBe(
    200,
  )
})

test('what is too large, too deep, no JSON or has forbidden keys is refused, and the server goes on', async () => {
  const { url } = await served(await project())
  const args = (value: unknown) => ({
    ...list,
    method: 'tools/call',
    params: { name: 'why', arguments: value },
  })
  const deep = `${'['.repeat(100)}${']'.repeat(100)}`
  const answers = [
    await send(url, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${deep}}`, accept),
    await send(url, '{', accept),
    await send(
      url,
      '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"constructor":{"x":1}}}',
      accept,
    ),
    await send(url, '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"__proto__":{"x":1}}}', accept),
    await send(url, args({ line: 'x'.repeat(limits.httpBodyBytesMax) }), accept),
  ]
  expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
    [400, 'too_nested'],
    [400, 'not_json'],
    [400, 'forbidden_key'],
    [400, 'forbidden_key'],
    [413, 'too_large'],
  ])
  expect(await statusFor(url, {})).toBe(200)
})

test('there are no sessions that could pile up: what asks for one is told so', async () => {
  const { url } = await served(await project())
  for (const method of ['GET', 'DELETE']) {
    const answer = await fetch(url, { method, headers: { ...accept, 'Mcp-Session-Id': 'made-up' } })
    expect([method, answer.status, answer.headers.get('mcp-session-id')]).toEqual([method, 405, null])
  }
})

test('tools, prompts and resources that do not exist are errors of the protocol, whatever they are called', async () => {
  const client = await overHttp((await served(await project())).url, '2025-06-18')
  for (const name of ['nonsense', 'constructor', '__proto__', 'toString', '']) {
    await expect(client.callTool({ name, arguments: {} })).rejects.toThrow(/not found|disabled/u)
    await expect(client.getPrompt({ name })).rejects.toThrow(/not found|disabled/u)
  }
  for (const uri of ['daybook://memory/nothing', 'daybook://memory/constructor', 'file:///etc/passwd'])
    await expect(client.readResource({ uri })).rejects.toThrow(/not found|no document/u)
})

test('every tool answers arguments that do not fit with a typed error that says what to mend', async () => {
  const { url, daybook } = await served(await project())
  const client = await overHttp(url, '2026-07-28')
  const events = async () => (await Array.fromAsync(daybook.project.store.readAll())).length
  const before = await events()
  const wrong = { document: '../../etc', section: 7, words: [], agent: { $ne: null }, nonsense: true }
  for (const { name } of toolsFor(null)) {
    const said = await call(client, name, wrong)
    expect([name, said.isError, said.data?.code]).toEqual([name, true, 'usage'])
    expect(said.text).not.toMatch(/\.ts:\d+|node_modules/u)
  }
  expect(await events()).toBe(before)
})

test('nobody writes as who it is not: an unknown agent, a person, another agent than the connection’s', async () => {
  const folder = await project()
  const open = await overHttp((await served(folder)).url, '2026-07-28')
  const write = { section: 'System Plans', text: '## System Plans\n\nTaken over.\n', revision: 0 }
  const codes = []
  for (const agent of ['nobody-here', 'person', 'person:Someone', 'constructor', undefined])
    codes.push((await call(open, 'write_section', { ...write, agent })).data.code)
  expect(codes).toEqual(['unknown_agent', 'unknown_agent', 'unknown_agent', 'unknown_agent', 'usage'])
  const bound = await overStdio(folder, '2025-06-18', ['--agent', 'load-runner'])
  const forged = await call(bound, 'write_section', { ...write, agent: 'system-planner' })
  expect(forged).toMatchObject({ isError: true, data: { code: 'forged_sender' } })
})

test('texts beyond their limits are refused by name; a text with half a character is none', async () => {
  const client = await overHttp((await served(await project())).url, '2025-11-25')
  const need = 'x'.repeat(limits.needCharsMax + 1)
  expect((await call(client, 'hand_off', { agent: 'system-planner', need })).text).toContain('need')
  const broken = await call(client, 'search_memory', { words: 'half \ud800' })
  expect(broken).toMatchObject({ isError: true, data: { code: 'usage' } })
})

test('on stdin, what is no protocol gets nothing but protocol; a message that is too large ends the connection', async () => {
  const folder = await project()
  const args = [
    '--dir',
    `${folder}/log`,
    '--agents',
    `${folder}/agents`,
    '--memory',
    `${folder}/memory`,
    'mcp',
  ]
  const child = start(args, { cwd: folder })
  const ran = ended(child)
  const [line] = (await Promise.all([
    once(child.stdout!, 'data'),
    child.stdin!.write(`nonsense\n{"jsonrpc":"2.0","id":1,"method":"ping"}\n`),
  ])) as [[Buffer], boolean]
  expect(JSON.parse(line.toString())).toMatchObject({ jsonrpc: '2.0', id: 1 })
  child.stdin!.on('error', () => undefined)
  child.stdin!.write('x'.repeat(limits.mcpMessageBytesMax + 10))
  const { code, stdout } = await ran
  expect(code).toBe(0)
  for (const one of stdout.split('\n').filter((text) => text !== '')) JSON.parse(one)
})

test.each(['SIGTERM', 'SIGINT'] as const)('on %s it ends in order, with its stdin open', async (signal) => {
  const folder = await project()
  const child = start(['--dir', `${folder}/log`, '--agents', `${folder}/agents`, 'mcp'], { cwd: folder })
  const ran = ended(child)
  child.stdin!.write('{"jsonrpc":"2.0","id":1,"method":"ping"}\n')
  await once(child.stdout!, 'data')
  child.kill(signal)
  expect(await ran).toMatchObject({ code: 0, signal: null })
})

/** fetch sets Host itself. */
function statusFor(url: string, headers: Record<string, string>): Promise<number> {
  const body = JSON.stringify(list)
  const sent = {
    ...accept,
    'Content-Type': 'application/json',
    'Content-Length': String(body.length),
    ...headers,
  }
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: 'POST', headers: sent }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    asked.on('error', reject)
    asked.end(body)
  })
}
