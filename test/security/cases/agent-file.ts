import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { limits } from '../../../src/kernel/limits.ts'
import { casesFor, type Expected } from '../case.ts'
import { type CommandTarget, exited } from '../targets/command-line.ts'

/** Code that would leave a mark, in this process and on the disk, if anybody ran it. */
const code = (canary: string) =>
  `{ name: (globalThis.daybookWasRun = require('fs').writeFileSync(${JSON.stringify(canary)}, 'ran') ?? 'evil'), description: 'd' }`

type Content = string | Uint8Array | ((target: CommandTarget) => string)

const agent = (name: string, more = '') =>
  `---\nname: ${name}\ndescription: about it\n${more}---\n\nYou are it. Find or create "## ${name}" in insights.md.\n`

const put = (target: CommandTarget, path: string, content: Content): string => {
  const file = join(target.folder, 'agents', path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, typeof content === 'function' ? content(target) : content)
  return file
}

/** The file is looked at by the doctor, and met by a command that takes agents into the log. */
async function met(target: CommandTarget) {
  const doctored = await target.run('agents', 'doctor', 'agents', '--json')
  const taken = await target.run('route', '--from', 'bench-keeper', '--need', 'Run load tests', '--json')
  const work = { limit: 'agentFilesMax', used: 4 } as const
  if (taken.code !== 0) return exited(taken, work)
  return exited({ ...doctored, stderr: doctored.stderr + taken.stderr }, work)
}

interface Refused {
  readonly name: string
  readonly file?: string
  readonly content: Content
  readonly says: RegExp
}

/** A file that cannot be loaded: it is named with the reason, and every other agent is as it was. */
const unloadable = ({ name, file = 'evil.md', content, says }: Refused) => ({
  name,
  expects: { kind: 'refused', code: 'exit 3', says } as const satisfies Expected,
  aim: async (target: CommandTarget) => {
    put(target, file, content)
    return () => met(target)
  },
})

/** A file that is loaded as far as it can be read, with a notice. */
const recovered = (name: string, content: Content, says: RegExp) => ({
  name,
  expects: {
    kind: 'harmless',
    code: 'exit 0',
    as: 'what is safe is read, with a diagnostic',
    records: ['AgentRegistered'],
  } as const satisfies Expected,
  aim: async (target: CommandTarget) => {
    put(target, 'odd.md', content)
    return async () => {
      const answered = await met(target)
      return says.test(answered.says)
        ? answered
        : { ...answered, wrong: `it does not say ${says}: ${answered.says}` }
    }
  },
})

const engines = [
  '---js',
  '--- javascript',
  '---JS',
  '---node',
  '---coffee',
  '---json',
  '---toml',
  '---constructor',
  '---__proto__',
]
const executable = (name: string, before: string) =>
  unloadable({
    name,
    content: ({ canary }) => `${before}\n${code(canary)}\n---\nYou are.\n`,
    says: /front_matter_engine/u,
  })

const bomb = ['a: &a [l,l,l,l,l,l,l,l]', ...'bcdefgh'].map((line, at, all) =>
  at === 0 ? line : `${line}: &${line} [${`*${at === 1 ? 'a' : all[at - 1]},`.repeat(8)}]`,
)
const deep = {
  'flow lists': `a: ${'['.repeat(30_000)}`,
  'lists in lists': '- '.repeat(30_000),
  'keys that ask': '? '.repeat(30_000),
  'three hundred levels': Array.from({ length: 300 }, (_, at) => `${' '.repeat(at)}a:`).join('\n'),
  'an alias of itself': 'a: &a [*a]',
}

