import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type FolderGiven, folderGiven, insights } from './folder-given.ts'

const withAuthor = (name: string) => ({
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: name,
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_COMMITTER_NAME: 'A Committer',
  GIT_COMMITTER_EMAIL: 'c@example.com',
})

class Repository {
  readonly given: FolderGiven
  author = 'An Author'

  constructor(given: FolderGiven) {
    this.given = given
  }

  git(...args: string[]): string {
    return execFileSync('git', ['-C', this.given.root, ...args], {
      env: withAuthor(this.author),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim()
  }

  commit(message: string): string {
    this.git('add', 'memory')
    this.git('commit', '--quiet', '--allow-empty', '--message', message)
    return this.git('rev-parse', 'HEAD')
  }
}

/** A repository whose branch `other` has other words in the design's section. */
async function repository(): Promise<{ repo: Repository; given: FolderGiven; other: string }> {
  const given = await folderGiven()
  const repo = new Repository(given)
  repo.git('init', '--quiet', '--initial-branch', 'main')
  repo.commit('As it was')
  repo.git('switch', '--quiet', '--create', 'other')
  await given.save(changed)
  repo.author = 'Another Author'
  const other = repo.commit('Other words')
  repo.git('switch', '--quiet', 'main')
  return { repo, given, other }
}

const changed = insights.replace('- blue', '- a colour from afar')
const byAnother = (commit: string) => ({
  type: 'DocumentEdited',
  via: 'git',
  by: 'person:Another Author',
  commit,
})

afterEach(() => vi.unstubAllEnvs())

describe('what git brought', () => {
  test('by a checkout is its commit’s', async () => {
    const { repo, given, other } = await repository()
    repo.git('switch', '--quiet', 'other')
    await given.render()
    expect(await given.edits()).toEqual([byAnother(other)])
    expect(await given.disk()).toBe(changed)
    expect(given.notices.at(-1)).toContain(other.slice(0, 12))
  })

  test('by a merge of several commits is of the one that changed the file', async () => {
    const { repo, given, other } = await repository()
    repo.git('switch', '--quiet', 'other')
    repo.author = 'Somebody Else'
    await writeFile(join(given.root, 'README'), 'x')
    repo.git('add', 'README')
    repo.git('commit', '--quiet', '--message', 'Elsewhere')
    repo.git('switch', '--quiet', 'main')
    repo.git('merge', '--quiet', 'other')
    await given.render()
    expect(await given.edits()).toEqual([byAnother(other)])
  })

  test('back and forth is each time a commit’s', async () => {
    const { repo, given, other } = await repository()
    for (const branch of ['other', 'main', 'other']) {
      repo.git('switch', '--quiet', branch)
      await given.render()
    }
    expect((await given.edits()).map(({ via }) => via)).toEqual(['git', 'git', 'git'])
    expect((await given.edits()).at(-1)).toEqual(byAnother(other))
  })

  test('is merged with what the log has meanwhile', async () => {
    const { repo, given, other } = await repository()
    await given.writes('backend-architect', '## Backend\n- one\n- two\n- three\n- four')
    repo.git('switch', '--quiet', 'other')
    await given.render()
    const disk = await given.disk()
    expect(disk).toContain('- four')
    expect(disk).toContain('- a colour from afar')
    expect((await given.edits()).at(-1)).toEqual(byAnother(other))
  })

  test('and somebody went on to edit: first the commit, then the edit', async () => {
    const { repo, given, other } = await repository()
    repo.git('switch', '--quiet', 'other')
    await given.save((text) => text.replace('- a note', '- on top'))
    await given.render()
    expect(await given.edits()).toEqual([
      byAnother(other),
      { type: 'DocumentEdited', via: 'disk', by: 'unknown:disk' },
    ])
    expect(await given.disk()).toBe(changed.replace('- a note', '- on top'))
  })

  test('and somebody went on to edit, while the log went on too', async () => {
    const { repo, given } = await repository()
    await given.writes('backend-architect', '## Backend\n- one\n- two\n- three\n- four')
    repo.git('switch', '--quiet', 'other')
    await given.save((text) => text.replace('- a note', '- on top'))
    await given.render()
    const disk = await given.disk()
    for (const line of ['- four', '- a colour from afar', '- on top']) expect(disk).toContain(line)
    expect((await given.edits()).map(({ via }) => via)).toEqual(['tool', 'git', 'disk'])
  })

  test('by restoring a file is its commit’s', async () => {
    const { repo, given } = await repository()
    await given.writes('ui-designer', '## Design\n- pink')
    await given.render()
    repo.git('checkout', '--quiet', '--', 'memory/insights.md')
    await given.render()
    expect(await given.disk()).toBe(insights)
    expect((await given.edits()).at(-1)).toMatchObject({ via: 'git', by: 'person:An Author' })
  })
})

describe('no commit is named', () => {
  test('for a save in a work tree', async () => {
    const { given } = await repository()
    await given.save((text) => text.replace('- a note', '- typed'))
    await given.render()
    expect(await given.edits()).toEqual([{ type: 'DocumentEdited', via: 'disk', by: 'unknown:disk' }])
  })

  test('for a file that git does not keep', async () => {
    const given = await folderGiven()
    const repo = new Repository(given)
    repo.git('init', '--quiet')
    repo.commit('Nothing')
    repo.git('rm', '--quiet', '--cached', 'memory/insights.md')
    repo.git('commit', '--quiet', '--message', 'Let go')
    await given.save(changed)
    await given.render()
    expect(await given.edits()).toMatchObject([{ via: 'disk' }])
  })

  test('where there is no git', async () => {
    const { repo, given } = await repository()
    repo.git('switch', '--quiet', 'other')
    const empty = join(given.root, 'empty')
    await mkdir(empty)
    vi.stubEnv('PATH', empty)
    await given.render()
    expect(await given.edits()).toEqual([{ type: 'DocumentEdited', via: 'disk', by: 'unknown:disk' }])
    expect(await given.disk()).toBe(changed)
  })
})

test('nothing that the repository’s settings name is run', async () => {
  const { repo, given } = await repository()
  const trap = join(given.root, 'trap.sh')
  const sprung = join(given.root, 'sprung')
  await writeFile(trap, `#!/bin/sh\ntouch ${sprung}\n`, { mode: 0o755 })
  repo.git('switch', '--quiet', 'other')
  for (const key of ['core.fsmonitor', 'gpg.program', 'core.pager', 'diff.external', 'filter.x.clean'])
    repo.git('config', key, trap)
  repo.git('config', 'log.showSignature', 'true')
  await writeFile(join(given.root, '.gitattributes'), '*.md filter=x diff=x\n')
  await given.render()
  expect((await given.edits()).map(({ via }) => via)).toEqual(['git'])
  await expect(import('node:fs/promises').then(({ stat }) => stat(sprung))).rejects.toThrow('ENOENT')
})
