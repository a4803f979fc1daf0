import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '../../../src/runtime/open-store.ts'
import { daybook } from '../../cli/given.ts'
import type { Ran } from '../../cli/in-process.ts'
import type { Answered, State, Target, Work } from '../case.ts'
import { agents, insights } from './project.ts'
import { filesIn } from './server.ts'

/** A project with a log of its own, a fresh one for every case, at which commands are run. */
export interface CommandTarget extends Target {
  readonly folder: string
  /** The log's file. */
  readonly log: string
  /** Runs a command in this process, in the folder, on the log. */
  run(...args: readonly string[]): Promise<Ran>
  close(): void
}

const rehearsal = ['--rehearsal', '--agents', 'agents', '--memory', 'memory']

/** What every command begins with. */
export const placed = (...args: readonly string[]): string[] => [...rehearsal, ...args]

let template: Promise<string> | undefined

/** Three agents, a memory, and a log in which a goal was played and sealed. Made once in a process. */
async function madeTemplate(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-security-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const place of ['agents', 'memory', 'outside']) mkdirSync(join(folder, place))
  for (const [name, file] of Object.entries(agents)) writeFileSync(join(folder, 'agents', `${name}.md`), file)
  writeFileSync(join(folder, 'memory', 'insights.md'), insights)
  writeFileSync(join(folder, 'outside', 'secret.md'), 'kept')
  const goal = 'Plan the upload service'
  const played = await daybook([...rehearsal, 'run', goal, '--rehearse', '--entry', 'system-planner'], {
    cwd: folder,
  })
  if (played.code !== 0) throw new Error(`the template cannot be made: ${played.stderr}`)
  return folder
}

export async function commandTarget(): Promise<CommandTarget> {
  template ??= madeTemplate()
  const made = await template
  const folder = mkdtempSync(join(tmpdir(), 'daybook-security-'))
  cpSync(made, folder, { recursive: true })
  const log = join(folder, '.daybook', 'rehearsal', 'log.db')
  return {
    folder,
    log,
    canary: join(folder, 'canary'),
    run: (...args) => daybook(placed(...args), { cwd: folder }),
    state: () => stateOf(folder, log),
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** An exit code with what was said about it. */
export function exited({ code, stderr, stdout }: Ran, ...work: readonly Work[]): Answered {
  const said = {
    limit: 'toolOutputBytesMax',
    used: Buffer.byteLength(stderr) + Buffer.byteLength(stdout),
  } as const
  return { code: `exit ${code}`, says: stderr + stdout, work: [said, ...work] }
}

async function stateOf(folder: string, log: string): Promise<State> {
  const documents = filesIn(folder, ['memory'])
  return { events: await eventsOf(log), documents, files: filesIn(folder, ['agents', 'outside']) }
}

async function eventsOf(log: string): Promise<State['events']> {
  const store = await openStore(log, { clock: { now: () => Date.now() }, mode: 'read' })
  try {
    const events = await Array.fromAsync(store.readAll())
    return events
      .filter(({ type }) => type !== 'LogSealed')
      .map((event) => ({ type: event.type, stream: event.stream, text: JSON.stringify(event) }))
  } finally {
    await store.close()
  }
}

/** The bytes of a log's files, as a text that can be compared; empty where there is none. */
export function bytesOf(path: string): string {
  return existsSync(path) ? readFileSync(path, 'latin1') : ''
}
