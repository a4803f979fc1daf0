import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Actor } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'

/** What a checkout, a pull or a reset put into a file. */
export interface CommitEdit {
  /** The commit that gave the file this text, by its whole name. */
  readonly commit: string
  /** Its author, as the commit names them. */
  readonly actor: Actor
  /** The file as the commit has it: all that stands on disk, or what somebody went on to edit. */
  readonly text: string
}

export interface Standing {
  readonly path: string
  readonly text: string
  readonly savedAtMs: number
  /** When the file was last rendered: what git did before that is known. Null when nobody knows. */
  readonly renderedAtMs: number | null
}

interface WorkTree {
  readonly folder: string
  readonly name: string
  /** `<commit>:<this>` names the file. */
  readonly inTree: string
  readonly head: string
  readonly reflog: string
  readonly index: string
}

/**
 * The commit whose text a file has, or began with: HEAD's, or that of a commit that HEAD moved to since the last
 * rendering. null outside a work tree, for a file that git does not keep, and where there is no git.
 */
export async function commitBehind(standing: Standing): Promise<CommitEdit | null> {
  const untilMs = Date.now() + limits.gitSettleMs
  for (;;) {
    const tree = await workTreeOf(standing.path)
    if (tree === null) return null
    const found = await lookOnce(tree, standing)
    if (found !== null) return found
    // Git writes the files first, then its index, then HEAD.
    if (Date.now() >= untilMs || !(await isBusy(tree, standing.savedAtMs))) return null
    await sleep(limits.renderPauseMs)
  }
}

async function lookOnce(tree: WorkTree, standing: Standing): Promise<CommitEdit | null> {
  const { text, renderedAtMs } = standing
  const moves = await movesSince(tree, renderedAtMs)
  const commits = [...new Set([tree.head, ...moves.map(({ to }) => to)])]
  const blobs = await blobsOf(tree, [...commits, ...moves.map(({ from }) => from)])
  const own = new Set([blobName(text, tree.head), blobName(text.replaceAll('\r\n', '\n'), tree.head)])
  const whole = commits.find((commit) => own.has(blobs.get(commit) ?? ''))
  // An editor that saves an old text, which happens to be committed, leaves git's index alone.
  if (whole !== undefined && (moves.length > 0 || (await indexFollows(tree, standing))))
    return attributed(tree, whole, text)
  const oldest = moves.at(-1)
  const blob = blobs.get(tree.head)
  if (oldest === undefined || blob === undefined || blob === blobs.get(oldest.from)) return null
  const under = await git(tree.folder, ['cat-file', 'blob', blob])
  return under === null ? null : attributed(tree, tree.head, under)
}

async function workTreeOf(path: string): Promise<WorkTree | null> {
  const folder = dirname(path)
  if (!(await isBelowGit(folder))) return null
  const asked = ['--show-prefix', '--git-path', 'logs/HEAD', '--git-path', 'index', '--verify', 'HEAD']
  const answer = await git(folder, ['rev-parse', ...asked])
  const [prefix, reflog, index, head] = answer?.split('\n') ?? []
  if (prefix === undefined || reflog === undefined || index === undefined || !isCommit(head)) return null
  const name = basename(path)
  const inTree = `${prefix}${name}`
  return { folder, name, inTree, head, reflog: resolve(folder, reflog), index: resolve(folder, index) }
}

/** Most folders are in no repository, and need no process to be told so. */
async function isBelowGit(folder: string): Promise<boolean> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if ((await writtenAt(join(at, '.git'))) !== null) return true
    if (at === dirname(at)) return false
  }
}

function isCommit(name: string | undefined): name is string {
  return name !== undefined && /^[0-9a-f]{40,64}$/u.test(name)
}

interface Move {
  readonly from: string
  readonly to: string
}

/** Newest first. The reflog's times are whole seconds. */
async function movesSince({ reflog }: WorkTree, sinceMs: number | null): Promise<Move[]> {
  if (sinceMs === null) return []
  const lines = await readFile(reflog, 'utf8').catch(() => '')
  const moves: Move[] = []
  for (const line of lines.split('\n').reverse()) {
    const found = /^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) .*> (\d+) [+-]\d{4}(?:\t|$)/u.exec(line)
    if (found === null) continue
    const [, from = '', to = '', seconds] = found
    if ((Number(seconds) + 1) * 1000 < sinceMs || moves.length >= limits.gitMovesMax) break
    if (from !== to) moves.push({ from, to })
  }
  return moves
}

/** Names of the file's blobs by commit; a commit without the file has none. */
async function blobsOf(
  { folder, inTree }: WorkTree,
  commits: readonly string[],
): Promise<Map<string, string>> {
  const asked = [...new Set(commits)].filter((commit) => !/^0+$/u.test(commit))
  const input = asked.map((commit) => `${commit}:${inTree}\n`).join('')
  const answer = await git(folder, ['cat-file', '--batch-check=%(objectname) %(objecttype)'], input)
  const lines = answer?.split('\n') ?? []
  return new Map(
    asked.flatMap((commit, index): [string, string][] => {
      const [blob, type] = lines[index]?.split(' ') ?? []
      return blob !== undefined && type === 'blob' ? [[commit, blob]] : []
    }),
  )
}

/** The name that git gives these bytes; repositories name with SHA-1 or, where names are longer, SHA-256. */
function blobName(text: string, like: string): string {
  const bytes = Buffer.from(text, 'utf8')
  const hash = createHash(like.length > 40 ? 'sha256' : 'sha1')
  return hash.update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
}

/** The commit that brought the text is the last one that touched the file, not the one that is checked out. */
async function attributed({ folder, name }: WorkTree, at: string, text: string): Promise<CommitEdit> {
  const touched = (await git(folder, ['rev-list', '--max-count=1', at, '--', name]))?.trim()
  const commit = isCommit(touched) ? touched : at
  const header = (await git(folder, ['cat-file', 'commit', commit]))?.split('\n\n', 1)[0] ?? ''
  const author = /^author (.*?) ?<[^<>]*> \d+ [+-]\d{4}$/mu.exec(header)?.[1]?.trim() ?? ''
  const actor: Actor =
    author === '' ? { kind: 'unknown', id: 'git' } : { kind: 'person', id: author.slice(0, 200) }
  return { commit, actor, text }
}

/** Whether git may not be done with the command that wrote the file. */
async function isBusy({ index }: WorkTree, savedAtMs: number): Promise<boolean> {
  if ((await writtenAt(`${index}.lock`)) !== null) return true
  const written = await writtenAt(index)
  return written !== null && Math.abs(written - savedAtMs) < 2 * limits.gitSettleMs
}

/** Whether git wrote its index with the file or after it. */
async function indexFollows({ index }: WorkTree, { savedAtMs }: Standing): Promise<boolean> {
  const written = await writtenAt(index)
  return written !== null && written >= savedAtMs - 2 * limits.gitSettleMs
}

async function writtenAt(path: string): Promise<number | null> {
  return (await stat(path).catch(() => null))?.mtimeMs ?? null
}

/** Only questions about objects and names: they run nothing that a repository's settings could name. */
export function git(folder: string, args: readonly string[], input = ''): Promise<string | null> {
  const { PATH, HOME } = process.env
  const env = {
    PATH,
    HOME,
    LC_ALL: 'C',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_LAZY_FETCH: '1',
  }
  const options = { cwd: folder, env, timeout: limits.gitMs, maxBuffer: 2 * limits.documentBytesMax }
  return new Promise((answer) => {
    const child = execFile('git', args, options, (error, stdout) => answer(error === null ? stdout : null))
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
}
