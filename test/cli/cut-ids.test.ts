import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { newFolder, served } from '../api/given.ts'
import { alike, at, copyOf, type Name, type Rehearsed, rehearsed } from './url-given.ts'

const folder = mkdtempSync(join(tmpdir(), 'daybook-cut-ids-'))
let given: Rehearsed
beforeEach(async () => {
  given ??= await rehearsed(folder)
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Form = (name: Name) => string
const whole: Form = (name) => given.ids[name]
/** Ids of workflows and events begin with their time, those of one millisecond alike. */
const cut: Form = (name) => given.ids[name].slice(0, given.ids[name].includes('-') ? 30 : 10)

/** A line as a shell takes it, with double quotes only. */
function split(line: string, form: Form): string[] {
  const said = line.replace(/<(\w+)>/gu, (_, name: Name) => form(name))
  return [...said.matchAll(/"([^"]*)"|(\S+)/gu)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}

/** What was named is said again as it was named. */
function allCut(text: string): string {
  const names = Object.keys(given.ids) as Name[]
  return alike(
    names.reduce((left, name) => left.replaceAll(whole(name), cut(name)), text),
    folder,
  )
}

/** Every command and option that takes an id, where it changes nothing. */
const questions = [
  'workflows show <workflow>',
  'handoffs show <handoff>',
  'handoffs --workflow <workflow>',
  'handoffs dead-letters --workflow <workflow>',
  'sessions show <session>',
  'sessions --workflow <workflow>',
  'memory influence <session>',
  'memory undo <session>',
  'undo <session>',
  'prove <workflow>',
  'prove <session>',
  'log --workflow <workflow> --type Handoff',
  'log --after session:<session> --limit 1',
  'tail --workflow <workflow>',
  'memory show --at session:<session>',
  'memory show --at event:<event>',
  'memory blame --at session:<session>',
  'memory diff event:<event> session:<session>',
  'why 1 --at session:<session>',
  'route --need "Run load tests" --at session:<session>',
  'route replay --since session:<session> --json',
  'projections show session-transcript <session>',
]

/** Each does something, so that each has a log of its own. */
const orders = [
  'workflows pause <running>',
  'workflows cancel <running>',
  'workflows raise <running> --cost 900',
  'workflows fork <workflow> --at session:<session>',
  'handoffs accept <open>',
  'handoffs complete <open> --summary summary.md --as-it-is',
  'handoffs redrive <returned> --to load-runner',
  'handoffs cancel <returned>',
  'handoffs supply <open> --provide "A=b"',
  'sessions decide <unsure> --skip',
  'sessions approve <asking>',
  'sessions cancel <asking>',
  'memory restore load-results --at session:<session>',
  'memory undo <session> --yes',
  'evidence export <workflow> evidence',
]

describe('an id may be cut to its beginning', () => {
  test('in every question, here and on a server: the answer is that of the whole id', async () => {
    const server = await served({ folder })
    const different: unknown[] = []
    for (const line of questions) {
      const expected = await at({ folder, url: null }, split(line, whole))
      if (expected.code !== 0) different.push({ line, expected })
      for (const url of [null, server.url]) {
        const told = await at({ folder, url }, split(line, cut))
        const same = told.code === 0 && allCut(told.stdout) === allCut(expected.stdout)
        if (!same) different.push({ line, url, told, expected: expected.stdout.slice(0, 300) })
      }
    }
    expect(different).toEqual([])
  }, 120_000)

  test.each(orders)(
    '%s',
    async (line) => {
      const copy = copyOf(folder, newFolder())
      const summary = join(copy, 'summary.md')
      writeFileSync(summary, '**Work done**: it ran.\n')
      const inCopy = (arg: string) => (arg === 'summary.md' ? summary : arg)
      const args = split(line, cut).map((arg, nth) =>
        nth > 2 && arg === 'evidence' ? join(copy, arg) : inCopy(arg),
      )
      if (/complete/u.test(line)) await at({ folder: copy, url: null }, ['handoffs', 'accept', cut('open')])
      const told = await at({ folder: copy, url: null }, args)
      expect(told).toMatchObject({ code: 0 })
      expect(told.stderr).not.toMatch(/There is no/u)
    },
    60_000,
  )
})

/** Each kind of id in each way of giving it: one that is not there, and the beginning of several. */
const kinds = [
  [
    'workflow',
    '"daybook workflows" lists them.',
    [
      'workflows show',
      'workflows pause',
      'sessions --workflow',
      'handoffs --workflow',
      'handoffs dead-letters --workflow',
      'log --workflow',
      'tail --workflow',
    ],
  ],
  ['handoff', '"daybook handoffs" lists them.', ['handoffs show', 'handoffs cancel', 'handoffs accept']],
  [
    'session',
    '"daybook sessions" lists them.',
    [
      'sessions show',
      'sessions cancel',
      'memory influence',
      'memory undo',
      'memory show --at session:',
      'log --after session:',
    ],
  ],
  ['event', '"daybook log" lists them.', ['memory show --at event:', 'log --after event:']],
] as const

describe('an id that means nothing, or too much, is refused with the same words everywhere', () => {
  test.each(kinds)(
    '%s',
    async (kind, hint, commands) => {
      const server = await served({ folder })
      const beginning = given.ids.workflow.slice(0, 4)
      for (const command of commands)
        for (const url of [null, server.url]) {
          const asked = (id: string) =>
            at({ folder, url }, `${command}${command.endsWith(':') ? '' : ' '}${id}`.split(' '))
          const nothing = await asked('no-such-thing')
          expect(nothing, command).toMatchObject({
            code: 1,
            stderr: `daybook: There is no ${kind} no-such-thing. ${hint}\n`,
          })
          if (kind !== 'workflow' && kind !== 'event') continue
          const { code, stderr } = await asked(beginning)
          expect([command, code, stderr]).toEqual([
            command,
            1,
            expect.stringMatching(
              new RegExp(
                `^daybook: There is no ${kind} ${beginning}\\. \\d+ begin so; give more of it\\.\n$`,
                'u',
              ),
            ),
          ])
        }
    },
    60_000,
  )

  test('prove takes a workflow or a session, and says so of both', async () => {
    const server = await served({ folder })
    const beginning = given.ids.workflow.slice(0, 4)
    const said = [
      ['no-such-thing', /There is no workflow no-such-thing\. .* There is no session no-such-thing\. /u],
      [beginning, /There is no workflow \w+\. \d+ begin so; give more of it\. There is no session/u],
    ] as const
    for (const [id, words] of said) {
      const here = await at({ folder, url: null }, ['prove', id])
      expect(here).toMatchObject({ code: 1, stderr: expect.stringMatching(words) })
      expect(await at({ folder, url: server.url }, ['prove', id])).toEqual(here)
    }
  })

  test('the beginning of one id that is too short for an id is told so', async () => {
    const { code, stderr } = await at({ folder, url: null }, [
      'sessions',
      'show',
      given.ids.unsure.slice(0, 3),
    ])
    expect(code).toBe(1)
    expect(stderr).toMatch(/One begins so; give at least 4 characters of it\.|begin so; give more/u)
  })
})

test('a key is revoked by the beginning of its id', async () => {
  const copy = copyOf(folder, newFolder())
  const made = await at({ folder: copy, url: null }, [
    'keys',
    'create',
    'phone',
    '--role',
    'reader',
    '--json',
  ])
  const { id } = JSON.parse(made.stdout) as { id: string }
  const revoked = await at({ folder: copy, url: null }, ['keys', 'revoke', id.slice(0, 8), '--json'])
  expect(JSON.parse(revoked.stdout)).toMatchObject({ id, status: 'revoked' })
})