export const agentFileCases = casesFor<CommandTarget>()('agent file', {
  'executable front matter': [
    ...engines.map((fence) => executable(fence, fence)),
    executable('after a byte order mark', '\uFEFF---js'),
    executable('after blank lines', '\n\n---js'),
    executable('with CR alone', '---js\r'),
    {
      name: 'a tag that asks for a function',
      expects: { kind: 'harmless', code: 'exit 0', as: 'a tag is no code', records: ['AgentRegistered'] },
      aim: async (target) => {
        const run = code(target.canary).replaceAll("'", '"')
        put(target, 'odd.md', agent('odd', `color: !!js/function 'function () { return ${run} }()'\n`))
        return () => met(target)
      },
    },
  ],
  'YAML alias bombs': [
    unloadable({
      name: 'eight to the eighth',
      content: `---\nname: evil\n${bomb.join('\n')}\n---\nYou are.\n`,
      says: /front_matter_aliases/u,
    }),
  ],
  'deep nesting': Object.entries(deep).map(([name, block]) =>
    unloadable({ name, content: `---\n${block}\n---\nYou are.\n`, says: /front_matter_too_deep/u }),
  ),
  '__proto__ and merge keys': [
    recovered('__proto__', agent('odd', '__proto__:\n  polluted: yes\n'), /front_matter_key_refused/u),
    recovered('a merge key', agent('odd', '<<: { b: 1 }\n'), /front_matter_key_refused/u),
    recovered('constructor', agent('odd', 'constructor: x\n'), /front_matter_key_refused/u),
  ],
  'duplicate keys': [
    recovered(
      'a second name',
      '---\nname: odd\nname: system-planner\ndescription: about it\n---\n\nYou are it.\n',
      /front_matter_duplicate_key/u,
    ),
    recovered('a second name below', agent('odd', 'name: system-planner\n'), /front_matter_recovered/u),
  ],
  'unclosed fences': [
    recovered(
      'front matter without an end',
      '---\nname: odd\ndescription: about it\n\nYou are it.\n',
      /front_matter_unclosed/u,
    ),
  ],
  'a path in the name': ['../../evil', 'a/b', 'a\\b', '..', '/etc/passwd'].map((name) =>
    unloadable({ name, content: agent(JSON.stringify(name)), says: /name_refused|reads like a path/u }),
  ),
  'NUL in the name': [
    unloadable({ name: 'as it is', content: agent('ev\0il'), says: /NUL/u }),
    unloadable({ name: 'escaped', content: agent('"ev\\0il"'), says: /name_refused/u }),
  ],
  'names equal after NFKC and case folding': [
    'SYSTEM-PLANNER',
    '\uff33ystem-planner',
    '\u017fystem-planner',
  ].map((name) =>
    unloadable({
      name: JSON.stringify(name),
      file: 'z-other.md',
      content: agent(name),
      says: /is taken by system-planner\.md/u,
    }),
  ),
  'confusable letters': [
    recovered(
      'a Cyrillic letter in a name that there is',
      agent('syst\u0435m-planner'),
      /confusable|looks like|mixes/u,
    ),
  ],
  'symlinks out of the folder': [
    {
      name: 'to a file',
      expects: { kind: 'refused', code: 'exit 3', says: /link\.md/u },
      aim: async (target) => {
        writeFileSync(join(target.folder, 'outside', 'agent.md'), agent('outsider'))
        symlinkSync(join(target.folder, 'outside', 'agent.md'), join(target.folder, 'agents', 'link.md'))
        return () => met(target)
      },
    },
    {
      name: 'to a folder',
      expects: { kind: 'refused', code: 'exit 3', says: /door/u },
      aim: async (target) => {
        writeFileSync(join(target.folder, 'outside', 'agent.md'), agent('outsider'))
        symlinkSync(join(target.folder, 'outside'), join(target.folder, 'agents', 'door'))
        return () => met(target)
      },
    },
  ],
  '10 MB lines': [
    unloadable({
      name: 'one line',
      content: 'x'.repeat(10 * 1024 * 1024),
      says: new RegExp(`${limits.agentFileBytesMax}`, 'u'),
    }),
    unloadable({
      name: 'in front matter',
      content: agent('evil', `color: ${'x'.repeat(100_000)}\n`),
      says: /front_matter_too_large/u,
    }),
  ],
  'invalid UTF-8': [
    unloadable({
      name: 'Latin-1',
      content: Buffer.from(agent('evil').replace('about', '\xe9'), 'latin1'),
      says: /UTF-8/u,
    }),
    unloadable({
      name: 'an overlong slash',
      content: Buffer.concat([Buffer.from(agent('evil')), Buffer.from([0xc0, 0xaf])]),
      says: /UTF-8/u,
    }),
  ],
})
