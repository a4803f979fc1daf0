import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { manualClock } from '../../src/kernel/clock.ts'
import { readAgentFolder } from '../../src/runtime/agent-folder.ts'
import { events as catalogue } from '../../src/runtime/catalogue.ts'
import { placeOf, syncAgents } from '../../src/runtime/sync-agents.ts'
import { Codec } from '../../src/store/codec.ts'
import { MemoryLog, MemoryStore } from '../../src/store/memory.ts'
import { type EventStore, StoreError } from '../../src/store/port.ts'

let folder: string
let log: MemoryLog
let store: MemoryStore
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'daybook-sync-'))
  log = new MemoryLog()
  store = open()
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

const open = () =>
  new MemoryStore({ codec: new Codec(catalogue), clock: manualClock(1_600_000_000_000), log })

function put(name: string, more = '', file = `${name}.md`) {
  const text = `---\nname: ${name}\ndescription: about ${name}\n---\nYou are ${name}.\n${more}`
  writeFileSync(join(folder, file), text)
}
const worksWith = (list: string) => `### Collaboration Patterns\n- **Works well with**: ${list}\n`

async function sync(place = 'crew', from = folder, to: EventStore = store) {
  return syncAgents({ store: to, folder: await readAgentFolder(from), place })
}
async function logged(): Promise<string[]> {
  const found: string[] = []
  for await (const event of store.readAll()) found.push(`${event.type} ${event.stream}#${event.revision}`)
  return found
}
const names = (agents: readonly { agent: string }[]) => agents.map(({ agent }) => agent)

test('a new folder is registered in the order of its paths; the second time nothing happens', async () => {
  put('Ship Cook')
  put('pilot')
  const first = await sync()
  expect(await logged()).toEqual(['AgentRegistered agent-ship-cook#0', 'AgentRegistered agent-pilot#0'])
  expect(names(first.registered)).toEqual(['Ship Cook', 'pilot'])
  const second = await sync()
  expect(second).toEqual({ registered: [], revised: [], retired: [], kept: [], roster: first.roster })
  expect(await logged()).toHaveLength(2)
})

test('the event holds the file exactly and what was read from it', async () => {
  put('cook', worksWith('pilot (fog)'))
  put('pilot')
  await sync()
  const events = []
  for await (const event of store.readStream('agent-cook')) events.push(event)
  expect(events[0]!.data).toMatchObject({
    name: 'cook',
    source: 'crew//cook.md',
    file: expect.stringMatching(/^---\nname: cook\n/u),
    definition: { worksWith: [{ raw: 'pilot (fog)', target: 'pilot', note: 'fog' }] },
  })
  expect(events[0]!.meta.actor).toEqual({ kind: 'coordinator', id: 'daybook' })
})

test('a changed file is revised, a file that is gone retires its agent, a returning one is registered', async () => {
  put('cook')
  put('pilot')
  await sync()
  put('cook', 'More.')
  rmSync(join(folder, 'pilot.md'))
  const changed = await sync()
  expect([names(changed.revised), names(changed.retired), names(changed.roster)]).toEqual([
    ['cook'],
    ['pilot'],
    ['cook'],
  ])
  put('pilot')
  expect(names((await sync()).registered)).toEqual(['pilot'])
  expect(await logged()).toEqual([
    'AgentRegistered agent-cook#0',
    'AgentRegistered agent-pilot#0',
    'AgentRevised agent-cook#1',
    'AgentRetired agent-pilot#1',
    'AgentRegistered agent-pilot#2',
  ])
})

test('an agent that moved inside its folder, and one that only touched its file, are the same', async () => {
  put('cook')
  await sync()
  rmSync(join(folder, 'cook.md'))
  mkdirSync(join(folder, 'galley'))
  put('cook', '', 'galley/cook.md')
  await sync()
  expect(await logged()).toHaveLength(1)
})

test('a renamed agent: the old name retires, the new one is registered', async () => {
  put('cook')
  await sync()
  put('chef', '', 'cook.md')
  const { registered, retired } = await sync()
  expect([names(registered), names(retired)]).toEqual([['chef'], ['cook']])
})

test('a partner that appears later is found: the definition changed, though the file did not', async () => {
  put('cook', worksWith('pilot'))
  await sync()
  put('pilot')
  expect(names((await sync()).revised)).toEqual(['cook'])
  expect((await sync()).revised).toEqual([])
})

test('a file that cannot be loaded now keeps its agent as it was', async () => {
  put('cook')
  await sync()
  writeFileSync(join(folder, 'cook.md'), '---js\nx\n---\n')
  const { kept, retired, roster } = await sync()
  expect(kept).toEqual([{ agent: 'cook', reason: expect.stringContaining('cook.md cannot be loaded') }])
  expect([retired, roster]).toEqual([[], []])
})

test('a folder that was not read to its end retires nobody', async () => {
  put('cook')
  await sync()
  rmSync(join(folder, 'cook.md'))
  const cut = { ...(await readAgentFolder(folder)), complete: false }
  const { kept, retired } = await syncAgents({ store, folder: cut, place: 'crew' })
  expect([names(kept), retired]).toEqual([['cook'], []])
})

test('two folders and one log: each retires only its own', async () => {
  const other = mkdtempSync(join(tmpdir(), 'daybook-sync-'))
  writeFileSync(join(other, 'diver.md'), '---\nname: diver\ndescription: d\n---\n')
  put('cook')
  await sync('crew')
  const second = await sync('crew/night', other)
  expect(names(second.roster)).toEqual(['diver'])
  rmSync(join(other, 'diver.md'))
  expect(names((await sync('crew', folder)).retired)).toEqual([])
  expect(names((await sync('crew/night', other)).retired)).toEqual(['diver'])
  rmSync(other, { recursive: true })
})

test('several processes at once register every agent once', async () => {
  for (let at = 0; at < 10; at += 1) put(`agent-${at}`)
  const read = await readAgentFolder(folder)
  const stores = [open(), open(), open()]
  const results = await Promise.all(
    stores.map((one) => syncAgents({ store: one, folder: read, place: 'crew' })),
  )
  expect(await logged()).toHaveLength(10)
  expect(results.flatMap(({ registered }) => registered)).toHaveLength(10)
  expect(results[1]!.roster).toEqual(results[0]!.roster)
  await Promise.all(stores.map((one) => one.close()))
})

test('a lost answer does no harm: the same append is sent again', async () => {
  put('cook')
  let lost = true
  const flaky: EventStore = new Proxy(store, {
    get(target, key) {
      if (key !== 'append') {
        const value = Reflect.get(target, key, target)
        return typeof value === 'function' ? value.bind(target) : value
      }
      return async (...call: Parameters<EventStore['append']>) => {
        const appended = await target.append(...call)
        if (!lost) return appended
        lost = false
        throw new StoreError('unknown_outcome', 'the answer was lost')
      }
    },
  })
  expect(names((await sync('crew', folder, flaky)).registered)).toEqual(['cook'])
  expect(await logged()).toHaveLength(1)
})

test('a folder is known by its path from the project', () => {
  mkdirSync(join(folder, '.claude/agents'), { recursive: true })
  expect(placeOf('.claude/agents', folder)).toBe('.claude/agents')
  expect(placeOf(folder, folder)).toBe('.')
  expect(placeOf(folder, join(folder, '.claude'))).toMatch(/^\/.*daybook-sync-/u)
})
