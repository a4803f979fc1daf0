import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { ended, main, spawned, start } from '../../cli/given.ts'
import { startMessagesServer } from '../../models/server/messages-server.ts'
import { casesFor, type Expected, type LimitName } from '../case.ts'
import { planted } from '../planted.ts'
import { type CommandTarget, exited, placed } from '../targets/command-line.ts'

const refused = (code: string, says: RegExp): Expected => ({ kind: 'refused', code, says })
const secret = planted['a GitHub token']!

const runs = (name: string, expects: Expected, ...args: readonly string[]) => ({
  name,
  expects,
  aim: async (target: CommandTarget) => async () => exited(await target.run(...args)),
})

/** What was said must not repeat a secret that was given as an argument. */
const keeps = (name: string, expects: Expected, ...args: readonly string[]) => ({
  name,
  expects,
  aim: async (target: CommandTarget) => async () => {
    const answered = exited(await target.run(...args))
    return answered.says.includes(secret) ? { ...answered, wrong: 'the key is repeated' } : answered
  },
})

/** Whatever is written into a process until it no longer takes any; gives the bytes that it took. */
async function flood(into: Writable, piece: string): Promise<number> {
  let taken = 0
  let open = true
  for (const event of ['error', 'close'] as const) into.once(event, () => (open = false))
  while (open) {
    const done = new Promise<boolean>((resolve) => into.write(piece, (error) => resolve(error == null)))
    if (
      !(await Promise.race([
        done,
        once(into, 'close').then(
          () => false,
          () => false,
        ),
      ]))
    )
      break
    taken += piece.length
  }
  return taken
}

/** A pipe and Node's own buffers hold some of what nobody reads. */
const bufferedBytes = 512 * 1024

interface Endless {
  readonly name: string
  readonly args: readonly string[]
  readonly piece: string
  readonly limit: LimitName
  /** How many of the limit's unit are taken at most: an escaped character counts as several. */
  readonly times?: number
  readonly expects: Expected
}

const endless = ({ name, args, piece, limit, times = 1, expects }: Endless) => ({
  name,
  expects,
  aim: async (target: CommandTarget) => async () => {
    const child = start(args[0] === 'hook' ? args : placed(...args), { cwd: target.folder })
    const end = ended(child)
    const taken = await flood(child.stdin!, piece)
    return exited(await end, { limit, used: Math.max(0, taken - bufferedBytes) / times })
  },
})

const hasFullDisk = existsSync('/dev/full')
if (!hasFullDisk) console.warn('SKIPPED: a disk that is full is /dev/full, which is not here')

/** What a command writes meets a disk without room. */
const ontoFullDisk = (name: string, ...args: readonly string[]) => ({
  name,
  expects: refused('exit 1', /ENOSPC|no space/iu),
  aim: async (target: CommandTarget) => async () => {
    const shell = ['-c', 'exec "$0" "$@" > /dev/full', process.execPath, main, ...placed(...args)]
    const { status, stderr } = spawnSync('sh', shell, { cwd: target.folder, encoding: 'utf8' })
    return exited({ code: status, signal: null, stdout: '', stderr })
  },
})

const isRoot = process.getuid?.() === 0
const nobody = 65_534

/** Nobody may write into the project any more; who runs the command is no exception. */
function readOnly(target: CommandTarget): { readonly uid?: number } {
  chmodSync(target.folder, 0o755)
  execFileSync('chmod', ['-R', 'a-w,a+rX', target.folder])
  return isRoot ? { uid: nobody } : {}
}

const onReadOnlyDisk = (name: string, ...args: readonly string[]) => ({
  name,
  expects: refused('exit 1', /read-only|may not be written|cannot be made|permission|EACCES/iu),
  aim: async (target: CommandTarget) => {
    const as = readOnly(target)
    return async () => {
      const ran = await spawned(placed(...args), { cwd: target.folder, ...as })
      if (!isRoot) execFileSync('chmod', ['-R', 'u+w', target.folder])
      return exited(ran)
    }
  },
})

async function firstBytes(stream: Readable): Promise<void> {
  await once(stream, 'data')
  stream.destroy()
}

export const commandCases = casesFor<CommandTarget>()('command line', {
  'values that start with a dash': [
    runs('a goal', refused('exit 2', /unknown option|--/u), 'run', '--rehearse', '--plan', '-rf'),
    runs('a name', refused('exit 2', /unknown option/u), 'agents', 'show', '--version-of-evil'),
    runs('after --', refused('exit 1', /-rf|There is no/u), 'agents', 'show', '--', '-rf'),
    runs('an id', refused('exit 1', /There is no/u), 'handoffs', 'show', '--', '--help'),
    runs('of an option', refused('exit 2', /-evil/u), 'route', '--from=-evil', '--need', 'x'),
  ],
  'read-only disks': [
    onReadOnlyDisk('a key', 'keys', 'create', 'phone', '--role', 'reader'),
    onReadOnlyDisk('a run', 'run', 'Plan it', '--rehearse', '--entry', 'system-planner'),
    onReadOnlyDisk('an export', 'export', 'out.jsonl'),
  ],
  'full disks': hasFullDisk
    ? [
        ontoFullDisk('the log', 'log', '--json'),
        ontoFullDisk('an export', 'export', '-'),
        ontoFullDisk('a list', 'agents'),
      ]
    : [],
  'keys on the command line': [
    keeps(
      'as an option that there is not',
      refused('exit 2', /unknown option/u),
      'serve',
      `--api-key=${secret}`,
    ),
    keeps('as a name', refused('exit 2', /\w/u), 'keys', 'create', `${secret}/`, '--role', 'reader'),
    keeps('as an id', refused('exit 1', /There is no/u), 'sessions', 'show', secret),
    keeps('as an argument too many', refused('exit 2', /too many arguments/u), 'keys', 'list', secret),
  ],
  'SIGINT in the middle': [
    {
      name: 'a run whose model does not answer',
      expects: {
        kind: 'harmless',
        code: 'exit 1',
        as: 'the run stops where it is, and can be resumed',
        records: [
          'WorkflowStarted',
          'HandoffRequested',
          'HandoffRouted',
          'HandoffAccepted',
          'HandoffProgressed',
          'SessionStarted',
          'ContextGiven',
          'SectionRead',
          'ModelCalled',
          'ModelFailed',
          'SessionPaused',
          'WorkflowPaused',
        ],
      },
      aim: async (target) => async () => {
        const server = await startMessagesServer({ script: () => new Promise<never>(() => undefined) })
        const env = { ANTHROPIC_API_KEY: 'test', ANTHROPIC_BASE_URL: server.url }
        const child = start(
          [
            '--dir',
            dirname(target.log),
            '--agents',
            'agents',
            '--memory',
            'memory',
            'run',
            'Plan it',
            '--entry',
            'system-planner',
          ],
          {
            cwd: target.folder,
            env,
          },
        )
        const end = ended(child)
        while (server.requests.length === 0 && child.exitCode === null)
          await new Promise((next) => setTimeout(next, 20))
        child.kill('SIGINT')
        const work = { limit: 'modelAttemptsMax', used: server.requests.length } as const
        try {
          return exited(await end, work)
        } finally {
          await server.close()
        }
      },
    },
  ],
  'closed pipes': [
    {
      name: 'a reader that takes one line of the log',
      expects: { kind: 'harmless', code: 'exit 0', as: 'the command ends quietly', records: [] },
      aim: async (target) => async () => {
        const child = start(placed('log', '--json'), { cwd: target.folder })
        child.stderr?.resume()
        const end = once(child, 'exit')
        await firstBytes(child.stdout!)
        const [code] = (await end) as [number | null]
        return { code: `exit ${code}`, says: 'ended', work: [{ limit: 'eventBytesMax', used: 1 }] }
      },
    },
  ],
  'endless input': [
    endless({
      name: 'an import of one line',
      args: ['import', '-'],
      piece: 'x'.repeat(65_536),
      limit: 'eventBytesMax',
      times: 9,
      expects: refused('exit 1', /more than \d+ characters/u),
    }),
    endless({
      name: 'an import of lines that are no events',
      args: ['import', '-'],
      piece: '{}\n'.repeat(20_000),
      limit: 'eventBytesMax',
      expects: refused('exit 1', /[Ll]ine 1/u),
    }),
    endless({
      name: 'a summary',
      args: ['handoffs', 'complete', 'nothing', '--epoch', '1', '--summary', '-'],
      piece: 'x'.repeat(65_536),
      limit: 'summaryCharsMax',
      times: 2,
      expects: refused('exit 1', /stdin has more than 100000 characters/u),
    }),
    endless({
      name: "a hook's payload",
      args: ['hook'],
      piece: `{"a":"${'x'.repeat(65_536)}`,
      limit: 'hookPayloadBytesMax',
      times: 1.1,
      expects: { kind: 'harmless', code: 'exit 0', as: 'a hook is never in the way', records: [] },
    }),
    endless({
      name: 'a message of MCP',
      args: ['mcp'],
      piece: `{"jsonrpc":"2.0","id":1,"method":"${'x'.repeat(65_536)}`,
      limit: 'mcpMessageBytesMax',
      times: 2,
      expects: refused('exit 0', /exceeded maximum size of 1048576/u),
    }),
  ],
})
